"""The order dashboard: everything about one order on one page, composed of blocks by `page`."""
