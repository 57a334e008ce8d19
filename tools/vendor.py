"""Fetch the pinned front-end files of vendor.toml with the npm client, check their hashes and keep their licences.

    python tools/vendor.py            fetch, compare with vendor.lock.json, write the files
    python tools/vendor.py --check    only compare the files that are here with vendor.lock.json

A developer runs it after changing a version; what it writes is committed, so nobody else needs npm.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tools/vendor.toml"
LOCK = ROOT / "tools/vendor.lock.json"
LICENCE_NAME = re.compile(r"package/(LICEN[CS]E|COPYING)[^/]*", re.IGNORECASE)
SOURCE_MAP = re.compile(rb"\n?(/\*|//)# sourceMappingURL=[^\n]*?(\*/)?\s*$", re.DOTALL)


def main() -> None:
    if "--check" in sys.argv:
        sys.exit(report_changed_files(read_lock()))
    old, new = read_lock(), {}
    for package in tomllib.loads(LIST.read_text())["package"]:
        spec = f"{package['name']}@{package['version']}"
        new[spec] = fetch(package, spec, expected=old.get(spec, {}).get("integrity"))
        print(f"{spec}: {len(new[spec]['files'])} files, {new[spec]['license']}")
    LOCK.write_text(json.dumps(new, indent=2, sort_keys=True) + "\n")


def read_lock() -> dict[str, Any]:
    return json.loads(LOCK.read_text()) if LOCK.exists() else {}


def report_changed_files(lock: dict[str, Any]) -> int:
    """Print each file that is missing or differs from its hash; 1 if there is any."""
    wrong = [
        name
        for package in lock.values()
        for name, expected in package["files"].items()
        if not (ROOT / name).exists() or sha256((ROOT / name).read_bytes()) != expected
    ]
    for name in wrong:
        print(f"{name}: missing or changed")
    return 1 if wrong else 0


def fetch(package: dict[str, Any], spec: str, *, expected: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        archive = download(spec, Path(folder))
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if expected and expected != integrity:
            sys.exit(f"{spec}: the published package is not the one in vendor.lock.json")
        with tarfile.open(archive) as tar:
            files = dict(unpacked(package, tar)) | dict(licence(package, tar))
            declared = json.loads(member(tar, "package/package.json"))["license"]
    for name, content in files.items():
        write(ROOT / name, content)
    hashes = {name: sha256(content) for name, content in files.items()}
    return {"integrity": integrity, "license": declared, "files": hashes}


def download(spec: str, folder: Path) -> Path:
    command = ["npm", "pack", spec, "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.tgz"))


def unpacked(package: dict[str, Any], tar: tarfile.TarFile) -> Any:
    """Each wanted file with its place in the project; without the pointer to a source map that we don't ship."""
    for source, target in package.get("files", {}).items():
        yield target, SOURCE_MAP.sub(b"", member(tar, f"package/{source}"))
    if "symbols" in package:
        whole = member(tar, f"package/{package['sprite']}").decode()
        yield package["target"], sprite(whole, package["symbols"]).encode()


def sprite(whole: str, names: list[str]) -> str:
    """The icon sprite, cut to the named symbols; `tabler-truck` becomes `truck`."""
    symbols = []
    for name in sorted(names):
        found = re.search(rf'<symbol id="tabler-{re.escape(name)}".*?</symbol>', whole, re.DOTALL)
        if not found:
            sys.exit(f"there is no icon {name}")
        symbol = found.group().replace(f'id="tabler-{name}"', f'id="{name}"')
        symbols.append(symbol.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', ""))
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def licence(package: dict[str, Any], tar: tarfile.TarFile) -> Any:
    """The package's licence texts; for a package that forgot its own, the text of vendor.toml."""
    folder = package["licences"]
    found = [entry.name for entry in tar.getmembers() if LICENCE_NAME.fullmatch(entry.name)]
    if "licence_file" in package:  # a package of files under several licences, of which we take some under one
        found = [f"package/{package['licence_file']}"]
    for name in found:
        stem = package["name"].strip("@").replace("/", "-")
        suffix = "-third-party" if "3RD" in name.upper() else ""
        yield f"{folder}/{stem}{suffix}.txt", member(tar, name)
    if not found:
        yield f"{folder}/{package['name'].strip('@').replace('/', '-')}.txt", package["licence_text"].lstrip().encode()


def member(tar: tarfile.TarFile, name: str) -> bytes:
    content = tar.extractfile(name)
    assert content, f"{name} is not a file"
    return content.read()


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()
