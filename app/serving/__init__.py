"""Who calls and by what name, and the web server: waitress, and what it lacks against slow, many and large senders."""
