"""Orders in CSV files: cells, columns, a mapping or a guess of them, known exports."""
