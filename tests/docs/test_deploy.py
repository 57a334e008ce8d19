"""What docs/growing.md names is there, and is about this program: files, commands with their options, settings."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from app.cli.commands import toonbank

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SOURCES = "\n".join(file.read_text("utf-8") for file in sorted((ROOT / "app").rglob("*.py")))

#: A setting, wherever one is given: in a file of the environment, in YAML, in an image.
SETTING = re.compile(r"\b(TOONBANK_[A-Z_]+|DATABASE_URL)\b")
COMMAND = re.compile(
    r"(?:flask --app wsgi|flask\", \"--app\", \"wsgi\",|flask, --app, wsgi,) *\"?toonbank[\", ]+(.*)$", re.M
)


def files() -> list[Path]:
    return [file for file in sorted(DEPLOY.rglob("*")) if file.is_file()]


def test_each_file_that_the_docs_name_is_there() -> None:
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "SECURITY.md"]
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    growing = (ROOT / "docs" / "growing.md").read_text("utf-8")

    assert missing == []
    assert [file.name for file in files() if file.name not in growing and file.parent.name not in growing] == []


def commands() -> list[tuple[str, str]]:
    """File and what follows "toonbank" there."""
    texts = [(file.name, file.read_text("utf-8")) for file in [*files(), ROOT / "docs" / "growing.md"]]
    return [(name, re.sub(r"[\[\]\",]", " ", one).strip()) for name, text in texts for one in COMMAND.findall(text)]


def test_there_are_some() -> None:
    assert {name for name, _command in commands()} >= {
        "toonbank-web@.service", "toonbank-worker@.service", "compose.yaml", "Containerfile", "growing.md",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "line"), commands())
def test_each_command_is_one_of_ours_with_its_options(name: str, line: str) -> None:
    word, *arguments = [one.replace("%i", "8001") for one in shlex.split(line)]
    command = toonbank.commands[word]
    given = [str(ROOT / "README.md") if one.startswith("/tmp/") else one for one in arguments]

    assert isinstance(command, click.Command)
    command.make_context(word, given)  # raises what it says of an option that it does not know


def test_each_setting_is_one_that_the_program_reads() -> None:
    given = {name for file in files() for name in SETTING.findall(file.read_text("utf-8"))}

    assert {name for name in given if f'"{name}"' not in SOURCES} == set()
    assert len(given) > 5


def test_no_password_stands_in_what_the_services_are_given() -> None:
    text = (DEPLOY / "systemd" / "toonbank.env").read_text("utf-8")

    assert re.findall(r"^#?DATABASE_URL=\S+//\w+:\S+@", text, re.MULTILINE) == []
    assert re.findall(r"^DATABASE_URL=.*host=(\S+)$", text, re.MULTILINE) == ["/run/postgresql"]
