"""The panels of revenue: what the run rate is and how it moves, what was paid, who stays and who left."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, cast

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.billing import money, problems
from accounts.models import UNDOES, Payment, PaymentKind, Plan, Product, User
from accounts.staffing import Area
from analytics.dashboards.registry import (
    Asked,
    Cell,
    Column,
    Figure,
    Listing,
    Over,
    Page,
    Panel,
    Query,
    Row,
    Rows,
    Shape,
    State,
    Width,
)
from analytics.dashboards.showing import Card, label_of, plain
from analytics.figures import MINUS, NOTHING
from analytics.platform import queries as platform
from analytics.revenue import figures
from analytics.revenue.books import Books, Step
from analytics.revenue.cohorts import cohorts
from analytics.revenue.queries import Summary, beside
from analytics.revenue.rates import Movement, a_month, together
from analytics.revenue.takings import Sold, Takings, Till
from analytics.studio.values import Delta
from stats.metrics import Unit
from stats.windows import DAY, Window, between, day_of, midnight, next_period, period_of

MONTHS_SHOWN = 6
BY_CURRENCY = frozenset({"currency"})
MOVEMENTS = {
    Movement.NEW: gettext_lazy("New"),
    Movement.REACTIVATION: gettext_lazy("Came back"),
    Movement.EXPANSION: gettext_lazy("More"),
    Movement.CONTRACTION: gettext_lazy("Less"),
    Movement.CHURN: gettext_lazy("Left"),
}


# What panels share


def currency_of(query: Query) -> str:
    """Return the currency that is asked for, or the one with the highest run rate."""
    known = query.once("currencies", platform.currencies)
    asked = query.options.get("currency", "")
    return asked if asked in known else known[0]


def told_of(query: Query) -> tuple[Summary, Summary | None]:
    """Return the figures of the window and of the one before."""
    return query.once(
        "revenue",
        lambda: beside(query.window, query.before, currency_of(query), query.now, lambda: active_members(query)),
    )


def active_members(query: Query) -> int:
    """Return how many members were active in the 30 days that end with the window's last day, or today."""
    last = min(query.window.end_day - DAY, day_of(query.now, query.window.zone))
    window = between(last, last, query.now, query.window.zone)
    active = query.once("active members", lambda: platform.active_in(platform.days_of(window, query.now)))
    return active[-1].mau if active else 0


def books_of(query: Query) -> Books:
    """Return the books of the window."""
    return told_of(query)[0].books


def till_of(query: Query) -> Till:
    """Return what was paid in the window and in the one before."""
    return told_of(query)[0].till


# Headline figures


def _shown(
    figure: figures.Figure, line: Callable[[Query], Iterable[float]] | None, note: Callable[[Summary], str] | None
) -> Callable[[Query], Figure]:
    def told(query: Query) -> Figure:
        now, before = told_of(query)
        return Figure(
            figure.of(now),
            figure.of(before) if before and figure.is_compared else None,
            tuple(line(query)) if line else (),
            note=note(now) if note else "",
            currency=now.currency if figure.unit is Unit.MONEY else "",
        )

    return lambda query: query.once(told, lambda: told(query))


def rate_line(query: Query) -> Iterable[float]:
    """Return the MRR when each day was over."""
    return (float(step.monthly) for step in books_of(query).days)


def people_line(query: Query) -> Iterable[float]:
    """Return how many paid when each day was over."""
    return (step.people for step in books_of(query).days)


def _taken(part: Callable[[Takings], int | None]) -> Callable[[Query], Iterable[float]]:
    def line(query: Query) -> Iterable[float]:
        by_day = query.once("takings of days", till_of(query).by_day)
        return (float(part(by_day[day]) or 0) if day in by_day else 0.0 for day in query.window)

    return line


# Over time


def rate_by_day(query: Query) -> Rows:
    """Return the MRR when each day was over, with the one of the window before."""
    told, earlier_told = told_of(query)
    now, before = told.books, earlier_told.books if earlier_told else None
    columns = [Column("mrr", _("MRR"), Unit.MONEY, now.currency, over=Over.LAST)]
    earlier = before.days if before else []
    if before:
        columns.append(Column("before", _("Before"), Unit.MONEY, now.currency, is_before=True, over=Over.LAST))
    rows = []
    for number, step in enumerate(now.days):
        values: tuple[Any, ...] = (step.monthly,)
        if before:
            values += (earlier[number].monthly if number < len(earlier) else None,)
        rows.append(_row(query, step.day, values, is_month=False))
    return Rows(_("Day"), tuple(columns), tuple(rows))


def movements(query: Query) -> Rows:
    """Return how the MRR moved, by day, or by month in a long window."""
    now = books_of(query)
    columns = tuple(Column(one.value, label, Unit.MONEY, now.currency) for one, label in MOVEMENTS.items())
    rows = []
    for step in _steps(query, now):
        moved = step.monthly_moves()
        rows.append(_row(query, step.day, tuple(moved[one] for one in MOVEMENTS)))
    return Rows(_("Month") if query.is_long else _("Day"), columns, tuple(rows))


def accounts_of_months(query: Query) -> Rows:
    """Return each month: with what MRR it began, what moved it, and with what it ended. The rows add up to the cent."""
    now = books_of(query)
    columns = (
        Column("start", _("At the start"), Unit.MONEY, now.currency),
        *(Column(one.value, label, Unit.MONEY, now.currency) for one, label in MOVEMENTS.items()),
        Column("end", _("At the end"), Unit.MONEY, now.currency),
        Column("people", _("Paying")),
    )
    start, rows = now.monthly_before, []
    for step in now.months:
        moved = step.monthly_moves()
        values = (start, *(moved[one] for one in MOVEMENTS), step.monthly, step.people)
        rows.append(_row(query, step.day, values, is_month=True))
        start = step.monthly
    return Rows(_("Month"), columns, tuple(reversed(rows)))


def takings_over_time(query: Query) -> Rows:
    """Return what was paid less what was given back, by what it was for, by day or month."""
    names = {plan.plan: plan.name for plan in books_of(query).by_plan}
    return _takings(query, till_of(query), "m" if query.is_long else "d", names)


def takings_by_month(query: Query) -> Rows:
    """Return what was paid less what was given back in this month and the five before, whatever the window."""
    first = period_of("m", day_of(query.now, query.window.zone))
    for _number in range(MONTHS_SHOWN - 1):
        first = period_of("m", first - DAY)
    window = between(first, day_of(query.now, query.window.zone), query.now, query.window.zone)
    return _takings(query, Till(window, currency_of(query), query.now), "m", _names(query))


def _takings(query: Query, till: Till, grain: str, names: dict[int, str]) -> Rows:
    sold = list(till.by_sold)
    columns = tuple(Column(_part(one), _name_of(one, names), Unit.MONEY, till.currency) for one in sold)
    parts = till.by_step_and_sold(grain)
    first, last = till.window.first_day, min(till.window.end_day - DAY, day_of(query.now, till.window.zone))
    if till.window.name == "all":
        first = min((day for day, _one in parts), default=last)
    rows, step = [], first if grain == "d" else period_of("m", first)
    while step <= last:
        values = tuple(parts.get((step, one), Takings()).net_minor for one in sold)
        rows.append(_row(query, step, values, is_month=grain == "m", first=first))
        step = step + DAY if grain == "d" else next_period("m", step)
    head = _("Month") if grain == "m" else _("Day")
    return Rows(head, columns, tuple(rows) if sold else (), empty=_("Nothing was paid in this period."))


# In parts


def plans(query: Query) -> Rows:
    """Return what each plan brings now, and what was paid for it in the window."""
    now = books_of(query)
    taken = {one.plan: takings for one, takings in till_of(query).by_sold.items() if one.plan}
    columns = (
        Column("people", _("Paying")),
        Column("mrr", _("MRR"), Unit.MONEY, now.currency),
        Column("paid", _("Paid"), Unit.MONEY, now.currency),
        Column("refunded", _("Given back"), Unit.MONEY, now.currency),
    )
    rows = []
    for plan in now.by_plan:
        takings = taken.get(plan.plan, Takings())
        if plan.people or any(takings):
            values = (plan.people, a_month(plan.rate), takings.paid_minor, takings.refunded_minor)
            address = f"{reverse('desk:people')}?subscription=paying&plan={plan.key}"
            rows.append(Row(plan.name, values, href=address))
    return Rows(_("Plan"), columns, tuple(rows), empty=_("Nobody pays for a plan yet."))


def countries(query: Query) -> Rows:
    """Return what was paid less what was given back, by the country that the gateway told."""
    till = till_of(query)
    columns = (Column("net", _("Revenue"), Unit.MONEY, till.currency),)
    rows = tuple(Row(country or _("Unknown"), (takings.net_minor,)) for country, takings in till.by_country().items())
    return Rows(_("Country"), columns, rows, empty=_("Nothing was paid in this period."))


def kept_by_cohort(query: Query) -> Rows:
    """Return how much of what members began with is left, month by month, by the month in which they first paid."""
    now = books_of(query)
    today = day_of(query.now, query.window.zone)
    movers = None
    if query.window.until is not None:
        movers = [mover for mover in now.movers_of_pieces() if mover.day == today]
    found = cohorts(now.currency, query.now, movers=movers if query.window.name != "24h" else None)
    most = max((len(cohort.cells) for cohort in found), default=0)
    columns = (
        Column("people", _("Members")),
        Column("mrr", _("Began with"), Unit.MONEY, now.currency),
        *(Column(f"m{number}", str(number), Unit.PERCENT) for number in range(most)),
    )
    rows = []
    for cohort in found:
        cells = tuple(cell.kept for cell in cohort.cells)
        values = (cohort.people, a_month(cohort.rate), *cells, *(None,) * (most - len(cells)))
        rows.append(Row(formats.date_format(cohort.month, "F Y"), values))
    note = _(
        "MRR that is left when each month is over, in percent of what the members began with; the last cell is of now"
    )
    return Rows(_("Began in"), columns, tuple(rows), note=note, empty=_("Nobody pays yet."))


def all_figures(query: Query) -> Rows:
    """Return the cards of the page, a line for each: in the window, in the one before, and how it changed."""
    columns = [Column("now", _("This window"))]
    if query.before:
        columns += [Column("before", _("Before"), is_before=True), Column("change", _("Change"))]
    rows = []
    for panel in PANELS:
        if panel.page is Page.REVENUE and panel.shape is Shape.CARD:
            card = Card(panel, cast(Figure, panel.build(query)))
            column = Column(panel.key, panel.title, panel.unit, card.figure.currency)
            cells = (
                Cell(str(card.amount), plain(card.figure.value, column)),
                Cell(card.before or NOTHING, plain(card.figure.before, column)),
                Cell(_moved(card.delta), card.step),
            )
            rows.append(Row(str(panel.title), cells[: len(columns)]))
    return Rows(_("Figure"), tuple(columns), tuple(rows))


def _moved(delta: Delta | None) -> str:
    """Write a change without arrow and colour."""
    if delta is None:
        return NOTHING
    told = {"new": _("new"), "same": _("same"), "up": f"+{delta.text}", "down": f"{MINUS}{delta.text}"}
    return told[delta.direction]


def to_look_at(_query: Query) -> Rows:
    """Return what about money waits for somebody, whatever the window and the currency."""
    columns = (
        Column("what", _("What"), is_text=True),
        Column("amount", _("Amount"), is_text=True),
        Column("why", _("Why"), is_text=True),
        Column("since", _("Since"), Unit.MOMENT),
        Column("answer", _("Answer by"), Unit.MOMENT),
    )
    rows = tuple(
        Row(
            one.user.display_name if one.user else _("Nobody yet"),
            (
                one.label, money.written(one.amount_minor, one.currency) if one.currency else "", one.why, one.since,
                one.answer_by,
            ),
            href=_person(one.user) if one.user else reverse("admin:accounts_notice_changelist"),
            state=State.BAD if one.what is problems.What.DISPUTE else State.WARN,
        )
        for one in problems.unsolved()
    )  # fmt: skip
    return Rows(_("Member"), columns, rows, empty=_("Nothing waits for you."))


# Who is behind it


def who_left(asked: Asked) -> Listing:
    """Return those who paid when the window began and do not any more."""
    now = books_of(asked.query)
    found, total = now.leavers(asked.offset, asked.limit)
    people = User.objects.in_bulk([one.user for one in found])
    columns = (
        Column("username", _("Username"), is_text=True),
        Column("mrr", _("Paid a month"), Unit.MONEY, now.currency),
        Column("left", _("Left"), Unit.MOMENT),
    )
    rows = tuple(
        Row(
            people[one.user].display_name,
            (people[one.user].username, a_month(one.rate), one.left_at),
            href=_person(people[one.user]),
        )
        for one in found
    )
    return Listing(Rows(_("Member"), columns, rows), total)


def who_moved(asked: Asked) -> Listing:
    """Return whose MRR moved in the window, or in a day or month of it, by one movement or any."""
    now = books_of(asked.query)
    movement = Movement(asked.part) if asked.part else None
    span = _span(asked)
    found = now.movers(movement, span, asked.offset, asked.limit)
    people = User.objects.in_bulk([one.user for one in found])
    names = _names(asked.query)
    columns = (
        Column("movement", _("What"), is_text=True),
        Column("plan", _("Plan"), is_text=True),
        Column("before", _("Before"), Unit.MONEY, now.currency),
        Column("after", _("After"), Unit.MONEY, now.currency),
        Column("day", _("Day"), is_text=True),
    )
    rows = tuple(
        Row(
            people[one.user].display_name,
            (
                str(MOVEMENTS[one.movement]), names.get(one.plan, ""), a_month(one.before), a_month(one.after),
                formats.date_format(one.day, "j M Y"),
            ),
            href=_person(people[one.user]),
        )
        for one in found
    )  # fmt: skip
    return Listing(Rows(_("Member"), columns, rows), now.moves(movement, span))


def who_paid(asked: Asked) -> Listing:
    """Return the payments and refunds of the window, or of a day or month of it, the newest first."""
    return _payments(asked, Payment.objects.all(), lambda taken: taken.payments + taken.refunds)


def who_got_back(asked: Asked) -> Listing:
    """Return what was given back in the window, or in a day or month of it, and what of it came again, the newest first."""
    return _payments(asked, Payment.objects.exclude(kind=PaymentKind.PAYMENT), lambda taken: taken.refunds)


def _payments(asked: Asked, found: QuerySet[Payment], number: Callable[[Takings], int]) -> Listing:
    """Return some lines of the ledger. How many there are is what the kept days say, in which a line that undoes another is one less
    instead of one more.
    """
    window, currency = asked.query.window, currency_of(asked.query)
    start, end = window.start_at, min(window.end_at, asked.query.now)
    if span := _span(asked):
        start, end = max(start, midnight(span[0], window.zone)), min(end, midnight(span[1] + DAY, window.zone))
    found = found.filter(at__gte=start, at__lt=end, currency=currency)
    if asked.part:
        product, _dash, plan = asked.part.rpartition("-")
        found = found.annotate(sold=Coalesce("plan_id", "refund_of__plan_id", 0)).filter(product=product, sold=plan)
    found = found.select_related("user", "plan")
    columns = (
        Column("kind", _("What"), is_text=True),
        Column("for", _("For"), is_text=True),
        Column("amount", _("Amount"), Unit.MONEY, currency),
        Column("at", _("Time"), Unit.MOMENT),
    )
    page = found.order_by("-at", "-pk")[asked.offset : asked.offset + asked.limit]
    rows = tuple(
        Row(
            one.user.display_name,
            (
                str(PaymentKind(one.kind).label), one.plan.name if one.plan else str(Product(one.product).label),
                one.signed_minor, one.at,
            ),
            href=_person(one.user),
        )
        for one in page
    )  # fmt: skip
    sold = Till(Window(start, end, window.zone), currency, asked.query.now).by_sold
    taken = together(Takings(), *(takings for one, takings in sold.items() if asked.part in ("", _part(one))))
    total = number(taken) + 2 * found.filter(kind__in=UNDOES).count()
    return Listing(Rows(_("Member"), columns, rows), total)


def _span(asked: Asked) -> tuple[date, date] | None:
    """Return the days that a row stands for: the day, or in a long window the month of it."""
    if asked.day is None or not asked.query.is_long:
        return (asked.day, asked.day) if asked.day else None
    return period_of("m", asked.day), next_period("m", period_of("m", asked.day)) - DAY


def _steps(query: Query, books: Books) -> list[Step]:
    return books.months if query.is_long else books.days


def _row(
    query: Query, step: date, values: tuple[Any, ...], *, is_month: bool | None = None, first: date | None = None
) -> Row:
    """Return a step of time; a month is found by its first day in the window, or from `first` on."""
    is_month = query.is_long if is_month is None else is_month
    today = day_of(query.now, query.window.zone)
    label = formats.date_format(step, "F Y") if is_month else label_of(step)
    is_open = step == (period_of("m", today) if is_month else today)
    return Row(label, values, max(step, first or query.window.first_day), is_open=is_open)


def _names(query: Query) -> dict[int, str]:
    plans = query.once("plans", Plan.objects.in_bulk)
    return {number: plan.name for number, plan in plans.items()}


def _part(sold: Sold) -> str:
    return f"{sold.product}-{sold.plan}"


def _name_of(sold: Sold, names: dict[int, str]) -> str:
    return names.get(sold.plan) or str(Product(sold.product).label)


def _person(user: User) -> str:
    return reverse("desk:person", args=[user.uuid])


def _card(
    key: str,
    page: Page,
    figure: figures.Figure,
    line: Callable[[Query], Iterable[float]] | None = None,
    *,
    title: Any = None,
    note: Callable[[Summary], str] | None = None,
    **more: Any,
) -> Panel:
    return Panel(
        key, page, title or figure.label, Shape.CARD, _shown(figure, line, note), figure.unit, Area.MONEY,
        takes=BY_CURRENCY, means=figure.means, **more,
    )  # fmt: skip


def _chart(key: str, page: Page, title: Any, shape: Shape, build: Callable[[Query], Rows], **more: Any) -> Panel:
    return Panel(key, page, title, shape, build, more.pop("unit", Unit.MONEY), Area.MONEY, takes=BY_CURRENCY, **more)


PANELS = (
    _card("mrr", Page.OVERVIEW, figures.MRR, rate_line),
    _card("churn", Page.OVERVIEW, figures.CHURN, title=gettext_lazy("Churn"), is_higher_better=False, drill=who_left),
    _chart(
        "revenue-by-month", Page.OVERVIEW, gettext_lazy("Revenue"), Shape.STACKED, takings_by_month,
        means=gettext_lazy(
            "What was really paid less what was given back in this month and the five before, by what it was for;"
            " a refund counts in its own month, for what it was given back of. One currency. Whatever the window."
        ),
    ),
    _card("revenue-mrr", Page.REVENUE, figures.MRR, rate_line, drill=who_moved),
    _card("revenue-arr", Page.REVENUE, figures.ARR),
    _card("revenue-paying", Page.REVENUE, figures.CUSTOMERS, people_line),
    _card("revenue-arppu", Page.REVENUE, figures.ARPPU),
    _card(
        "revenue-arpu", Page.REVENUE, figures.ARPU, note=lambda _told: _("For each member who was active in 30 days"),
    ),
    _card(
        "revenue-net", Page.REVENUE, figures.NET, _taken(lambda takings: takings.net_minor), drill=who_paid,
        behind=Area.MONEY,
    ),
    _card(
        "revenue-refunds", Page.REVENUE, figures.REFUNDS, _taken(lambda takings: takings.refunded_minor),
        is_higher_better=False, drill=who_got_back, behind=Area.MONEY,
    ),
    _card("revenue-average", Page.REVENUE, figures.AVERAGE, _taken(lambda takings: takings.average_minor)),
    _card("revenue-churn", Page.REVENUE, figures.CHURN, is_higher_better=False, drill=who_left),
    _card("revenue-lost", Page.REVENUE, figures.REVENUE_CHURN, is_higher_better=False),
    _card("revenue-retention", Page.REVENUE, figures.RETENTION),
    _card("revenue-lifetime", Page.REVENUE, figures.LIFETIME, note=lambda told: told.lifetime.note),
    _chart(
        "revenue-problems", Page.REVENUE, gettext_lazy("To look at"), Shape.TABLE, to_look_at, width=Width.FULL,
        means=gettext_lazy(
            "Disputes that the bank has not decided, with the day until which they are to be answered at the gateway;"
            " refunds that failed, or were refused when nobody was there to read it, and have not been given again;"
            " renewals and refunds that a gateway has not answered for twenty hours; and news of a gateway that fit no"
            " payment. Whatever the window and the currency."
        ),
    ),
    _chart(
        "mrr-by-day", Page.REVENUE, gettext_lazy("MRR"), Shape.LINE, rate_by_day, width=Width.FULL,
        means=gettext_lazy("The MRR as each day was over, today as it is now."),
    ),
    _chart(
        "mrr-movements", Page.REVENUE, gettext_lazy("What moved the MRR"), Shape.STACKED, movements, drill=who_moved,
        among=lambda _query: MOVEMENTS,
        means=gettext_lazy(
            "What changed the MRR, by member and site day: new (never paid in this currency), came back, more,"
            " less, left. Together they are the difference to the cent; a change that is taken back on the same"
            " day is none."
        ),
    ),
    _chart(
        "revenue-over-time", Page.REVENUE, gettext_lazy("Revenue of the period"), Shape.STACKED, takings_over_time,
        drill=who_paid, among=lambda query: {_part(one) for one in till_of(query).by_sold}, behind=Area.MONEY, metric="revenue",
        means=gettext_lazy(
            "What was really paid less what was given back, by what it was for; by day, in windows of 93 days and"
            " more by month. One currency."
        ),
    ),
    _chart(
        "mrr-by-month", Page.REVENUE, gettext_lazy("Month by month"), Shape.TABLE, accounts_of_months, width=Width.FULL,
        means=gettext_lazy(
            "Each month that the window touches, with the part of it that lies inside: the MRR at its start, what"
            " changed it, the MRR and the paying members at its end."
        ),
    ),
    _chart(
        "revenue-plans", Page.REVENUE, gettext_lazy("Plans"), Shape.TABLE, plans, width=Width.MOST,
        means=gettext_lazy(
            "Of each plan how many pay for it and what they bring in a month at the end of the window, and what"
            " was paid for it and given back in the window."
        ),
    ),
    _chart(
        "revenue-countries", Page.REVENUE, gettext_lazy("Countries"), Shape.BARS, countries, width=Width.LESS,
        means=gettext_lazy(
            "What was paid in the window less what was given back, by the country that the gateway told; a refund"
            " by that of its payment."
        ),
    ),
    _chart(
        "revenue-cohorts", Page.REVENUE, gettext_lazy("Who stays"), Shape.COHORT, kept_by_cohort, width=Width.FULL,
        means=gettext_lazy(
            "Members by the month in which they first paid in this currency: what they bring when each month is"
            " over, in percent of what they began with. The last twelve months, whatever the window."
        ),
    ),
    _chart(
        "revenue-figures", Page.REVENUE, gettext_lazy("All figures"), Shape.TABLE, all_figures, width=Width.FULL,
        means=gettext_lazy("The headline figures of this page in one table, of the window and of the one before."),
    ),
)  # fmt: skip
