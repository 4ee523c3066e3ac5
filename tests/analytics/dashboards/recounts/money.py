"""Money: what subscriptions bring, what moved that, what was paid, who stays. From the lines of both ledgers, one by one."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.utils import formats

from accounts.billing import money
from accounts.models import Charge, Dispute, Notice, Payment, Product, RefundClaim
from analytics.dashboards.registry import Cell
from tests.analytics.dashboards.recounts import RECOUNTS, counts, lists
from tests.analytics.dashboards.seen import DAY, Case, Number, Seen, Table, micros

MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
FOR_US = {"payment", "refund_failed", "dispute_won"}
LONG_DAYS = 93


@dataclass(frozen=True)
class Held:
    """A line of the ledger of subscriptions, and until when it holds at most."""

    user: int
    plan: int
    currency: str
    rate: int
    at: int
    until: int


@lru_cache(maxsize=2)
def _held(seen_id: int, lines: tuple[Any, ...]) -> list[Held]:
    found = []
    chains: dict[int, list[Any]] = defaultdict(list)
    for line in lines:
        chains[line.subscription_id].append(line)
    for chain in chains.values():
        for line, following in zip(chain, [*chain[1:], None], strict=True):
            until = micros(line.holds_until if following is None else min(line.holds_until, following.at))
            if until > micros(line.at) and line.run_rate_after:
                found.append(
                    Held(line.user_id, line.plan_id, line.currency, line.run_rate_after, micros(line.at), until)
                )
    return found


def held(seen: Seen) -> list[Held]:
    """Return all that ever brought anything."""
    return _held(id(seen), tuple(seen.lines))


def rates(case: Case, currency: str, at: int) -> dict[int, int]:
    """Return what each member's subscriptions bring in a year at an instant."""
    found: dict[int, int] = Counter()
    for one in held(case.seen):
        if one.currency == currency and one.at <= at < one.until:
            found[one.user] += one.rate
    return found


def currencies(case: Case) -> list[str]:
    """Return the currencies that there are, that with the highest rate first."""
    today = case.midnight(case.today + DAY) - 1
    known = {one.currency for one in held(case.seen)} | {one.currency for one in case.seen.payments}
    return sorted(known, key=lambda one: (-sum(rates(case, one, today).values()), one)) or ["EUR"]


def currency_of(case: Case) -> str:
    """Return the currency that is asked for, or the first."""
    known = currencies(case)
    asked = case.words.get("currency", "")
    return asked if asked in known else known[0]


def monthly(rate: int) -> int:
    """Return a twelfth, rounded half to even."""
    return round(Fraction(rate, 12))


def each(rate: int, people: int) -> int | None:
    """Return a twelfth for each."""
    return round(Fraction(rate, 12 * people)) if people else None


def percent(part: int, whole: int) -> float | None:
    """Return a share."""
    return round(100 * part / whole, 4) if whole else None


def end_of(case: Case, span: tuple[int, int] | None = None) -> int:
    """Return the first instant that is not in a window: nothing after now is."""
    return min((span or (case.start, case.end))[1], case.now + 1)


def _ends(case: Case, start: int, end: int) -> list[tuple[date, int, int]]:
    """Return the days that a span touches, each with the part of it that lies inside."""
    days, day = [], case.day(start)
    while start < end and case.midnight(day) < end:
        days.append((day, max(start, case.midnight(day)), min(end, case.midnight(day + DAY))))
        day += DAY
    return days


def total(case: Case, at: int) -> int:
    """Return what all bring at an instant."""
    return sum(rates(case, currency_of(case), at).values())


def _card(
    key: str,
    figure: Callable[[Case, int, int], Any],
    point: Callable[[Case, int], Any] | None = None,
    *,
    before: bool = True,
) -> None:
    def recount(case: Case) -> Number:
        spans = _ends(case, case.start, end_of(case))
        return Number(
            figure(case, case.start, end_of(case)),
            figure(case, case.before[0], end_of(case, case.before)) if case.before and before else None,
            tuple(point(case, upto - 1) for _day, _start, upto in spans) if point else (),
        )

    RECOUNTS[key] = recount


def _mrr(case: Case, at: int) -> int:
    return monthly(total(case, at))


def _paying(case: Case, at: int) -> int:
    return len(rates(case, currency_of(case), at))


for _key in ("mrr", "revenue-mrr"):
    _card(_key, lambda case, _start, end: _mrr(case, end - 1), _mrr)
_card("revenue-arr", lambda case, _start, end: total(case, end - 1))
_card("revenue-paying", lambda case, _start, end: _paying(case, end - 1), _paying)
_card("revenue-arppu", lambda case, _start, end: each(total(case, end - 1), _paying(case, end - 1)))


@counts("revenue-arpu")
def per_active(case: Case) -> Number:
    """Divide by the members of 30 days."""
    last = min(case.days[-1], case.today)
    return Number(each(total(case, end_of(case) - 1), len(case.seen.active(last, 30))), note=("30",))


# Who stayed


def left(case: Case, start: int, end: int) -> dict[int, int]:
    """Return who paid when a span began and does not when it ends, with what they paid a year."""
    first, last = (rates(case, currency_of(case), at) for at in (start - 1, end - 1))
    return {user: rate for user, rate in first.items() if user not in last}


def _churn(case: Case, start: int, end: int) -> float | None:
    return percent(len(left(case, start, end)), _paying(case, start - 1))


def _lost(case: Case, start: int, end: int) -> float | None:
    first, last = (rates(case, currency_of(case), at) for at in (start - 1, end - 1))
    return percent(sum(max(0, rate - last.get(user, 0)) for user, rate in first.items()), sum(first.values()))


def _retained(case: Case, start: int, end: int) -> float | None:
    first, last = (rates(case, currency_of(case), at) for at in (start - 1, end - 1))
    return percent(sum(last.get(user, 0) for user in first), sum(first.values()))


for _key in ("churn", "revenue-churn"):
    _card(_key, _churn)
_card("revenue-lost", _lost)
_card("revenue-retention", _retained)


@counts("revenue-lifetime")
def lifetime(case: Case) -> Number:
    """Look at three times 30 days up to yesterday."""
    started = lost = 0
    for number in (3, 2, 1):
        start, end = (case.midnight(case.today - 30 * n * DAY) for n in (number, number - 1))
        started += _paying(case, start - 1)
        lost += len(left(case, start, end))
    at = end_of(case) - 1
    rate, people = total(case, at), _paying(case, at)
    if lost and people:
        return Number(round(Fraction(rate * started, 12 * people * lost)))
    if lost or not started:
        return Number(None)
    first = min(move.day for move in moves(case, 0, case.now + 1))
    return Number(None, note=(str((case.today - first).days // 30),))


# What moved


@dataclass(frozen=True)
class Moved:
    """What became of a member's rate over a day, or the part of it that is looked at."""

    user: int
    day: date
    name: str
    before: int
    after: int


def moves(case: Case, start: int, end: int) -> list[Moved]:
    """Return everybody's movements of a span: a member's rate before and after each day of it that it changes on."""
    currency = currency_of(case)
    mine: dict[int, list[Held]] = defaultdict(list)
    for one in held(case.seen):
        if one.currency == currency:
            mine[one.user].append(one)
    found = []
    for user, spells in mine.items():

        def rate(at: int, spells: list[Held] = spells) -> int:
            return sum(one.rate for one in spells if one.at <= at < one.until)

        days = sorted({case.day(at) for one in spells for at in (one.at, one.until)})
        paid_by: list[date] = []  # days after which, or before which, the member was seen paying
        for day in days:
            first, last = max(start, case.midnight(day)), min(end, case.midnight(day + DAY))
            before, after = rate(first - 1), rate(last - 1)
            knew = bool(paid_by)
            if first < last and before != after:
                found.append(Moved(user, day, _name(before, after, knew=knew), before, after))
            if rate(case.midnight(day) - 1) != rate(case.midnight(day + DAY) - 1):
                paid_by.append(day)
    return found


def _name(before: int, after: int, *, knew: bool) -> str:
    if not before:
        return "reactivation" if knew else "new"
    if not after:
        return "churn"
    return "expansion" if after > before else "contraction"


def is_long(case: Case) -> bool:
    """Whether it is told by the month."""
    return len(case.days) >= LONG_DAYS


def _spans(case: Case, *, by_month: bool) -> list[tuple[date, int, int]]:
    """Return the days or months of the window up to now: each with its first day in it, from when and to when."""
    days = _ends(case, case.start, end_of(case))
    if not by_month:
        return days
    months: dict[date, list[tuple[date, int, int]]] = defaultdict(list)
    for day, start, end in days:
        months[day.replace(day=1)].append((day, start, end))
    return [(max(month, case.days[0]), these[0][1], these[-1][2]) for month, these in months.items()]


def _by_name(case: Case, start: int, end: int) -> list[Fraction]:
    sums: dict[str, int] = Counter()
    for move in moves(case, start, end):
        sums[move.name] += move.after - move.before
    return [Fraction(sums[name], 12) for name in MOVEMENTS]


@counts("mrr-by-day")
def mrr_by_day(case: Case) -> Table:
    """Read the rate when each day was over, and those of the window before beside."""
    now = [(day, _mrr(case, end - 1)) for day, _start, end in _spans(case, by_month=False)]
    if case.before is None:
        return Table([(day, (value,)) for day, value in now])
    before: list[int | None] = [
        _mrr(case, end - 1) for _, _, end in _ends(case, case.before[0], end_of(case, case.before))
    ]
    before += [None] * len(now)
    return Table([(day, (value, then)) for (day, value), then in zip(now, before, strict=False)])


@counts("mrr-movements")
def mrr_movements(case: Case) -> Table:
    """Add up movements; the cents that twelfths leave are shared out, so that a row is the difference as shown."""
    rows, sums = [], []
    for day, start, end in _spans(case, by_month=is_long(case)):
        rows.append((day, tuple(_by_name(case, start, end))))
        sums.append(_mrr(case, end - 1) - _mrr(case, start - 1))
    return Table(rows, sums=tuple(sums))


@counts("mrr-by-month")
def mrr_by_month(case: Case) -> Table:
    """Do it by months, with what there was before and after."""
    rows, sums = [], []
    for day, start, end in _spans(case, by_month=True):
        was, then = _mrr(case, start - 1), _mrr(case, end - 1)
        rows.append((day, (was, *_by_name(case, start, end), then, _paying(case, end - 1))))
        sums.append(then + then + _paying(case, end - 1))
    return Table(rows[::-1], sums=tuple(sums[::-1]))


@lists("revenue-churn", "churn")
def who_left(case: Case, day: date | None, part: str) -> list[str]:
    """Name who left."""
    return [_display(case, user) for user in left(case, case.start, end_of(case))]


@lists("revenue-mrr", "mrr-movements")
def who_moved(case: Case, day: date | None, part: str) -> list[str]:
    """Name whose rate moved."""
    first, last = _days_of(case, day)
    found = moves(case, case.start, end_of(case))
    return [_display(case, one.user) for one in found if first <= one.day <= last and part in ("", one.name)]


def _display(case: Case, user: int) -> str:
    return next(one.display_name for one in case.seen.members if one.pk == user)


def _days_of(case: Case, day: date | None) -> tuple[date, date]:
    """Return the days of a row: one, or in a long window its month."""
    if day is None:
        return case.days[0], case.days[-1]
    if not is_long(case):
        return day, day
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - DAY


# What was paid


def signed(payment: Payment) -> int:
    """Return what a line does to the money that is there."""
    return payment.amount_minor if payment.kind in FOR_US else -payment.amount_minor


def payments(case: Case, start: int, end: int) -> list[Payment]:
    """Return the lines of a span in the currency."""
    currency = currency_of(case)
    return [one for one in case.seen.payments if one.currency == currency and start <= micros(one.at) < end]


def _net(these: Iterable[Payment]) -> int:
    return sum(map(signed, these))


def _back(these: Iterable[Payment]) -> int:
    return -sum(signed(one) for one in these if one.kind != "payment")


def _average(these: Iterable[Payment]) -> int | None:
    paid = [one.amount_minor for one in these if one.kind == "payment"]
    return round(Fraction(sum(paid), len(paid))) if paid else None


def _taken(key: str, part: Callable[[list[Payment]], Any]) -> None:
    def recount(case: Case) -> Number:
        return Number(
            part(payments(case, case.start, case.end)),
            part(payments(case, *case.before)) if case.before else None,
            tuple(
                part(payments(case, max(case.start, case.midnight(day)), min(case.end, case.midnight(day + DAY)))) or 0
                for day in case.days
            ),
        )

    RECOUNTS[key] = recount


_taken("revenue-net", _net)
_taken("revenue-refunds", _back)
_taken("revenue-average", _average)


def _sold(case: Case, one: Payment) -> str:
    plan = _plan(one)
    names = {row.pk: row.name for row in case.seen.plans}
    return names[plan] if plan else str(Product(one.product).label)


def _plan(one: Payment) -> int | None:
    return one.plan_id or (one.refund_of.plan_id if one.refund_of else None)


def _takings(case: Case, steps: list[tuple[date, int, int]], everything: list[Payment]) -> Table:
    names = sorted({_sold(case, one) for one in everything})
    rows = []
    for at, start, end in steps:
        sums: dict[str, int] = Counter()
        for one in everything:
            if start <= micros(one.at) < end:
                sums[_sold(case, one)] += signed(one)
        rows.append((at, tuple(sums[name] for name in names)))
    return Table(rows if names else [], columns=tuple(names))


@counts("revenue-over-time")
def over_time(case: Case) -> Table:
    """Add up lines by what they are for."""
    steps = _spans(case, by_month=is_long(case))
    return _takings(case, steps, payments(case, case.start, case.end))


@counts("revenue-by-month")
def by_month(case: Case) -> Table:
    """Do it for six months, whatever the window."""
    months = [case.today.replace(day=1)]
    for _number in range(5):
        months.append((months[-1] - DAY).replace(day=1))
    ends = [case.midnight((month + timedelta(days=32)).replace(day=1)) for month in months]
    steps = [(month, case.midnight(month), end) for month, end in zip(months, ends, strict=True)][::-1]
    return _takings(case, steps, payments(case, steps[0][1], steps[-1][2]))


@counts("revenue-plans")
def plans(case: Case) -> Table:
    """Add up each plan: what it brings at the end, what was paid in the window."""
    at, currency = end_of(case) - 1, currency_of(case)
    rows = []
    for plan in case.seen.plans:
        now = [one for one in held(case.seen) if one.plan == plan.pk and one.currency == currency]
        now = [one for one in now if one.at <= at < one.until]
        these = [
            one
            for one in payments(case, case.start, case.end)
            if plan.pk in (one.plan_id, one.refund_of.plan_id if one.refund_of else None)
        ]
        rate = sum(one.rate for one in now)
        paid = sum(one.amount_minor for one in these if one.kind == "payment")
        if now or these:
            rows.append((-rate, plan.pk, (plan.name, (len(now), monthly(rate), paid, _back(these)))))
    return Table([row for _, _, row in sorted(rows, key=lambda one: one[:2])])


@counts("revenue-countries")
def countries(case: Case) -> Table:
    """Add up lines by the country of the payment."""
    sums: dict[str, int] = Counter()
    for one in payments(case, case.start, case.end):
        sums[one.country or (one.refund_of.country if one.refund_of else "") or "Unknown"] += signed(one)
    return Table([(country, (amount,)) for country, amount in sums.items()], is_ranked=True)


@lists("revenue-net", "revenue-over-time")
def who_paid(case: Case, day: date | None, part: str) -> list[str]:
    """Name who paid or got back, for anything or for a plan or another product."""
    first, last = _days_of(case, day)
    start, end = max(case.start, case.midnight(first)), min(case.end, case.midnight(last + DAY))
    return [
        one.user.display_name for one in payments(case, start, end) if part in ("", f"{one.product}-{_plan(one) or 0}")
    ]


@lists("revenue-refunds")
def who_got_back(case: Case, day: date | None, part: str) -> list[str]:
    """Name who got back."""
    return [one.user.display_name for one in payments(case, case.start, case.end) if one.kind != "payment"]


MONEY, PEOPLE, SHARE = "money", "people", "share"
HEADLINES = {
    "revenue-mrr": ("MRR", MONEY), "revenue-arr": ("ARR", MONEY), "revenue-paying": ("Paying members", PEOPLE),
    "revenue-arppu": ("MRR per paying member", MONEY), "revenue-arpu": ("MRR per active member", MONEY),
    "revenue-net": ("Revenue of the period", MONEY), "revenue-refunds": ("Given back", MONEY),
    "revenue-average": ("Average payment", MONEY), "revenue-churn": ("Members who left", SHARE),
    "revenue-lost": ("MRR that was lost", SHARE), "revenue-retention": ("Net revenue retention", SHARE),
    "revenue-lifetime": ("Lifetime value", MONEY),
}  # fmt: skip


@counts("revenue-figures")
def headlines(case: Case) -> Table:
    """Tell each headline on a line: as it stands on its card, and plain."""
    rows = []
    for key, (label, unit) in HEADLINES.items():
        told = RECOUNTS[key](case)
        assert isinstance(told, Number)
        cells = (_cell(case, told.value, unit), _cell(case, told.before, unit), _moved(told.value, told.before, unit))
        rows.append((label, cells if case.before else cells[:1]))
    return Table(rows)


def _cell(case: Case, value: Any, unit: str) -> Cell:
    if value is None:
        return Cell("–", None)
    if unit == MONEY:
        currency = currency_of(case)
        return Cell(money.written(value, currency, is_short=True), Decimal(value) / 10 ** money.places(currency))
    return Cell(
        f"{value:,.1f} %" if unit == SHARE and value else f"{value:,.0f} %"[: None if unit == SHARE else -2], value
    )


def _moved(now: Any, before: Any, unit: str) -> Cell:
    """Set two values against each other: shares by points, everything else by percent of what was, whatever its sign."""
    if now is None or before is None:
        return Cell("–", None)
    if not before and now:
        return Cell("new", None)
    step = now - before if unit == SHARE else float(Fraction(now - before, abs(before)) * 100) if before else 0.0
    if round(step, 1) == 0:
        return Cell("same", round(step, 4))
    sign = "+" if step > 0 else "−"
    return Cell(f"{sign}{abs(step):,.1f} {'pts' if unit == SHARE else '%'}", round(step, 4))


@counts("revenue-problems")
def problems(case: Case) -> Table:
    """Name what waits for somebody, the oldest first: open disputes, refunds that failed for good, news of nothing known."""
    waiting: list[tuple[Any, ...]] = [
        (one.opened_at, one.user_id, "A bank contests it", (one.amount_minor, one.currency), one.reason, one.answer_by)
        for one in Dispute.objects.all()
        if one.state in {"inquiry", "open"}
    ]
    for one in case.seen.payments:
        again = [
            other
            for other in case.seen.payments
            if other.kind == "refund" and other.refund_of_id == one.refund_of_id and other.pk > one.pk
        ]
        if one.kind == "refund_failed" and not again:
            amount = (one.amount_minor, one.currency)
            waiting.append((one.at, one.user_id, "The refund failed", amount, one.reason, None))
    claims = list(RefundClaim.objects.order_by("pk"))
    for one in claims:
        lines = [other for other in case.seen.payments if other.refund_of_id == one.payment_id]
        newer = [other for other in claims if other.payment_id == one.payment_id and other.pk > one.pk]
        if one.refused_at is None or any(
            other.state in {"claimed", "pending"} or (other.refused_at and other.amount_minor == one.amount_minor)
            for other in newer
        ):
            continue
        older = {other.refund_id for other in claims if other.pk < one.pk}
        has_gone = any(line.kind == "refund" and line.at >= one.refused_at and line.pk not in older for line in lines)
        has_gone = has_gone or one.refund_id is not None
        sums = [line.amount_minor * (-1 if line.kind in {"refund", "dispute"} else 1) for line in lines]
        if not has_gone and one.payment.amount_minor + sum(sums) > 0:
            amount = (one.amount_minor, one.payment.currency)
            what = "Refund without an answer" if one.state == "unknown" else "The refund failed"
            waiting.append((one.refused_at, one.payment.user_id, what, amount, one.reason, None))
    for one in Charge.objects.filter(state="unknown"):
        amount, paid_for = (one.amount_minor, one.currency), one.subscription
        what = "Renewal without an answer"
        waiting.append((one.claimed_at, paid_for.user_id, what, amount, paid_for.plan.name, None))
    waiting += [
        (one.created_at, None, "It fits no payment", (), one.about, None)
        for one in Notice.objects.all()
        if one.waits_for
    ]
    rows: list[tuple[Any, tuple[Any, ...]]] = []
    for since, user, what, sum_of, why, answer_by in sorted(waiting, key=lambda one: one[0])[:50]:
        written = money.written(*sum_of) if sum_of else ""
        rows.append(
            (_display(case, user) if user else "Nobody yet", (what, written, why.replace("_", " "), since, answer_by))
        )
    return Table(rows)


@counts("revenue-cohorts")
def cohorts(case: Case) -> Table:
    """Follow those who first paid in each of twelve months."""
    this = case.today.replace(day=1)
    months = [this]
    for _number in range(11):
        months.append((months[-1] - DAY).replace(day=1))
    months.reverse()
    firsts: dict[date, dict[int, int]] = defaultdict(dict)
    for move in moves(case, 0, case.now + 1):
        if move.name == "new":
            firsts[move.day.replace(day=1)][move.user] = move.after
    found = []
    for month in months:
        began = firsts.get(month, {})
        if not began:
            continue
        cells = []
        for later in months[months.index(month) :]:
            end = min(case.midnight((later + timedelta(days=32)).replace(day=1)), case.now + 1)
            now = rates(case, currency_of(case), end - 1)
            cells.append(percent(sum(now.get(user, 0) for user in began), sum(began.values())))
        label = formats.date_format(month, "F Y")
        found.append((label, (len(began), monthly(sum(began.values())), *cells)))
    most = max((len(values) for _, values in found), default=0)
    return Table([(label, (*values, *(None,) * (most - len(values)))) for label, values in found])
