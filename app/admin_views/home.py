"""Home: what waits, how sales go, one's own tasks, what came in last, and the first steps of a new shop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import AdminIndexView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app import queries
from app.actions.custom_statuses import set_custom_status
from app.actions.first_steps import put_away_steps
from app.actions.reminders import orders_due, send_payment_reminder
from app.actions.sellers import why_seller_incomplete
from app.actions.tasks import add_task, finish_task
from app.actions.vat_limits import LimitState, watched_limits
from app.admin_views.base import StaffOnly
from app.admin_views.cell_actions import cells_in_orders
from app.admin_views.chart import Chart, chart
from app.admin_views.dashboard.buttons import lacking
from app.admin_views.due_reminders import MOST_ASKED
from app.admin_views.first_steps import first_steps, ways_in
from app.admin_views.jobs import not_running_since
from app.admin_views.list_page import Capped
from app.admin_views.meanwhile import tell_meanwhile
from app.admin_views.orders import format_count
from app.admin_views.outage_news import mail_outage, surroundings
from app.admin_views.run_action import run_alone
from app.admin_views.settings.vat_scheme import say_limit
from app.admin_views.signin import actor, demand_right, may
from app.admin_views.task_rows import task_row
from app.columns import now
from app.connections.outages import outages
from app.documents.sellers import missing_of_seller
from app.extensions import ShownText, transaction
from app.jobs.heartbeat import is_recent
from app.models import BooksTrouble, Fate, Outage, Outside, Shop
from app.pages.clock import zone_here
from app.pages.formatting import day, moment, recent_here
from app.pages.labels import CONCERN, ORDER_STATUS, PAYMENT_STATUS, custom_labels
from app.queries import order_list, statistics
from app.queries.concerns import ORDERS_OF, Concern
from app.queries.order_list import Page
from app.queries.outages import current_outages, find_outage
from app.queries.statistics import Waiting
from app.security import form_tokens

LATEST_ORDERS = 8
MOST_TASKS = 8
#: What is drawn of sales, by what the address asks for: so many days, or a year by its months.
PERIODS: dict[str, ShownText] = {"7": _l("7 days"), "30": _l("30 days"), "365": _l("1 year")}
USUAL_PERIOD, YEAR, MONTHS_DRAWN = "30", "365", 12
#: More orders are not added up while somebody waits for Home.
MOST_ADDED_UP = 100_000
#: A daily copy that is older was left out at least once.
OLDEST_COPY = timedelta(hours=50)


class Home(StaffOnly, AdminIndexView):
    @expose("/")
    def index(self) -> str:
        shop, me, period = queries.shop(), actor().staff_id, asked_period()
        page = order_list.find(order_list.Question(size=LATEST_ORDERS), shop.time_zone)
        waiting = statistics.waiting_counts(me)  # which also says what need not be asked for
        now_out = current_outages() if waiting.has_outages else []
        tasks = queries.open_tasks_of(me, most=MOST_TASKS) if waiting.tasks else []
        has_custom_status = any(row.custom_status_id for row in page.rows)
        needs_statuses = has_custom_status or (page.rows and may(set_custom_status.right))
        statuses = queries.custom_statuses() if needs_statuses else []
        return self.render(
            "admin/home.html",
            greeting=greeting(),
            page=page,
            recent=recent_here(),
            meanwhile=tell_meanwhile(),
            stats=stats(page, waiting),
            chart=draw_sales(period, shop.currency),
            periods=[(url_for(".index", period=one, _anchor="sales"), PERIODS[one], one == period) for one in PERIODS],
            most_added_up=format_count(MOST_ADDED_UP),
            currency=shop.currency,
            tasks=[task_row(task, task_url) for task in tasks],
            task_url=url_for("task.index_view", whose="mine"),
            more_tasks=max(0, waiting.tasks - MOST_TASKS),
            add_task=add_task,
            add_task_url=url_for("task.add", url=url_for("admin.index")),
            why_not_add=lacking(add_task.right),
            why_not_finish=lacking(finish_task.right),
            steps=first_steps(shop, waiting, has_orders=bool(page.rows)),
            example_url=url_for("company.example") if may("settings.company") else "",
            ways_in=[] if page.rows else ways_in(),
            mail_outage=mail_outage(now_out, shop),
            attention=[
                *company_incomplete(shop),
                *(vat_limits(shop) if waiting.has_yearly_sales else []),
                *(shops_away() if waiting.has_connection_trouble else []),
                *damaged_books(now_out),
                *surroundings(now_out),
                *concerns(page),
                *attention(waiting),
                *reminders_asked(shop),
            ],
            cells=cells_in_orders(statuses),
            seal=say_seal(waiting),
            has_demo=waiting.has_demo,
            may_settle=may("settings.demo"),
            labels={
                "status": ORDER_STATUS,
                "payment": PAYMENT_STATUS,
                "custom": custom_labels(statuses),
            },
        )

    @expose("/put-steps-away", methods=["POST"])
    def put_steps_away(self) -> ResponseReturnValue:
        form_tokens.lead_back_to(url_for(".index"))
        run_alone("settings.company", lambda by: put_away_steps(queries.shop(), by=by))
        flash(_("The first steps are put away."), "success")
        return redirect(url_for(".index"), code=303)

    @expose("/plant-demo", methods=["POST"])
    def plant_demo(self) -> ResponseReturnValue:
        """Only in a shop without orders, where nobody is kept waiting while it is planted."""
        form_tokens.lead_back_to(url_for(".index"))
        from app.demo import plant

        planted = run_alone("settings.demo", lambda _by: 0 if order_list.newest_id() else plant())
        if planted:
            flash(_("The demo shop is planted: %(count)s orders.", count=planted), "success")
        else:
            flash(_("There are orders already. A demo is planted in an empty shop only."), "error")
        return redirect(url_for(".index"), code=303)

    @expose("/remove-demo", methods=["POST"])
    def remove_demo(self) -> ResponseReturnValue:
        demand_right("settings.demo")
        form_tokens.lead_back_to(url_for(".index"))
        from app.demo import remove_demo

        with transaction():
            removed = remove_demo(by=actor())
        flash(_("The demo shop is gone: %(count)s orders removed.", count=removed), "success")
        return redirect(url_for(".index"), code=303)


def asked_period() -> str:
    asked = request.args.get("period", "")
    return asked if asked in PERIODS else USUAL_PERIOD


def draw_sales(period: str, currency: str) -> Chart | None:
    """None: more orders than are added up here."""
    if period != YEAR:
        return chart(statistics.sales_per_day(int(period)), currency)
    if statistics.has_many_orders(MONTHS_DRAWN, MOST_ADDED_UP):
        return None
    return chart(statistics.sales_per_month(MONTHS_DRAWN), currency, is_monthly=True)


def greeting() -> str:
    """By the reader's clock."""
    hour, name = now().astimezone(zone_here()).hour, actor().name
    if 5 <= hour < 12:
        return _("Good morning, %(name)s", name=name)
    if 12 <= hour < 18:
        return _("Good afternoon, %(name)s", name=name)
    return _("Good evening, %(name)s", name=name)


def stats(page: Page, waiting: Waiting) -> list[dict[str, object]]:
    """The big numbers, each the link to the list behind it."""
    views, late = page.views, waiting.late_tasks
    undecided, to_ship, unpaid = map(since, (waiting.oldest_undecided, waiting.oldest_to_ship, waiting.oldest_unpaid))
    today = _("+%(count)s today", count=format_count(waiting.placed_today)) if waiting.placed_today else ""
    needs_decision = order_stat(page, "needs_decision", _("Needs a decision"), undecided, "alert-triangle", tone="red")
    return [
        order_stat(page, "open", _("Open"), today, "shopping-cart"),
        order_stat(page, "to_ship", _("To ship"), to_ship, "package"),
        *([needs_decision] if views["needs_decision"] else []),
        order_stat(page, "unpaid", _("Unpaid"), unpaid, "cash"),
        {
            "url": url_for("task.index_view", whose="mine", state="overdue" if late else None),
            "label": _("Tasks"),
            "number": format_count(waiting.tasks),
            "note": _("%(count)s late", count=format_count(late)) if late else "",
            "tone": "red" if late else "",
            "icon_name": "checklist",
        },
        {
            "url": url_for("ticket.index_view"),
            "label": _("Tickets"),
            "number": format_count(waiting.tickets),
            "note": since(waiting.oldest_ticket),
            "icon_name": "message",
        },
    ]


def order_stat(page: Page, view: str, label: str, note: str, icon: str, *, tone: str = "") -> dict[str, object]:
    """How many orders stand in this tab of their list."""
    url, number = url_for("order.index_view", view=view), format_count(page.views[view])
    return {"url": url, "label": label, "number": number, "note": note, "icon_name": icon, "tone": tone}


def since(oldest: datetime | None) -> str:
    return _("oldest: %(day)s", day=day(oldest)) if oldest else ""


def task_url(name: str, task_id: int) -> str:
    """Where something is done to a task, and back here."""
    return url_for("task.act", task_id=task_id, action_name=name, url=url_for("admin.index"))


def company_incomplete(shop: Shop) -> list[tuple[str, str]]:
    """What the invoices lack of a shop that sent some before it was asked for; a new one is not let to."""
    if shop.seller_demanded or not missing_of_seller(shop):
        return []
    return [(why_seller_incomplete(), url_for("company.index_view") if may("settings.company") else "")]


def vat_limits(shop: Shop) -> list[tuple[str, str]]:
    """Limits of the law that are near or crossed."""
    url = url_for("vat_scheme.index_view") if may("settings.vat_scheme") else ""
    return [(say_limit(one), url) for one in watched_limits(shop) if one.state != LimitState.FAR]


def shops_away() -> list[tuple[str, str]]:
    """Shops that can't be read or told; the way there for those who may mend it."""
    is_link = may("imports.connections")
    return [
        (str(one), url_for("connection.show", connection_id=one.connection_id) if is_link else "") for one in outages()
    ]


def concerns(page: Page) -> list[tuple[str, str]]:
    """What of orders asks for somebody, in the words of their list; a decision has its big number already."""
    return [
        (f"{CONCERN[one].text}: {format_count(page.views[one])}", url_for("order.index_view", view=one))
        for one in ORDERS_OF
        if page.views[one] and one != Concern.NEEDS_DECISION
    ]


def damaged_books(outages: Iterable[Outage]) -> list[tuple[str, str]]:
    """That a check found something, and where what it found is told."""
    found = find_outage(outages, Outside.BOOKS)
    if found is None:
        return []
    url = url_for("copies.index_view", _anchor="books") if may("settings.copies") else ""
    if found.reason == BooksTrouble.NUMBERS:
        return [(_("Numbers are missing in the books, or there twice. Look at what the check found."), url)]
    return [(_("Something in the books is not as it was made. Look at what the check found."), url)]


def say_seal(waiting: Waiting) -> tuple[str, str] | None:
    """The last seal of the books, and where it stands in full."""
    if waiting.sealed_at is None:
        return None
    short = f"{waiting.seal_number}-{(waiting.seal_hash or '')[:8]}…"
    url = url_for("copies.index_view", _anchor="books") if may("settings.copies") else ""
    return _("Sealed until %(moment)s: %(seal)s", moment=moment(waiting.sealed_at), seal=short), url


def copies_fail(waiting: Waiting) -> list[tuple[str, str]]:
    """That no copy could be made, or that the last one is days old."""
    url = url_for("copies.index_view") if may("settings.copies") else ""
    if waiting.copy_error:
        return [(_("No copy could be made: %(error)s", error=waiting.copy_error), url)]
    last = waiting.last_copy_at
    is_old = queries.shop().copies_kept and last is not None and now() - last > OLDEST_COPY
    return [(_("The last copy is of %(moment)s.", moment=moment(last)), url)] if last and is_old else []


def keys_run_out(waiting: Waiting) -> list[tuple[str, str]]:
    """Keys of programs that soon work no more, or just ceased to; for those who may mend it."""
    if not may("settings.api_keys"):
        return []
    found, first = [], waiting.first_runs_out_on
    if first is not None:
        text = ngettext(
            "%(num)s API key runs out on %(day)s",
            "%(num)s API keys run out, the first on %(day)s",
            waiting.keys_running_out,
            day=day(first),
        )
        found.append(text)
    if over := waiting.keys_run_out:
        found.append(ngettext("%(num)s API key has run out", "%(num)s API keys have run out", over))
    return [(text, url_for("api_keys.index_view")) for text in found]


def reminders_asked(shop: Shop) -> list[tuple[str, str]]:
    """How many wait for a yes, where the shop wants to be asked."""
    if not shop.reminders_ask or lacking(send_payment_reminder.right):
        return []
    due = Capped(len(orders_due(most=MOST_ASKED + 1)), MOST_ASKED)
    text = ngettext("%(count)s reminder waits for a yes", "%(count)s reminders wait for a yes", due, count=due)
    return [(text, url_for("due_reminders.index"))] if due else []


def attention(waiting: Waiting) -> list[tuple[str, str]]:
    """What went wrong and waits for somebody: text and where."""
    found = []
    if not is_recent(waiting.worker_seen_at):
        found.append((not_running_since(waiting.last_worker_at), url_for("jobs.index_view")))
    found += copies_fail(waiting)
    if mails := waiting.failed_mails:
        text = ngettext("%(num)s mail could not be sent", "%(num)s mails could not be sent", mails)
        found.append((text, url_for("outbox.index_view")))
    if stopped := waiting.stopped_jobs:
        text = ngettext("%(num)s job was stopped by an error", "%(num)s jobs were stopped by an error", stopped)
        found.append((text, url_for("jobs.index_view")))
    found += keys_run_out(waiting)
    if payloads := waiting.unread_payloads:
        text = ngettext("%(num)s payload could not be read", "%(num)s payloads could not be read", payloads)
        found.append((text, url_for("arrivals.index_view", flt0_result=Fate.QUARANTINED.value)))
    return found
