"""What programs see: orders and their documents as JSON, every action, and the description of it all.

flask-smorest serves it (see docs/decisions/api.md): it checks requests against marshmallow schemas and writes OpenAPI
from the same. Who asks is known by a bearer key; no cookie counts here.
"""

from __future__ import annotations

from flask import Flask

from app.api import acting, customers, documents, hooks, orders, reading_page
from app.api.description import SPEC_OPTIONS, ToonbankApi
from app.api.keys import is_known_key
from app.extensions import csrf
from app.pages.body_limits import JSON, allow_large_bodies


def add_api(app: Flask) -> None:
    app.config.from_mapping(
        API_TITLE="Toonbank",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS=SPEC_OPTIONS,
    )
    api = ToonbankApi(app)
    for blueprint in (orders.orders, customers.customers, documents.documents, acting.actions()):
        csrf.exempt(blueprint)  # a key in a header is nothing that a foreign page could send along
        api.register_blueprint(blueprint)
        allow_large_bodies(app, blueprint.name, largest=JSON, to=is_known_key)
    app.register_blueprint(reading_page.reading)
    csrf.exempt(hooks.hooks)  # a signature says who sent it
    app.register_blueprint(hooks.hooks)
    allow_large_bodies(app, "hooks.take_event", largest=JSON, to=hooks.is_for_a_connection)
