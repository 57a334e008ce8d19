"""What customers see: My account, apart from the staff's pages, with a sign-in of its own.

A customer is whoever reads the mailbox of an e-mail address that the shop has orders from.
"""

from __future__ import annotations

from flask import Flask

from app.account.pages import account
from app.account.quotes import quotes
from app.account.signing_in import signing_in
from app.account.visiting import is_known_browser, who
from app.pages.body_limits import WITH_FILES, allow_large_bodies
from app.pages.context import begin_at
from app.pages.throttling import throttle


def add_account(app: Flask) -> None:
    """Neither a mailbox nor the shop's mail server is to be flooded with links."""
    app.register_blueprint(signing_in)
    app.register_blueprint(account)
    app.register_blueprint(quotes)
    throttle(
        app,
        "signing_in.ask",
        from_an_address="10 per minute; 40 per hour",
        for_an_email="3 per 10 minutes; 10 per day",
        by_everybody="30 per day",
        spares=is_known_browser,
    )
    throttle(app, "quotes.accept", from_an_address="10 per minute; 40 per hour")
    for endpoint in ("account.ask_about", "account.question"):  # pictures
        allow_large_bodies(app, endpoint, largest=WITH_FILES, to=lambda: who() is not None)
    begin_at(app, "account.orders")
