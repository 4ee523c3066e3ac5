"""The possible stats that need members and subscriptions: subscriber growth, revenue, themes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from accounts.models import Subscription, SubscriptionChange, Theme, User
from accounts.roles import Role
from stats.compute import Row, Value
from stats.kinds import Kind
from stats.metrics import Scope, Unit
from stats.models import ActorDay
from stats.possible.asked import Asked
from stats.possible.facts import Fact, recent_days
from stats.possible.record import MINE, SITE, stat
from stats.possible.trends import hundred
from stats.windows import Window, day_of, midnight

PATH = "accounts.possible.answers"

METRICS = (
    stat(
        "Growth metrics", "subscriber_growth", "Subscriber growth per month", Unit.COUNT,
        "Members whom a subscription grants a role above free now, less those whom one did when this month of the site's days"
        " began; staff's grants are subscriptions too, and how many are paid for stands beside it. It is the new ones and those who"
        " came back, less those who left.",
        (Kind.SUBSCRIPTION_CHANGED,), SITE, path=PATH,
    ),
    stat(
        "Growth metrics", "subscription_revenue", "Revenue from subscriptions", Unit.MONEY,
        "What the subscriptions that are paid for now bring in a month, in the currency's smallest unit: what the member pays"
        " for a month, or a twelfth of a year's price. Whose payment failed is counted until the grace is over. Trials and what"
        " staff granted or an import brought bring nothing. Currencies are never added up.",
        (Kind.PAYMENT, Kind.REFUND), SITE, waits_for="payments", path=PATH,
    ),
    stat(
        "Customization", "theme_preference", "Theme preference", Unit.NAME,
        "The look that the member has set now. Of the site: the share of each among the members who were active in the last 28"
        " site days, in whole percent.",
        (Kind.SETTING_CHANGED,), MINE, path=PATH, usual="all",
    ),
)  # fmt: skip


def answers(keys: frozenset[str], scope: Scope, window: Window) -> dict[str, Value]:
    """Compute some of these stats for one scope and window."""
    asked = Asked(scope, window)
    functions = {
        "subscriber_growth": subscriber_growth,
        "subscription_revenue": subscription_revenue,
        "theme_preference": theme_preference,
    }
    return {metric.key: asked.answer(metric, functions[metric.key]) for metric in METRICS if metric.key in keys}


def subscriber_growth(asked: Asked) -> Value:
    """Compare the subscribers of now with those when the month began."""
    return asked.fact("subscribers", growth)


def growth(told: Mapping[str, Any]) -> Value:
    """Return the difference, with its parts."""
    start, end = told["start"], told["end"]
    rows = (
        Row(_("When the month began"), start, "start"),
        Row(_("New"), told["new"], "new"),
        Row(_("Came back"), told["back"], "back"),
        Row(_("Left"), told["left"], "left"),
        Row(_("Now"), end, "end"),
        Row(_("Of these paid for"), told["paid"], "paid"),
    )
    return Value(end - start, end - start, start, rows)


def subscription_revenue(asked: Asked) -> Value:
    """Add up the monthly prices of what is paid for."""
    return asked.fact("revenue", revenue)


def revenue(rates: Iterable[tuple[str, int]]) -> Value:
    """Return what (currency, run rate) come to in a month, a twelfth; of several currencies, a line each and no sum."""
    rows = tuple(Row(currency, round(Fraction(rate, 12)), currency) for currency, rate in sorted(rates))
    if len(rows) > 1:
        return Value(None, rows=rows, note=_("Several currencies are not added up."))
    return Value(rows[0].value if rows else 0, rows=rows)


def theme_preference(asked: Asked) -> Value:
    """Name the look that a member has chosen, or most members have."""
    if asked.is_site:
        return asked.fact("themes", themes)
    if asked.member is None:
        return Value(None, note=_("Guests have no settings."))
    return Value(str(Theme(asked.member.theme).label))


def themes(told: Mapping[str, int]) -> Value:
    """Return the commonest look, with the shares of all."""
    shares = hundred(told)
    if not shares:
        return Value(None, note=_("No member was active in 28 days."))
    ranked = sorted(shares, key=lambda theme: (-told[theme], theme))
    rows = tuple(Row(str(Theme(theme).label), shares[theme], theme) for theme in ranked)
    return Value(rows[0].label, rows=rows)


def _subscribers(now: datetime) -> dict[str, int]:
    """Walk through the ledger: who had a role above free when the month began, who has one now, who ever had one before."""
    month = midnight(day_of(now, settings.TIME_ZONE).replace(day=1), settings.TIME_ZONE)
    at_start: dict[int, SubscriptionChange] = {}
    at_end: dict[int, SubscriptionChange] = {}
    ever: set[int] = set()
    lines = (
        SubscriptionChange.objects.filter(at__lte=now)
        .order_by("at", "id")
        .only("user_id", "role_after", "holds_until", "at")
    )
    for line in lines.iterator(chunk_size=2000):
        at_end[line.user_id] = line
        if line.at < month:
            at_start[line.user_id] = line
            if line.role_after != Role.FREE:
                ever.add(line.user_id)
    before = {user for user, line in at_start.items() if grants(line, month)}
    after = {user for user, line in at_end.items() if grants(line, now)}
    came = after - before
    paid = _paid(now).filter(user__in=after).count()
    return {
        "start": len(before),
        "end": len(after),
        "new": len(came - ever),
        "back": len(came & ever),
        "left": len(before - after),
        "paid": paid,
    }


def grants(line: SubscriptionChange, at: datetime) -> bool:
    """Whether what a line says still grants a role above free, by the clock."""
    return line.role_after != Role.FREE and line.holds_until > at


def _revenue(now: datetime) -> list[tuple[str, int]]:
    rates = _paid(now).values_list("currency").annotate(rate=Sum("run_rate_after"))
    return [(currency, int(rate)) for currency, rate in rates.order_by()]


def _paid(now: datetime) -> QuerySet[SubscriptionChange]:
    """Return the lines of the ledger that say what somebody pays now: the last of each subscription, by the clock."""
    lines = SubscriptionChange.objects.filter(subscription=OuterRef("pk"), at__lte=now).order_by("-at", "-pk")
    last = Subscription.objects.running().annotate(last=Subquery(lines.values("pk")[:1])).values("last")
    return SubscriptionChange.objects.filter(pk__in=last, run_rate_after__gt=0, holds_until__gt=now)


def _themes(now: datetime) -> dict[str, int]:
    first, _start = recent_days(now)
    active = ActorDay.objects.filter(actor=OuterRef("uuid"), day__gte=first, acts__gt=0)
    counts = User.objects.filter(Exists(active)).values_list("theme").annotate(members=Count("pk")).order_by()
    return dict(counts)


FACTS = (Fact("subscribers", _subscribers), Fact("revenue", _revenue), Fact("themes", _themes))
