"""What waits in tables until a worker takes it in hand, and the limits under which it is then done."""
