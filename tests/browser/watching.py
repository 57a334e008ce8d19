"""What no page may do: write an error to the console, let a script fail, or turn to another host."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage

#: A form with mistakes comes back so, one of who was too late, and one of somebody who is signed out; the browser calls
#: that an error.
MISTAKES = re.compile("responded with a status of (422|409|401)|Response Status Error Code 401")


def watch(context: BrowserContext, base_url: str) -> list[str]:
    """What goes wrong in the browser from now on."""
    wrong: list[str] = []
    ours = (base_url, "data:", "blob:", "about:")

    def heed(message: ConsoleMessage) -> None:
        if message.type == "error" and not MISTAKES.search(message.text):
            wrong.append(message.text)

    context.on("console", heed)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(ours) else None)
    return wrong
