"""Commands: `flask --app wsgi toonbank …`, each a few lines over an action or a tool."""

from app.cli import keeping, orders, people, running, shops
from app.cli.commands import toonbank

__all__ = ["keeping", "orders", "people", "running", "shops", "toonbank"]
