"""The money of one order: what is invoiced, credited, paid and open, and what follows from it."""
