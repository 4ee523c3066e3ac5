"""The panels of revenue: what the run rate is and how it moves, what was paid, who stays and who left."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Payment, PaymentKind, Product, User
from accounts.staffing import Area
from analytics.dashboards.registry import Asked, Column, Figure, Listing, Page, Panel, Query, Row, Rows, Shape, Width
from analytics.dashboards.showing import label_of
from analytics.platform.models import MetricType, PlatformAnalytics, Timeframe
from analytics.platform.queries import currencies
from analytics.revenue.books import Books, Step, beside
from analytics.revenue.cohorts import cohorts
from analytics.revenue.lifetimes import Lifetime, lifetime
from analytics.revenue.rates import Movement, a_month
from analytics.revenue.takings import Sold, Takings, Till
from stats.metrics import Unit
from stats.windows import DAY, between, day_of, midnight, next_period, period_of

MONTHLY_FROM_DAYS = 93
MONTHS_SHOWN = 6
BY_CURRENCY = frozenset({"currency"})
MOVEMENTS = {
    Movement.NEW: gettext_lazy("New"),
    Movement.REACTIVATION: gettext_lazy("Came back"),
    Movement.EXPANSION: gettext_lazy("More"),
    Movement.CONTRACTION: gettext_lazy("Less"),
    Movement.CHURN: gettext_lazy("Left"),
}
MRR = gettext_lazy(
    "What all subscriptions that are paid for bring in a month at the end of the window, or now: yearly"
    " prices by twelve, in one currency. Who failed to pay counts until the grace is over; trials, gifts,"
    " imports and what staff granted bring nothing."
)
CHURN = gettext_lazy(
    "Of the members who paid when the window began, those who do not when it ends, in percent. Who joined"
    " inside the window is in neither; who left and is back has not left."
)


# What panels share


def currency_of(query: Query) -> str:
    """Return the currency that is asked for, or the one with the highest run rate."""
    known = query.once("currencies", currencies)
    asked = query.options.get("currency", "")
    return asked if asked in known else known[0]


def books_of(query: Query) -> tuple[Books, Books | None]:
    """Return the books of the window and of the one before."""
    return query.once("books", lambda: beside(query.window, query.before, currency_of(query), query.now))


def till_of(query: Query) -> Till:
    """Return what was paid in the window and in the one before."""
    return query.once("till", lambda: Till(query.window, currency_of(query), query.now, query.before))


def lifetime_of(query: Query) -> Lifetime:
    """Return how long members stay."""
    return query.once("lifetime", lambda: lifetime(currency_of(query), query.now))


def is_monthly(query: Query) -> bool:
    """Whether the window is so long that it is told by months."""
    return query.window.days >= MONTHLY_FROM_DAYS


# Headline figures


def _money(
    figure: Callable[[Books], int | None], points: Callable[[Step], int] | None = None
) -> Callable[[Query], Figure]:
    def build(query: Query) -> Figure:
        now, before = books_of(query)
        line = tuple(float(points(step)) for step in now.days) if points else ()
        return Figure(figure(now), figure(before) if before else None, line, currency=now.currency)

    return build


def paying(query: Query) -> Figure:
    """Return how many pay."""
    now, before = books_of(query)
    return Figure(now.people, before.people if before else None, tuple(step.people for step in now.days))


def per_active(query: Query) -> Figure:
    """Return the MRR for each active member; nothing before the platform's days are counted."""
    now, _before = books_of(query)
    last = day_of(min(query.window.end_at - DAY, query.now), query.window.zone)
    found = (
        PlatformAnalytics.objects.filter(
            timeframe=Timeframe.DAILY, metric_type=MetricType.ENGAGEMENT, date__lte=max(last, query.window.first_day)
        )
        .order_by("-date")
        .values_list("metric_data", flat=True)
        .first()
    )
    active = found["mau"] if found else 0
    return Figure(now.per_active(active), currency=now.currency, note=_("For each member who was active in 30 days"))


def _kept(share: str) -> Callable[[Query], Figure]:
    def build(query: Query) -> Figure:
        now, before = books_of(query)
        return Figure(getattr(now.kept, share), getattr(before.kept, share) if before else None)

    return build


def value_of_one(query: Query) -> Figure:
    """Return what one who pays brings until leaving."""
    now, _before = books_of(query)
    found = lifetime_of(query)
    return Figure(found.value_minor(now.rate, now.people), note=found.note, currency=now.currency)


def _taken(part: Callable[[Takings], int | None]) -> Callable[[Query], Figure]:
    def build(query: Query) -> Figure:
        till = till_of(query)
        by_day = query.once("takings of days", till.by_day)
        points = tuple(float(part(by_day[day]) or 0) if day in by_day else 0.0 for day in query.window)
        return Figure(
            part(till.total), part(till.total_before) if query.before else None, points, currency=till.currency
        )

    return build


# Over time


def rate_by_day(query: Query) -> Rows:
    """Return the MRR when each day was over, with the one of the window before."""
    now, before = books_of(query)
    columns = [Column("mrr", _("MRR"), Unit.MONEY, now.currency)]
    earlier = before.days if before else []
    if before:
        columns.append(Column("before", _("Before"), Unit.MONEY, now.currency, is_before=True))
    rows = []
    for number, step in enumerate(now.days):
        values: tuple[Any, ...] = (step.monthly,)
        if before:
            values += (earlier[number].monthly if number < len(earlier) else None,)
        rows.append(_row(query, step.day, values))
    return Rows(_("Day"), tuple(columns), tuple(rows))


def movements(query: Query) -> Rows:
    """Return how the MRR moved, by day, or by month in a long window."""
    now, _before = books_of(query)
    columns = tuple(Column(one.value, label, Unit.MONEY, now.currency) for one, label in MOVEMENTS.items())
    rows = []
    for step in _steps(query, now):
        moved = step.monthly_moves()
        rows.append(_row(query, step.day, tuple(moved[one] for one in MOVEMENTS)))
    return Rows(_("Month") if is_monthly(query) else _("Day"), columns, tuple(rows))


def accounts_of_months(query: Query) -> Rows:
    """Return each month: with what MRR it began, what moved it, and with what it ended. The rows add up to the cent."""
    now, _before = books_of(query)
    columns = (
        Column("start", _("At the start"), Unit.MONEY, now.currency),
        *(Column(one.value, label, Unit.MONEY, now.currency) for one, label in MOVEMENTS.items()),
        Column("end", _("At the end"), Unit.MONEY, now.currency),
        Column("people", _("Paying")),
    )
    start, rows = now.monthly_before, []
    for step in now.months():
        moved = step.monthly_moves()
        values = (start, *(moved[one] for one in MOVEMENTS), step.monthly, step.people)
        rows.append(_row(query, step.day, values, is_month=True))
        start = step.monthly
    return Rows(_("Month"), columns, tuple(reversed(rows)))


def takings_over_time(query: Query) -> Rows:
    """Return what was paid less what was given back, by what it was for, by day or month."""
    return _takings(query, till_of(query), "m" if is_monthly(query) else "d")


def takings_by_month(query: Query) -> Rows:
    """Return what was paid less what was given back in this month and the five before, whatever the window."""
    first = period_of("m", day_of(query.now, query.window.zone))
    for _number in range(MONTHS_SHOWN - 1):
        first = period_of("m", first - DAY)
    window = between(first, day_of(query.now, query.window.zone), query.now, query.window.zone)
    return _takings(query, Till(window, currency_of(query), query.now), "m")


def _takings(query: Query, till: Till, grain: str) -> Rows:
    sold = list(till.by_sold())
    names = _names(query)
    columns = tuple(
        Column(f"{one.product}-{one.plan}", _name_of(one, names), Unit.MONEY, till.currency) for one in sold
    )
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
    now, _before = books_of(query)
    taken = {one.plan: takings for one, takings in till_of(query).by_sold().items() if one.plan}
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
    now, _before = books_of(query)
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


# Who is behind it


def who_left(asked: Asked) -> Listing:
    """Return those who paid when the window began and do not any more."""
    now, _before = books_of(asked.query)
    found = now.leavers(asked.offset, asked.limit)
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
    return Listing(Rows(_("Member"), columns, rows), now.kept.lost_people)


def who_moved(asked: Asked) -> Listing:
    """Return whose MRR moved in the window, or in a day or month of it, by one movement or any."""
    now, _before = books_of(asked.query)
    movement = Movement(asked.part) if asked.part in set(Movement) else None
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
    return _payments(asked)


def who_got_back(asked: Asked) -> Listing:
    """Return the refunds of the window, or of a day or month of it, the newest first."""
    return _payments(asked, kind=PaymentKind.REFUND.value)


def _payments(asked: Asked, **wanted: str) -> Listing:
    window, currency = asked.query.window, currency_of(asked.query)
    start, end = window.start_at, min(window.end_at, asked.query.now)
    if span := _span(asked):
        start, end = max(start, midnight(span[0], window.zone)), min(end, midnight(span[1] + DAY, window.zone))
    found = Payment.objects.filter(at__gte=start, at__lt=end, currency=currency, **wanted).select_related(
        "user", "plan"
    )
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
    return Listing(Rows(_("Member"), columns, rows), found.count())


def _span(asked: Asked) -> tuple[date, date] | None:
    """Return the days that a row stands for: the day, or in a long window the month of it."""
    if asked.day is None or not is_monthly(asked.query):
        return (asked.day, asked.day) if asked.day else None
    return period_of("m", asked.day), next_period("m", period_of("m", asked.day)) - DAY


def _steps(query: Query, books: Books) -> list[Step]:
    return books.months() if is_monthly(query) else books.days


def _row(
    query: Query, step: date, values: tuple[Any, ...], *, is_month: bool | None = None, first: date | None = None
) -> Row:
    """Return a step of time; a month is found by its first day in the window, or from `first` on."""
    is_month = is_monthly(query) if is_month is None else is_month
    today = day_of(query.now, query.window.zone)
    label = formats.date_format(step, "F Y") if is_month else label_of(step)
    is_open = step == (period_of("m", today) if is_month else today)
    return Row(label, values, max(step, first or query.window.first_day), is_open=is_open)


def _names(query: Query) -> dict[int, str]:
    now, _before = books_of(query)
    return {plan.plan: plan.name for plan in now.by_plan}


def _name_of(sold: Sold, names: dict[int, str]) -> str:
    return names.get(sold.plan) or str(Product(sold.product).label)


def _person(user: User) -> str:
    return reverse("desk:person", args=[user.uuid])


def _card(
    key: str, page: Page, title: Any, build: Callable[[Query], Figure], unit: Unit = Unit.MONEY, **more: Any
) -> Panel:
    return Panel(key, page, title, Shape.CARD, build, unit, Area.MONEY, takes=BY_CURRENCY, **more)


def _chart(key: str, page: Page, title: Any, shape: Shape, build: Callable[[Query], Rows], **more: Any) -> Panel:
    return Panel(key, page, title, shape, build, more.pop("unit", Unit.MONEY), Area.MONEY, takes=BY_CURRENCY, **more)


_mrr = _money(lambda books: books.monthly, lambda step: step.monthly)

PANELS = (
    _card("mrr", Page.OVERVIEW, gettext_lazy("MRR"), _mrr, means=MRR),
    _card(
        "churn", Page.OVERVIEW, gettext_lazy("Churn"), _kept("customer_churn"), Unit.PERCENT, is_higher_better=False,
        drill=who_left,
        means=CHURN,
    ),
    _chart(
        "revenue-by-month", Page.OVERVIEW, gettext_lazy("Revenue"), Shape.STACKED, takings_by_month,
        means=gettext_lazy(
            "What was really paid less what was given back in this month and the five before, by what it was for;"
            " a refund counts in its own month, for what it was given back of. One currency. Whatever the window."
        ),
    ),
    _card("revenue-mrr", Page.REVENUE, gettext_lazy("MRR"), _mrr, drill=who_moved, means=MRR),
    _card(
        "revenue-arr", Page.REVENUE, gettext_lazy("ARR"), _money(lambda books: books.rate),
        means=gettext_lazy(
            "What the subscriptions that are paid for bring in a year at the end of the window, or now, if"
            " nothing changes: the MRR is a twelfth of it."
        ),
    ),
    _card(
        "revenue-paying", Page.REVENUE, gettext_lazy("Paying members"), paying, Unit.COUNT,
        means=gettext_lazy(
            "Members with a subscription that brings something at the end of the window, or now; who failed to"
            " pay until the grace is over. Trials, gifts, imports and what staff granted are none."
        ),
    ),
    _card(
        "revenue-arppu", Page.REVENUE, gettext_lazy("MRR per paying member"), _money(lambda books: books.per_payer),
        means=gettext_lazy("The MRR for each paying member (ARPPU) at the end of the window."),
    ),
    _card(
        "revenue-arpu", Page.REVENUE, gettext_lazy("MRR per active member"), per_active,
        means=gettext_lazy(
            "The MRR at the end of the window for each member who was active in the 30 days that end with its"
            " last day (ARPU)."
        ),
    ),
    _card(
        "revenue-net", Page.REVENUE, gettext_lazy("Revenue of the period"), _taken(lambda takings: takings.net_minor),
        drill=who_paid, behind=Area.MONEY,
        means=gettext_lazy(
            "What was really paid in the window less what was given back in it; subscriptions and courses, one"
            " currency. A refund counts on its own day."
        ),
    ),
    _card(
        "revenue-refunds", Page.REVENUE, gettext_lazy("Given back"), _taken(lambda takings: takings.refunded_minor),
        is_higher_better=False, drill=who_got_back, behind=Area.MONEY,
        means=gettext_lazy("What was given back in the window, whenever it had been paid."),
    ),
    _card(
        "revenue-average", Page.REVENUE, gettext_lazy("Average payment"), _taken(lambda takings: takings.average_minor),
        means=gettext_lazy("What was paid in the window over the number of payments, refunds apart."),
    ),
    _card(
        "revenue-churn", Page.REVENUE, gettext_lazy("Members who left"), _kept("customer_churn"), Unit.PERCENT,
        is_higher_better=False, drill=who_left,
        means=CHURN,
    ),
    _card(
        "revenue-lost", Page.REVENUE, gettext_lazy("MRR that was lost"), _kept("revenue_churn"), Unit.PERCENT,
        is_higher_better=False,
        means=gettext_lazy(
            "Of the MRR at the beginning of the window what is gone at its end: of those who left, and of those"
            " who pay less. In percent; what others pay more is not set against it."
        ),
    ),
    _card(
        "revenue-retention", Page.REVENUE, gettext_lazy("Net revenue retention"), _kept("net_retention"), Unit.PERCENT,
        means=gettext_lazy(
            "What those who paid when the window began bring at its end, in percent of what they brought: more,"
            " less and nothing taken together. Who came since is left out."
        ),
    ),
    _card(
        "revenue-lifetime", Page.REVENUE, gettext_lazy("Lifetime value"), value_of_one,
        means=gettext_lazy(
            "The MRR per paying member over the share of members who leave in 30 days, on average over the three"
            " periods of 30 days that end with yesterday. A dash where nobody left."
        ),
    ),
    _chart(
        "mrr-by-day", Page.REVENUE, gettext_lazy("MRR"), Shape.LINE, rate_by_day, width=Width.FULL,
        means=gettext_lazy("The MRR as each day was over, today as it is now."),
    ),
    _chart(
        "mrr-movements", Page.REVENUE, gettext_lazy("What moved the MRR"), Shape.STACKED, movements, drill=who_moved,
        means=gettext_lazy(
            "What changed the MRR, by member and site day: new (never paid in this currency), came back, more,"
            " less, left. Together they are the difference to the cent; a change that is taken back on the same"
            " day is none."
        ),
    ),
    _chart(
        "revenue-over-time", Page.REVENUE, gettext_lazy("Revenue of the period"), Shape.STACKED, takings_over_time,
        drill=who_paid, behind=Area.MONEY, metric="revenue",
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
)  # fmt: skip
