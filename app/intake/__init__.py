"""Accepting orders from outside: placed once, brought up to date, or kept in quarantine with the reason."""
