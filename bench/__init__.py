"""How fast Toonbank is, and how that changes with the number of orders: `make bench`. See README.md."""
