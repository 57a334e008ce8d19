"""Toonbank's shop that is measured: made by the same commands that people run, and asked for which records to show."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.serving import Browser, Served, free_port

RUN = (sys.executable, "-m", "flask", "--app", "wsgi", "toonbank")


def children_cpu() -> float:
    """Seconds that programs which have ended computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Shop:
    """In a folder of its own, and in the database of DATABASE_URL where that is set."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = {"TOONBANK_INSTANCE": str(folder)}
        if not (folder / "secret_key").exists():
            self.run("init")
        self.engine = create_engine(os.environ.get("DATABASE_URL") or f"sqlite:///{folder}/shop.sqlite")
        if self.engine.dialect.name == "postgresql":
            self.engine = create_engine(self.engine.url.set(drivername="postgresql+psycopg"))

    def run(self, *words: str) -> tuple[str, float]:
        """A command of Toonbank's: what it printed, and its seconds of CPU."""
        before = children_cpu()
        done = subprocess.run([*RUN, *words], env={**os.environ, **self.environment}, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout, children_cpu() - before

    def serve(self, *options: str) -> Served:
        port = free_port()
        command = (*RUN, "serve", "--port", str(port), "--link", *options)
        return Served(command, port, self.folder / "server.log", "Toonbank serves", **self.environment)

    def sign_in(self, served: Served) -> Browser:
        browser = Browser(served.port)
        path = "/sign-in/" + served.said().partition("/sign-in/")[2].split()[0]
        browser.post(path, form_at=path)
        return browser

    def ask(self, statement: str, **given: object) -> list[Sequence[object]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), given)]

    def one(self, statement: str, **given: object) -> int:
        return int(str(self.ask(statement, **given)[0][0]))

    def size(self) -> int:
        return self.one("SELECT count(*) FROM orders")

    def megabytes(self) -> float:
        if self.engine.dialect.name == "postgresql":
            return self.one("SELECT pg_database_size(current_database())") / 1e6
        return self.one("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") / 1e6

    def bytes_by_table(self, most: int = 12) -> list[tuple[str, int]]:
        """The largest tables and indexes."""
        if self.engine.dialect.name == "postgresql":
            found = "SELECT relname, pg_relation_size(oid) AS size FROM pg_class WHERE relkind IN ('r', 'i', 't')"
        else:
            found = "SELECT name, sum(pgsize) AS size FROM dbstat GROUP BY name"
        rows = self.ask(f"{found} ORDER BY size DESC LIMIT {most}")
        return [(str(name), int(str(size))) for name, size in rows]

    # --- which records ---

    def records(self, count: int) -> Iterator[dict[str, object]]:
        """What stands for {number}, {customer} … of the pages, spread over the shop."""
        size = self.size()
        rows = self.ask(
            "SELECT o.id, o.number, o.customer_id, min(i.number), min(i.id) FROM orders o"
            " JOIN invoice i ON i.order_id = o.id WHERE o.customer_id IS NOT NULL AND o.id % :step = 0"
            " GROUP BY o.id, o.number, o.customer_id ORDER BY o.id LIMIT :count",
            step=max(1, size // (count * 3)),
            count=count,
        )
        month = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        pages = {"middle": size // 50, "last": size // 25 - 1, "django_middle": size // 50, "oscar_middle": size // 40}
        printed = f"{rows[0][1]}/invoice/{rows[0][4]}"
        for id, number, customer, invoice, _invoice_id in rows:
            more = {"customer": customer, "invoice": invoice, "printed": printed, "month": month}
            yield {"id": id, "number": number, **more, **pages}

    def make_ready(self, unpaid: int) -> None:
        """So many orders to be paid at once, and nothing left to be sealed beside it."""
        if missing := unpaid - len(self.unpaid(unpaid)):
            self.run("seed", "--unpaid", "--orders", str(missing))
        self.run("seal")

    def unpaid(self, count: int) -> list[str]:
        rows = self.ask(
            "SELECT number FROM orders WHERE status = 'awaiting_payment' AND paid = 0 AND total > 0 AND NOT is_draft"
            " ORDER BY id DESC LIMIT :count",
            count=count,
        )
        return [str(number) for (number,) in rows]

    def invoiced(self, count: int) -> list[str]:
        rows = self.ask(
            "SELECT o.number FROM orders o JOIN invoice i ON i.order_id = o.id WHERE i.kind = 'invoice' AND NOT EXISTS"
            " (SELECT 1 FROM print p WHERE p.invoice_id = i.id) ORDER BY o.id LIMIT :count",
            count=count,
        )
        return [str(number) for (number,) in rows]

    def floor(self, pages: Sequence[str], runs: int) -> list[float]:
        """Milliseconds of CPU that each page's own statements take through the driver, with an empty template."""
        program = (sys.executable, "-m", "bench.floor", str(runs))
        done = subprocess.run(
            program,
            env={**os.environ, **self.environment},
            input=json.dumps(list(pages)),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        found: list[float] = json.loads(done.stdout.splitlines()[-1])
        return found

    def import_orders(self, count: int) -> float:
        """Orders taken in for each second of CPU, of a file as WooCommerce sends it; its start is taken off."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", dir=self.folder) as file:
            json.dump([arriving(900_000_000 + self.size() + number) for number in range(count)], file)
            file.flush()
            _said, starts = self.run("settings")
            said, whole = self.run("import", "--from", "woocommerce", "--shop", "Measured", file.name)
        if str(count) not in said:
            raise SystemExit(f"The orders were not taken in: {said}")
        return count / (whole - starts)


def arriving(id: int) -> dict[str, object]:
    """A paid order of two products, as WooCommerce sends it."""
    address = {"first_name": "Bente", "last_name": "Kampen", "address_1": "Markt 87", "postcode": "2611 GS"}
    address |= {"city": "Delft", "country": "NL", "email": f"bente{id}@example.org"}
    mug = {"id": 1, "name": "Stoneware mug", "sku": "MUG-STN-30", "quantity": 2, "total": "20.66", "total_tax": "4.34"}
    tea = {"id": 2, "name": "Sencha, 100 g", "sku": "TEA-SEN-100", "quantity": 1, "total": "8.99", "total_tax": "0.81"}
    return {
        "id": id,
        "number": str(id),
        "status": "processing",
        "currency": "EUR",
        "prices_include_tax": True,
        "date_created_gmt": "2026-03-14T09:26:00",
        "date_paid_gmt": "2026-03-14T09:27:00",
        "total": "34.80",
        "total_tax": "5.15",
        "billing": address,
        "shipping": address,
        "payment_method_title": "iDEAL",
        "line_items": [{**line, "subtotal": line["total"], "subtotal_tax": line["total_tax"]} for line in (mug, tea)],
    }
