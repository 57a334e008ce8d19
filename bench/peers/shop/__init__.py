"""A shop as its owner would put it into Django's admin: customers with addresses, orders with lines."""
