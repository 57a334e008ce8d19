"""tools/test_programs.sh on machines that lack a browser and a PDF reader."""

from __future__ import annotations

import subprocess
from pathlib import Path

#: What no test here leaves out.
REST = {"curl": "", "openssl": "", "initdb": ""}
SCRIPT = Path(__file__).resolve().parents[2] / "tools/test_programs.sh"


def machine(tmp_path: Path, **programs: str) -> Path:
    """A folder with only these programs in it: name and script."""
    for name, script in programs.items():
        file = tmp_path / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
    return tmp_path


def look(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/bin/sh", SCRIPT], env={"PATH": str(path)}, capture_output=True, text=True)


def test_a_machine_that_has_everything_is_left_alone(tmp_path):
    ran = look(machine(tmp_path, pdftoppm="", **REST, **{"chromium-headless-shell": ""}))

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_who_may_not_install_is_told_what_is_missing(tmp_path):
    ran = look(machine(tmp_path, **REST, id="echo 1000", **{"apt-get": "exit 9"}))

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.endswith("On Debian or Ubuntu: sudo apt install chromium-headless-shell poppler-utils\n")


def test_root_installs_what_is_missing(tmp_path):
    asked = tmp_path / "asked"

    ran = look(machine(tmp_path, pdftoppm="", **REST, id="echo 0", **{"apt-get": f'echo "$@" >> {asked}'}))

    assert (ran.returncode, ran.stdout) == (0, "Installing what the tests need: chromium-headless-shell\n")
    assert asked.read_text().splitlines() == [
        "update -qq",
        "install -y -qq --no-install-recommends chromium-headless-shell",
    ]


def test_an_installation_that_fails_is_a_failure(tmp_path):
    assert look(machine(tmp_path, pdftoppm="", **REST, id="echo 0", **{"apt-get": "exit 100"})).returncode == 100
