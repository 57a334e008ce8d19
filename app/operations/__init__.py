"""Running the program: set-up, server, worker, copies, checks."""
