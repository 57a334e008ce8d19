"""Locks that the kernel gives back when their holder dies: on files, and on the database as a whole."""
