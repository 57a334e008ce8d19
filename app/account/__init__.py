"""What customers see: My account, apart from the staff's pages, with a sign-in of its own.

A customer is whoever reads the mailbox of an e-mail address that the shop has orders from.
"""

from __future__ import annotations

from flask import Flask

from app.account.pages import account
from app.account.signing_in import signing_in
from app.account.throttling import throttle_links


def add_account(app: Flask) -> None:
    app.register_blueprint(signing_in)
    app.register_blueprint(account)
    throttle_links(app)
