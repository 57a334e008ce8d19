"""Write what Toonbank is made of, with licences, as a CycloneDX file: python -m tools.sbom ENVIRONMENT FILE.

Of Python that is what is installed in the environment, but for what installed it; of the front end and the fonts what
vendor.lock.json names. `make sbom` runs it, in an environment that has cyclonedx-bom.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

from tools.licences import READ_BY_HAND

ROOT = Path(__file__).resolve().parent.parent
INSTALLERS = {"pip", "setuptools", "wheel"}


def main(environment: str, file: str) -> None:
    bill = read_environment(environment)
    components = [one for one in bill["components"] if one["name"] not in INSTALLERS]
    for one in components:
        if not one.get("licenses"):
            one["licenses"] = [{"license": {"id": READ_BY_HAND[one["name"]]}}]
    kept = {one["bom-ref"] for one in components} | {bill["metadata"]["component"]["bom-ref"]}
    bill["dependencies"] = [one for one in bill["dependencies"] if one["ref"] in kept]
    bill["components"] = components + vendored_components()
    Path(file).write_text(json.dumps(bill, indent=2, ensure_ascii=False) + "\n")
    print(f"{file}: {len(bill['components'])} components")


def read_environment(environment: str) -> dict:
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "environment", environment]
    options = ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--of", "JSON", "-o", "-"]
    return json.loads(subprocess.run(command + options, check=True, stdout=subprocess.PIPE).stdout)


def vendored_components() -> list[dict]:
    """Those that are shipped; what only tests take is left out."""
    lock = json.loads((ROOT / "tools/vendor.lock.json").read_text())
    return [
        describe_package(*spec.rsplit("@", 1), package)
        for spec, package in lock.items()
        if not all(name.startswith("tests/") for name in package["files"])
    ]


def describe_package(name: str, version: str, package: dict) -> dict:
    address = f"pkg:npm/{name.replace('@', '%40')}@{version}"
    digest = base64.b64decode(package["integrity"].removeprefix("sha512-")).hex()
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "licenses": [{"expression": package["license"]}],
        "hashes": [{"alg": "SHA-512", "content": digest}],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
