"""The web server: waitress, and what it lacks against slow, many and large senders."""
