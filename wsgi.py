"""What a web server imports: `app`."""

from app import create_app

app = create_app()
