"""Where tests stand: beside the code that they test, under the same path, and on their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
APP = TESTS.parent / "app"

#: Folders that test no single module: the whole house, and what is outside `app/` or goes through all of it.
APART = {"browser", "docs", "migrations", "recipes", "simulators", "story", "tools", "whole"}


def without_twin(tests: Path, app: Path) -> list[str]:
    """Test modules `<path>/test_<name>.py` for which the app has neither `<path>/<name>.py` nor such a folder."""
    paths = [file.relative_to(tests) for file in sorted(tests.rglob("test_*.py"))]
    twins = {path: app / path.parent / path.stem.removeprefix("test_") for path in paths if path.parts[0] not in APART}
    return [str(path) for path, twin in twins.items() if not twin.with_suffix(".py").is_file() and not twin.is_dir()]


def taken_from_tests(tests: Path) -> list[tuple[str, str]]:
    """(module, what it takes) wherever a module takes something from a test module."""
    return [
        (str(file.relative_to(tests)), name)
        for file in sorted(tests.rglob("*.py"))
        for name in imported(ast.parse(file.read_text("utf-8")))
        if any(part.startswith("test_") for part in name.split("."))
    ]


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "tests":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_test_stands_where_its_code_stands() -> None:
    assert without_twin(TESTS, APP) == []


def test_no_test_takes_anything_from_another_one() -> None:
    assert taken_from_tests(TESTS) == []


def test_one_that_stands_elsewhere_or_takes_from_another_would_be_seen(tmp_path: Path) -> None:
    tests, app = tmp_path / "tests", tmp_path / "app"
    for file in ("app/actions/payments.py", "app/seeding/__init__.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    for name in ("actions/test_payments", "test_seeding", "whole/test_races", "actions/test_workflow", "test_nowhere"):
        (tests / name).parent.mkdir(parents=True, exist_ok=True)
        (tests / f"{name}.py").touch()
    (tests / "test_seeding.py").write_text(
        "from tests.whole.test_races import at_once\nfrom tests.arrange import pdf\n"
    )
    (tests / "actions" / "test_payments.py").write_text(
        "from tests.whole import test_races\nimport tests.test_seeding\n"
    )

    assert without_twin(tests, app) == ["actions/test_workflow.py", "test_nowhere.py"]
    assert taken_from_tests(tests) == [
        ("actions/test_payments.py", "tests.whole.test_races"),
        ("actions/test_payments.py", "tests.test_seeding"),
        ("test_seeding.py", "tests.whole.test_races.at_once"),
    ]
