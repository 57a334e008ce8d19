"""Bank statements: a file of a bank in, its statements out; knows no database."""
