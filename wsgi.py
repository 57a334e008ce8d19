"""What a web server imports: `app`."""

import sys

from app import create_app
from app.errors import CannotStart

try:
    app = create_app()
except CannotStart as reason:
    sys.exit(f"Toonbank can't start: {reason}")
