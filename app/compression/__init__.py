"""Long texts that are stored compressed, and the dictionaries that they are compressed by."""
