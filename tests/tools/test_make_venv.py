"""tools/make_venv.sh on machines that lack something: it says what, and leaves nothing half made."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python_that_is(tmp_path: Path, script: str) -> Path:
    file = tmp_path / "python"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def make_venv(tmp_path: Path, python: Path) -> subprocess.CompletedProcess[str]:
    command = [ROOT / "tools/make_venv.sh", tmp_path / "venv", ROOT / "requirements.lock"]
    return subprocess.run(command, env={"PATH": "/usr/bin:/bin", "PYTHON": str(python)}, capture_output=True, text=True)


def test_an_old_python_is_refused(tmp_path):
    ran = make_venv(tmp_path, python_that_is(tmp_path, "exit 1"))

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("Toonbank needs Python 3.11 or newer.")
    assert not (tmp_path / "venv").exists()


def test_a_python_without_ensurepip_and_virtualenv_says_what_to_install(tmp_path):
    has_nothing = python_that_is(tmp_path, 'case "$*" in *ensurepip*|*virtualenv*) exit 1;; esac')

    ran = make_venv(tmp_path, has_nothing)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.endswith("can't make virtual environments. On Debian or Ubuntu: apt install python3-venv\n")
    assert not (tmp_path / "venv").exists()


def test_a_python_without_ensurepip_takes_virtualenv(tmp_path):
    has_virtualenv = python_that_is(
        tmp_path,
        'case "$*" in\n'
        "  *ensurepip*) exit 1;;\n"
        '  "-m virtualenv --quiet"*) mkdir -p "$4/bin"; printf "#!/bin/sh\\necho pip \\$3\\n" > "$4/bin/python"; '
        'chmod +x "$4/bin/python";;\n'
        "esac",
    )

    ran = make_venv(tmp_path, has_virtualenv)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("pip install\n")
