"""The order dashboard: everything about one order on one page, composed of blocks."""

from app.admin_views.dashboard.page import OrderDashboard

__all__ = ["OrderDashboard"]
