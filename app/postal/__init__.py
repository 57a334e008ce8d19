"""How addresses are written."""
