"""What staff see: the back office, assembled from one view per noun."""

from __future__ import annotations

from flask import Flask, redirect, url_for
from flask_admin import Admin
from flask_babel import Babel
from flask_babel import lazy_gettext as _l

from app.admin_views.home import Home
from app.admin_views.menu import views
from app.admin_views.signin import plug_in_security
from app.admin_views.theme import ToonbankTheme
from app.admin_views.widgets import let_widgets_return_markup
from app.pages.context import chosen_language, register_page_context
from app.pages.formatting import register_filters
from app.pages.policy import register_policy
from app.pages.preferences import preferences


def add_back_office(app: Flask, babel: Babel) -> None:
    """Sign-in, policy and pages. Babel comes before Admin: the other way round every page is a 500."""
    babel.init_app(app, locale_selector=chosen_language)
    plug_in_security(app)
    register_policy(app)
    register_page_context(app)
    register_filters(app)
    let_widgets_return_markup()
    app.register_blueprint(preferences)
    app.add_url_rule("/", "start", lambda: redirect(url_for("admin.index")))

    home = Home(name=_l("Home"), url="/admin", menu_icon_type="icon", menu_icon_value="home")
    admin = Admin(app, name="Toonbank", url="/admin", theme=ToonbankTheme(), index_view=home)
    for view in views():
        admin.add_view(view)
