"""Rendering within limits: what goes wrong with one document harms no other."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.documents import render_process
from app.documents.render_process import RenderFailed, RenderProcess
from tests.documents.printed_text import lines_of

AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)


@pytest.fixture(scope="module")
def process() -> Iterator[RenderProcess]:
    process = RenderProcess()
    yield process
    process.stop()


def text(process: RenderProcess, html: str) -> list[str]:
    return lines_of(process.render(html, AT).pdf)


def test_the_same_page_gives_the_same_bytes_whatever_was_printed_before(process: RenderProcess) -> None:
    first = process.render("<p>Mug</p>", AT)
    process.render("<h1>Another</h1>" * 50, AT)
    assert process.render("<p>Mug</p>", AT) == first

    process.stop()
    assert process.render("<p>Mug</p>", AT) == first


def test_a_page_that_asks_too_much_fails_and_the_next_is_printed(process: RenderProcess) -> None:
    with pytest.raises(RenderFailed):
        process.render('<table><tr><td colspan="1000000">x</td></tr></table>', AT)

    assert text(process, "<p>Mug</p>") == ["Mug"]


def test_a_page_that_takes_too_long_is_given_up(process: RenderProcess) -> None:
    hurried = RenderProcess(seconds=0.05)  # less than a new process needs to begin

    with pytest.raises(RenderFailed, match="ran out of time or memory"):
        hurried.render("<p>Mug</p>", AT)

    assert hurried.child is None


def test_a_page_that_takes_too_much_work_is_given_up() -> None:
    thrifty = RenderProcess(processor_seconds=0.1)

    with pytest.raises(RenderFailed, match="ran out of time or memory"):
        thrifty.render("<table>" + "<tr><td>Mug</td></tr>" * 2000 + "</table>", AT)

    assert thrifty.child is None


def test_a_page_that_only_waits_for_its_turn_is_drawn(process: RenderProcess) -> None:
    """As on a machine on which much else runs."""
    patient = RenderProcess(processor_seconds=1)
    patient.render("<p>Mug</p>", AT)
    assert patient.child
    busy = patient.child.pid
    os.kill(busy, signal.SIGSTOP)
    threading.Timer(2.5, os.kill, (busy, signal.SIGCONT)).start()
    try:
        assert text(patient, "<p>Mug</p>") == ["Mug"]
        assert patient.child.pid == busy
    finally:
        patient.stop()


def test_nobody_waits_behind_a_long_document() -> None:
    long = f"<p>{'Mug ' * (render_process.LONG // 4)}</p>"
    with render_process.long_process.lock:  # it is at another one
        waiting = threading.Thread(target=render_process.render, args=(long,), kwargs={"at": AT})
        waiting.start()
        assert lines_of(render_process.render("<p>Mug</p>", at=AT).pdf) == ["Mug"]
        assert waiting.is_alive()
    waiting.join(60)
    assert not waiting.is_alive()


def test_a_process_that_was_killed_is_replaced(process: RenderProcess) -> None:
    process.render("<p>Mug</p>", AT)
    assert process.child
    os.kill(process.child.pid, signal.SIGKILL)
    process.child.wait()

    assert text(process, "<p>Mug</p>") == ["Mug"]


@pytest.mark.parametrize("source", ["file:///etc/passwd", "../../../etc/passwd", "http://127.0.0.1:9/x.png"])
def test_a_page_reads_nothing_from_outside(process: RenderProcess, source: str) -> None:
    rendered = process.render(f'<img src="{source}"><p>Mug</p>', AT)

    assert lines_of(rendered.pdf) == ["Mug"]
    assert any("Blocked by the resource policy" in warning for warning in rendered.warnings)


def test_signs_that_no_font_has_are_told(process: RenderProcess) -> None:
    warnings = process.render("<p>\N{DEVANAGARI LETTER KA}</p>", AT).warnings

    assert [warning[:38] for warning in warnings] == ["No font this document has can draw 'क'"]


def test_a_forked_process_starts_a_child_of_its_own(process: RenderProcess) -> None:
    process.render("<p>Mug</p>", AT)
    parents_child = process.child

    process.forget()
    try:
        assert text(process, "<p>Mug</p>") == ["Mug"]
        assert process.child is not parents_child
    finally:
        assert parents_child
        parents_child.kill()
        parents_child.communicate()
