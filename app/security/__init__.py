"""Who may do what, and who is signed in."""
