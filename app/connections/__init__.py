"""Reading outside shops by their APIs, and telling them: one polite client, and a small module for each platform."""
