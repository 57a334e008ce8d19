"""GENERAL > Settings: a page per topic; each is a view that says where it stands and which right it takes."""
