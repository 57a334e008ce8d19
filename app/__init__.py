"""Toonbank, an order desk for small web shops: the application factory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask

from app.account import add_account
from app.admin_views import add_back_office
from app.api import add_api
from app.cli import toonbank
from app.config import configure, instance_folder, stated_url
from app.extensions import TransactionMode, csrf, mail, migrate, plug_in_database
from app.locking.restores import finish_restoring
from app.operations.health import health
from app.operations.json_log import set_up_log
from app.operations.metrics import measure_requests, metrics
from app.operations.sealing_anew import plug_in_sealing_anew
from app.pages import register_pages
from app.pages.body_limits import register_body_limits
from app.repeating import Repeating
from app.security import form_tokens
from app.security.json_input import JsonProvider
from app.security.security_log import plug_in_security_log
from app.serving.addresses import AddressRule
from app.serving.callers import BelievedProxies, register_hosts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Site = Callable[[Flask], None]

#: What staff see, what programs see, what customers see. The first one has the start page.
SITES: tuple[Site, ...] = (add_back_office, add_api, add_account)


def create_app(overrides: dict[str, object] | None = None, *, sites: tuple[Site, ...] = SITES) -> Flask:
    """The Flask application; `overrides` win over instance/config.py and the environment."""
    set_up_log()
    folder = instance_folder()
    finish_restoring(folder, stated_url(folder, overrides))
    app = Flask(__name__, instance_path=str(folder))
    app.url_rule_class = AddressRule
    app.json_provider_class = JsonProvider  # of which Flask-Security makes one of its own
    app.json = JsonProvider(app)
    configure(app, overrides)

    plug_in_database(app)
    plug_in_sealing_anew()
    migrate.init_app(app, directory=f"{app.root_path}/migrations", render_as_batch=False)
    mail.init_app(app)
    measure_requests(app)
    register_hosts(app)
    register_body_limits(app)
    csrf.init_app(app)

    register_pages(app)
    for add_site in sites:
        add_site(app)
    form_tokens.init_app(app)
    plug_in_security_log(app)
    app.register_blueprint(health)
    app.register_blueprint(metrics)
    app.cli.add_command(toonbank)

    answering: WSGIApplication = Repeating(app.wsgi_app)
    answering = BelievedProxies(answering, app.config["PROXY_NETWORKS"], app.config["PROXIES"])
    app.wsgi_app = TransactionMode(answering)  # type: ignore[method-assign]
    return app
