"""The benchmarks ask for pages that there are, and write down what they measured."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from bench import report
from bench.cases import PAGES
from bench.serving import Served, free_port
from tests.clients import Client
from tests.factories import paid_order


def test_each_page_that_is_measured_is_answered(
    client: Client, in_app: Callable[[], AbstractContextManager[None]]
) -> None:
    with in_app():
        order = paid_order()
        number, invoice = order.number, order.invoices[0]
        known = {"number": number, "id": order.id, "customer": order.customer_id, "invoice": invoice.number}
        known |= {"middle": 0, "last": 0, "month": "2026-03", "printed": f"{number}/invoice/{invoice.id}"}

    answers = {page.name: client.get(page.ours.format(**known)).status_code for page in PAGES}
    assert {name: status for name, status in answers.items() if status != 200} == {}


def test_the_table_says_growth_and_by_how_much_the_better_peer_takes_longer() -> None:
    page = PAGES[0].name
    measured = {("ours", page, 10): [2.0, 9.0, 4.0], ("ours", page, 20): [3.0, 5.0, 6.0]}
    measured |= {("django", page, 20): [10.0, 30.0], ("oscar", page, 20): [70.0]}
    told = report.pages_table(measured, {(page, 20): 2.5}, [10, 20])

    assert told.splitlines()[2:] == [
        f"| {page} | 4.0 (2.0) | 5.0 (3.0) | 1.50 | 2.0 |  | 20.0 (10.0) |  | 70.0 (70.0) | 4.00 |"
    ]


def test_a_section_takes_the_place_of_the_one_before_and_leaves_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    file.write_text("# Results\n\nBy hand.\n\n## sqlite\n\nold\n\n## Why\n\nIt is so.\n")
    report.put_in(file, "## sqlite\n\nnew\n")

    assert file.read_text() == "# Results\n\nBy hand.\n\n## Why\n\nIt is so.\n\n## sqlite\n\nnew\n"


def test_the_cpu_of_all_processes_is_counted(tmp_path: Path) -> None:
    burn = "python3 -c 'sum(range(3_000_000))'; echo ready; exec python3 -m http.server --bind 127.0.0.1 $PORT"
    port = free_port()
    served = Served(("sh", "-c", burn), port, tmp_path / "log", "ready", PORT=str(port))
    try:
        assert served.whole_cpu_seconds() > 0
        assert 0 < served.cpu_ms() <= served.whole_cpu_seconds() * 1000 + 100
        assert served.memory()[0] == 1
    finally:
        served.stop()
