"""What no page may do: write an error to the console, let a script fail, or turn to another host."""

from __future__ import annotations

from playwright.sync_api import BrowserContext


def watch(context: BrowserContext, base_url: str) -> list[str]:
    """What goes wrong in the browser from now on."""
    wrong: list[str] = []
    ours = (base_url, "data:", "blob:", "about:")
    context.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(ours) else None)
    return wrong
