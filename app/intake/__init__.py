"""Reading orders of other platforms: a payload goes in, one NewOrder comes out."""
