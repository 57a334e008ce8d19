"""What pages take of Tabler: the rules that they can use, and no others."""

from __future__ import annotations

import pytest

from tools.styles import CUT, WHOLE, cut_styles, defined_classes, is_written, written_words

MAKE = "run make styles, and commit app/static/vendor/tabler.css"
SHEET = """@charset "UTF-8";/*!
 * The licence
 */
:root,[data-bs-theme=light]{--blue:#00f}
[data-bs-theme=dark]{--blue:#88f}
a:hover{color:var(--blue)}
.btn,.carousel{color:red}.btn:not(.carousel){margin:0}.btn .carousel{margin:1px}:is(.carousel,.btn){margin:2px}
.btn-red{animation:turn 1s}.btn-mauve{color:purple}
@media print{.carousel{display:none}}@media (min-width:9px){.btn{color:blue}.carousel{color:blue}}
@keyframes turn{to{rotate:1turn}}@keyframes slide{to{left:0}}
"""


@pytest.fixture(scope="module")
def words() -> set[str]:
    return written_words()


def test_only_rules_that_can_hold_are_kept() -> None:
    assert cut_styles(SHEET, {"btn", "btn-", "red"}).splitlines() == [
        '@charset "UTF-8";/*!',
        " * The licence",
        " */",
        ":root,[data-bs-theme=light]{--blue:#00f}",
        "[data-bs-theme=dark]{--blue:#88f}",
        "a:hover{color:var(--blue)}",
        ".btn{color:red}",
        ".btn:not(.carousel){margin:0}",
        ":is(.carousel,.btn){margin:2px}",
        ".btn-red{animation:turn 1s}",
        "@media (min-width:9px){.btn{color:blue}}",
        "@keyframes turn{to{rotate:1turn}}",
    ]


@pytest.mark.parametrize(
    "word", ["alert", "btn-sm", "table-responsive", "form-check-inline", "text-green", "is-invalid", "form-control"]
)
def test_words_of_templates_scripts_and_the_program_are_found(words: set[str], word: str) -> None:
    assert is_written(word, words)


def test_the_cut_file_has_every_class_that_is_written_and_no_other(words: set[str]) -> None:
    made = cut_styles(WHOLE.read_text("utf-8"), words)
    missing = defined_classes(made) - defined_classes(CUT.read_text("utf-8"))

    assert not missing, f"{MAKE}: {sorted(missing)}"
    assert CUT.read_text("utf-8") == made, MAKE


def test_the_cut_file_keeps_licence_and_dark_theme() -> None:
    cut = CUT.read_text("utf-8")

    assert "Licensed under MIT" in cut[:400]
    assert "[data-bs-theme=dark]" in cut
