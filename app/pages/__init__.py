"""What the pages of all sites share: how values are written, labels, form fields, policy, errors."""

from __future__ import annotations

from flask import Flask

from app.extensions import babel
from app.pages.arguments import PageRequest
from app.pages.compression import compression
from app.pages.context import chosen_language, register_page_context
from app.pages.formatting import register_filters
from app.pages.policy import register_policy
from app.pages.preferences import preferences
from app.pages.templating import speed_up_templates
from app.pages.throttling import register_throttling


def register_pages(app: Flask) -> None:
    """Before any site: Flask-Admin wants Babel to be there, and sites slow down whoever tries their sign-in."""
    app.request_class = PageRequest
    babel.init_app(app, locale_selector=chosen_language)
    compression.init_app(app)  # the first one that is plugged in sees the answer last
    register_policy(app)
    speed_up_templates(app)
    register_page_context(app)
    register_filters(app)
    register_throttling(app)
    app.register_blueprint(preferences)
