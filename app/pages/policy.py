"""What browsers may do with our pages: the security headers of every response."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request

from app.pages.error_pages import register_error_pages
from app.pages.log_scrubbing import leave_out_personal_data

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
#: The browser's own viewer shows a PDF in a page with styles and a plug-in, which PAGE_POLICY would forbid.
PDF_POLICY = "frame-ancestors 'none'"

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


#: What is nobody's: each has another address when its content is another one.
PUBLIC = ("static", "logo.show_logo")


def let_frames_in(origin: str) -> None:
    """The page that is being made may show frames from there."""
    g.frames_from = origin


def register_policy(app: Flask) -> None:
    """Security headers and readable error pages."""
    leave_out_personal_data()
    app.after_request(add_headers)
    register_error_pages(app)


def add_headers(response: Response) -> Response:
    policy = PDF_POLICY if response.mimetype == "application/pdf" else PAGE_POLICY
    if "frames_from" in g:
        policy += f"; frame-src {g.frames_from}"
    response.headers["Content-Security-Policy"] = policy
    response.headers.update(HEADERS)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        below = "; includeSubDomains" if current_app.config["HTTPS_BELOW"] else ""
        response.headers["Strict-Transport-Security"] = f"max-age=31536000{below}"
    is_there, is_static = response.status_code in (200, 206, 304), request.endpoint == "static"
    if request.endpoint not in PUBLIC or not is_there:
        response.headers["Cache-Control"] = "no-store"  # whatever a view or a library says: all of it is somebody's
    elif "v" in request.args or not is_static:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"  # another content has another address
    return response
