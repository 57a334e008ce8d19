"""Making the peers' shops and serving them, by programs of their own environment."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from bench.serving import Browser, Served, free_port

BIN = Path(os.environ.get("TOONBANK_PEERS", ".venv/peers")) / "bin"
NAMES = ("django", "oscar")
SERVES = ("--workers", "2", "--threads", "2")


class Peer:
    def __init__(self, name: str, folder: Path, orders: int):
        self.name, self.folder = name, folder
        self.database = folder / f"{name}-{orders}.sqlite"
        self.environment = {
            "PEER": name,
            "PEER_DATABASE": str(self.database),
            "DJANGO_SETTINGS_MODULE": "bench.peers.settings",
            "PYTHONPATH": ".",
        }
        known = self.database.with_suffix(".json")
        if not known.exists():
            self.database.unlink(missing_ok=True)
            command = (BIN / "python", "-m", "bench.peers.fill", str(orders))
            known.write_text(subprocess.check_output(command, env={**os.environ, **self.environment}, text=True))
        self.cookies = json.loads(known.read_text())["cookies"]

    def serve(self) -> tuple[Served, Browser]:
        port = free_port()
        command = (str(BIN / "gunicorn"), *SERVES, "--bind", f"127.0.0.1:{port}", "bench.peers.urls:application")
        served = Served(command, port, self.folder / f"{self.name}.log", "Booting worker", **self.environment)
        return served, Browser(port, self.cookies)
