"""The demo shop: a small homeware shop with two months of orders in every state, planted and removed in one go."""

from app.demo.planting import plant
from app.demo.removing import remove_demo

__all__ = ["plant", "remove_demo"]
