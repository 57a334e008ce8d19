"""The fonts are the ones that were looked at, with their licences."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from app.documents.rendering import ASSETS

ROOT = Path(__file__).resolve().parents[2]


def test_each_font_has_the_hash_that_is_written_down() -> None:
    lock = json.loads((ROOT / "tools/vendor.lock.json").read_text())
    known = {name: sha for package in lock.values() for name, sha in package["files"].items()}
    known |= {
        f"app/documents/assets/{name}": sha
        for name, sha in re.findall(r"SHA-256 of `(\S+)`: `(\w{64})`", (ASSETS / "README.md").read_text())
    }
    found = {
        str(font.relative_to(ROOT)): hashlib.sha256(font.read_bytes()).hexdigest() for font in ASSETS.glob("*.ttf")
    }

    assert len(found) == 18
    assert found.items() <= known.items()


def test_each_font_has_its_licence() -> None:
    noto = {re.sub(r"(?<!^)(?=[A-Z])", "-", font.stem).lower() for font in ASSETS.glob("Noto*.ttf")}

    assert {file.name for file in (ASSETS / "licences").iterdir()} == {
        "dejavu-fonts-ttf.txt",
        "droid-sans-fallback.txt",
        *(f"expo-google-fonts-{name}.txt" for name in noto),
    }
