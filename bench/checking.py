"""`toonbank check` of the whole shop, as the command that people run."""

from __future__ import annotations

import os
import subprocess
import sys

from app.operations import sealing
from bench.shop import Shop

#: Seconds of CPU for each 100,000 orders, the start of the program included.
MOST = 30

COMMAND = (sys.executable, "-m", "flask", "--app", "wsgi", "toonbank", "check")


def sentence(shop: Shop, size: int) -> str:
    """How long it computes once all is sealed, without the server of PostgreSQL."""
    with shop.context():
        sealing.seal_all()
    before = os.times()
    done = subprocess.run(COMMAND, stdout=subprocess.PIPE, text=True, check=False)
    after = os.times()
    if done.returncode:
        raise AssertionError(f"the shop that is measured is damaged:\n{done.stdout}")
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    most = f", of {MOST} at most" if size == 100_000 else ""
    return f"toonbank check of {size:,} orders: {seconds:.1f} s CPU{most}, {seconds * 1000 / size:.2f} ms an order."
