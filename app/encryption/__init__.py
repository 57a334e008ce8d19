"""Secrets that can't be read in the database."""
