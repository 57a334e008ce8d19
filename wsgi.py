"""What a web server imports: `app`."""

import gc
import sys

from flask import Flask


def make_app() -> Flask:
    """All that is imported stays: to look for what of it could go takes a third of the start."""
    gc.disable()
    from app import create_app
    from app.errors import CannotStart

    try:
        return create_app()
    except CannotStart as reason:
        sys.exit(f"Toonbank can't start: {reason}")
    finally:
        gc.freeze()
        gc.enable()


app = make_app()
