"""What staff see: the back office, assembled from one view per noun."""

from __future__ import annotations

from flask import Flask, redirect
from flask_admin import Admin
from flask_babel import lazy_gettext as _l

from app.admin_views.home import Home
from app.admin_views.manual import manual_page_of
from app.admin_views.menu import views
from app.admin_views.signin import plug_in_security
from app.admin_views.start_pages import start_url
from app.admin_views.theme import ToonbankTheme
from app.admin_views.vain_requests import show_in_frame
from app.admin_views.widgets import let_widgets_return_markup
from app.pages.body_limits import WITH_FILES, allow_large_bodies
from app.pages.context import begin_at
from app.pages.error_pages import frame_errors
from app.security.identity import current_staff


def add_back_office(app: Flask) -> None:
    """Sign-in and pages. Babel is there before Admin: the other way round every page is a 500."""
    plug_in_security(app)
    let_widgets_return_markup()
    begin_at(app, "admin.index")
    app.add_url_rule("/", "start", lambda: redirect(start_url()))

    home = Home(name=_l("Home"), url="/admin", menu_icon_type="icon", menu_icon_value="home")
    admin = Admin(app, name="Toonbank", url="/admin", theme=ToonbankTheme(), index_view=home)
    for view in views():
        admin.add_view(view)
    app.jinja_env.globals["manual_page_of"] = manual_page_of
    frame_errors(app, show_in_frame)
    allow_large_bodies(app, "imports.upload", largest=WITH_FILES, to=lambda: current_staff() is not None)
