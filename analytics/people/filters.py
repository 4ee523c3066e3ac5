"""What the list of people is asked for: the address's parameters as one value, in words, and as a condition.

Anything that is no filter, or out of its range, is refused with a sentence: a list that silently shows more people than
were asked for is the beginning of a mistake with all of them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.http import QueryDict
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts import names, queries
from accounts.billing.models import Payment
from accounts.models import Plan, Status, Subscription, SubscriptionChange, User
from accounts.roles import Role
from analytics.people.measures import MEASURE, Measure, summed
from stats import windows
from stats.fields import to_micros
from stats.metrics import Unit

LONGEST_SEARCH = 200
MOST_CONDITIONS = 6
HIGHEST_LEVEL = 10_000
NUMBER = re.compile(r"\d{1,9}(\.\d{1,3})?")
COUNTRY = re.compile(r"[A-Z]{2}")
FIRST_DAY = date(1970, 1, 2)
HIDDEN = "•••"
ABOVE, BELOW = "above", "below"

SUBSCRIPTIONS = {
    "paying": _l("Paying"),
    "comped": _l("Not paid for"),
    "trialing": _l("On trial"),
    "past_due": _l("Past due"),
    "ending": _l("Ends with the period"),
    "none": _l("None now"),
    "left": _l("Had one, none now"),
}
ACTIVITIES = {
    "active-1": _l("Active in the last day"),
    "active-7": _l("Active in the last 7 days"),
    "active-30": _l("Active in the last 30 days"),
    "active-90": _l("Active in the last 90 days"),
    "quiet-7": _l("Quiet for 7 days"),
    "quiet-30": _l("Quiet for 30 days"),
    "quiet-90": _l("Quiet for 90 days"),
    "never": _l("Never active"),
}
STATES = {
    "active": _l("Active account"),
    "deactivated": _l("Deactivated"),
    "unverified": _l("Address not confirmed"),
    "staff": _l("Staff"),
}
ENDS = {"7": _l("Within 7 days"), "30": _l("Within 30 days"), "90": _l("Within 90 days")}
ROLES = {role.value: role.label for role in Role}


class Bad(ValueError):
    """A filter that cannot be; `sentence` says why."""

    def __init__(self, parameter: str, sentence: str) -> None:
        super().__init__(sentence)
        self.parameter, self.sentence = parameter, sentence


@dataclass(frozen=True, slots=True)
class Condition:
    """A number of each person, at least or less than `value` in the number's unit."""

    measure: Measure
    op: str
    value: Decimal

    @property
    def stored(self) -> int:
        """The bound as a stored whole number: who has exactly this much is above."""
        return ceil(self.value * self.measure.scale)

    def words(self) -> str:
        """Say it: 'XP at least 1,000'."""
        unit = {Unit.HOURS: _("h"), Unit.DAYS: _("days")}.get(self.measure.unit, "")
        number = f"{formats.number_format(self.value, use_l10n=True, force_grouping=True)} {unit}".strip()
        text = _("%(what)s at least %(number)s") if self.op == ABOVE else _("%(what)s less than %(number)s")
        return text % {"what": named(self.measure), "number": number}


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a filter in words, and the query that is left without it."""

    words: str
    without: str


OF_SUBSCRIPTIONS = (
    "plan", "subscription", "ends", "country", "subscribed_from", "subscribed_to", "left_from", "left_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """Who is wanted. Empty strings and None ask for nothing. Days are the site's."""

    q: str = ""
    role: str = ""
    plan: str = ""
    subscription: str = ""
    ends: str = ""
    activity: str = ""
    level_min: int | None = None
    level_max: int | None = None
    country: str = ""
    joined_from: date | None = None
    joined_to: date | None = None
    subscribed_from: date | None = None
    subscribed_to: date | None = None
    left_from: date | None = None
    left_to: date | None = None
    state: str = ""
    conditions: tuple[Condition, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether everybody is wanted."""
        return self == Filter()

    @property
    def is_plain(self) -> bool:
        """Whether the members' own rows tell who fits, so that a page in the order of joining need not look at all."""
        plain = Filter(state=self.state, joined_from=self.joined_from, joined_to=self.joined_to)
        return self == plain and self.state != "unverified"

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters that say this, in their order: what `read` makes the same of."""
        found = [(name, _written(getattr(self, name))) for name in SIMPLE if getattr(self, name) not in ("", None)]
        for one in self.conditions:
            found += [("metric", one.measure.key), ("op", one.op), ("value", _plain(one.value))]
        return found

    def query(self) -> str:
        """Return what stands behind the question mark."""
        return urlencode(self.pairs())

    def chips(self) -> list[Chip]:
        """Return each part in words, with the query without it."""
        found = []
        pairs = self.pairs()
        for name in SIMPLE:
            value = getattr(self, name)
            if value not in ("", None):
                rest = [pair for pair in pairs if pair[0] != name]
                found.append(Chip(_words_of(name, value), urlencode(rest)))
        simple = [pair for pair in pairs if pair[0] not in TRIPLE]
        for place, condition in enumerate(self.conditions):
            others = self.conditions[:place] + self.conditions[place + 1 :]
            rest = [*simple, *Filter(conditions=others).pairs()]
            found.append(Chip(condition.words(), urlencode(rest)))
        return found

    def words(self, *, hides_search: bool = False) -> str:
        """Say all of it in one line; half an address in the search is for who may see addresses alone."""
        told = replace(self, q=HIDDEN) if hides_search and self.q else self
        return " · ".join(chip.words for chip in told.chips()) or _("Everybody")


def read(asked: QueryDict | Mapping[str, Any], others: Iterable[str] = ()) -> Filter:
    """Return what the parameters ask for; `others` are parameters of the page that are no filters. Raises Bad."""
    query = asked if isinstance(asked, QueryDict) else QueryDict(urlencode(asked))
    allowed = {*READERS, *TRIPLE, *others}
    for name in query:
        if name not in allowed:
            raise Bad(name, _("There is no filter of the name %(name)s.") % {"name": _short(name)})
        if name not in TRIPLE and len(query.getlist(name)) > 1:
            raise Bad(name, _("%(name)s is given twice.") % {"name": name})
    values = {name: reader(name, query.get(name, "").strip()) for name, reader in READERS.items()}
    found = Filter(**values, conditions=_conditions(query))
    for first, last in (
        ("joined_from", "joined_to"),
        ("subscribed_from", "subscribed_to"),
        ("left_from", "left_to"),
        ("level_min", "level_max"),
    ):
        low, high = getattr(found, first), getattr(found, last)
        if low is not None and high is not None and low > high:
            raise Bad(first, _("%(label)s: the first lies after the last.") % {"label": LABELS[first]})
    return found


def read_query(text: str) -> Filter:
    """Return what a kept query asks for. Raises Bad."""
    return read(QueryDict(text))


def refuse_unseen(wanted: Filter, sees_subscriptions: bool) -> None:
    """Refuse to find people by what somebody may not see of them. Raises Bad."""
    asked = [name for name in OF_SUBSCRIPTIONS if getattr(wanted, name) not in ("", None)]
    if asked and not sees_subscriptions:
        raise Bad(asked[0], _("Your role does not see subscriptions."))


def refuse_unknown(wanted: Filter, plans: Iterable[Plan]) -> None:
    """Refuse a plan that there is none of, which nobody has and a slip of the pen may be. Raises Bad."""
    if wanted.plan and wanted.plan not in {plan.key for plan in plans}:
        raise Bad("plan", _("%(label)s: there is no such choice.") % {"label": LABELS["plan"]})


def people(wanted: Filter, now: datetime, *, by_address: bool) -> QuerySet[User]:
    """Return the people who fit, in no order. `by_address` says whether the search may look at e-mail addresses."""
    found: QuerySet[User] = User.objects.order_by()
    for condition in (_searched(wanted.q, by_address), _in_state(wanted.state), _active(wanted.activity, now)):
        found = found.filter(condition)
    found = _of_role(found, wanted.role, now)
    found = _subscribed(found, wanted, now)
    found = _of_level(found, wanted)
    if wanted.country:
        paid = Payment.objects.filter(user=OuterRef("pk"))
        latest = Subquery(paid.exclude(country="").order_by("-at", "-pk").values("country")[:1])
        found = found.filter(Exists(paid.filter(country=wanted.country))).alias(country=latest)
        found = found.filter(country=wanted.country)
    if wanted.joined_from or wanted.joined_to:
        found = found.filter(_within("created_at", wanted.joined_from, wanted.joined_to))
    for condition_ in wanted.conditions:
        found = _measured(found, condition_, now)
    return found


def plan_now(subscription: Subscription, now: datetime) -> Plan:
    """Return the plan that a granting subscription has at `now`: what was to follow, once the period is over."""
    following = subscription.next_plan
    return following if following is not None and subscription.current_period_end <= now else subscription.plan


def began(first: date | None, last: date | None) -> QuerySet[SubscriptionChange]:
    """Return the ledger's lines by which somebody got a role above free in these site days."""
    lines = SubscriptionChange.objects.filter(role_before=Role.FREE.value).exclude(role_after=Role.FREE.value)
    return lines.filter(_within("at", first, last)).order_by()


def ended(first: date | None, last: date | None) -> QuerySet[SubscriptionChange]:
    """Return the ledger's lines by which somebody lost a role above free in these site days."""
    lines = SubscriptionChange.objects.filter(role_after=Role.FREE.value).exclude(role_before=Role.FREE.value)
    return lines.filter(_within("at", first, last)).order_by()


def came_and_went(first: date, last: date) -> tuple[set[int], set[int]]:
    """Return the numbers of the members of `began` and of `ended`. One query."""
    lines = (began(first, last) | ended(first, last)).values_list("user", "role_after")
    moved = [(user, role == Role.FREE) for user, role in lines]
    return {user for user, is_end in moved if not is_end}, {user for user, is_end in moved if is_end}


def run_out(first: date | None, last: date | None, now: datetime) -> QuerySet[Subscription]:
    """Return subscriptions whose time ended in these site days, and that nobody has closed yet."""
    ended_at = Case(
        When(~Q(gateway="") & Q(cancel_at_period_end=False, grace_until__isnull=False), then=F("grace_until")),
        When(next_period_end__isnull=False, then=F("next_period_end")),
        default=F("current_period_end"),
    )
    past = Q(current_period_end__lte=now)
    over = Subscription.objects.running().filter(past)
    over = over.exclude(pk__in=Subscription.objects.granting(now).filter(past).order_by().values("pk"))
    return over.annotate(ended_at=ended_at).filter(_within("ended_at", first, last)).order_by()


def named(measure: Measure) -> str:
    """Return a number's name, with its time where that is not all of it."""
    return f"{measure.label}, {_('30 days')}" if measure.key.endswith("_30d") else str(measure.label)


# Conditions


def _searched(text: str, by_address: bool) -> Q:
    if not text:
        return Q()
    try:
        return Q(uuid=UUID(text))
    except ValueError:
        pass
    found = Q(username_key__contains=names.key_of(text)) | Q(first_name__icontains=text) | Q(last_name__icontains=text)
    if " " in text:
        first, _blank, last = text.partition(" ")
        found |= Q(first_name__icontains=first, last_name__icontains=last.strip())
    return found | Q(email__contains=text.lower()) if by_address else found


def _in_state(state: str) -> Q:
    return {
        "": Q(),
        "active": Q(is_active=True),
        "deactivated": Q(is_active=False),
        "staff": Q(is_staff=True),
        "unverified": Q(pk__in=User.objects.filter(emailaddress__verified=False, emailaddress__primary=True).values("pk")),
    }[state]  # fmt: skip


def _active(activity: str, now: datetime) -> Q:
    if not activity:
        return Q()
    if activity == "never":
        return Q(desk_numbers__active_us=None)
    how, _dash, days = activity.partition("-")
    since = to_micros(now - timedelta(days=int(days)))
    return Q(desk_numbers__active_us__gte=since) if how == "active" else Q(desk_numbers__active_us__lt=since)


def _of_role(found: QuerySet[User], role: str, now: datetime) -> QuerySet[User]:
    if not role:
        return found
    if role == Role.ADMIN:
        return found.filter(queries.administrators())
    found = found.filter(~queries.administrators())
    running, plans = Subscription.objects.granting(now).order_by(), Plan.objects.filter(role=role).order_by()
    if role == Role.FREE:
        return found.exclude(pk__in=running.exclude(_plan_now(plans, now)).values("user"))
    return found.filter(pk__in=running.filter(_plan_now(plans, now)).values("user"))


def _subscribed(found: QuerySet[User], wanted: Filter, now: datetime) -> QuerySet[User]:
    running = Subscription.objects.granting(now).order_by()
    conditions: list[Q] = []
    if wanted.plan:
        conditions.append(_plan_now(Plan.objects.filter(key=wanted.plan).order_by(), now))
    if wanted.ends:
        until = now + timedelta(days=int(wanted.ends))
        conditions.append(ending(now, until))
    if wanted.subscription in KINDS_OF_RUNNING:
        conditions.append(KINDS_OF_RUNNING[wanted.subscription])
    if conditions:
        for condition in conditions:
            running = running.filter(condition)
        found = found.filter(pk__in=running.values("user"))
    if wanted.subscription in ("none", "left"):
        found = found.exclude(pk__in=Subscription.objects.granting(now).order_by().values("user"))
    if wanted.subscription == "left":
        found = found.filter(pk__in=Subscription.objects.order_by().values("user"))
    if wanted.subscribed_from or wanted.subscribed_to:
        found = found.filter(pk__in=began(wanted.subscribed_from, wanted.subscribed_to).values("user"))
    if wanted.left_from or wanted.left_to:
        days = (wanted.left_from, wanted.left_to)
        found = found.filter(Q(pk__in=ended(*days).values("user")) | Q(pk__in=run_out(*days, now).values("user")))
    return found


def _plan_now(plans: QuerySet[Plan], now: datetime) -> Q:
    """Return the condition for granting subscriptions whose plan at `now` is one of these: see `plan_now`."""
    is_current = Q(current_period_end__gt=now) | Q(next_plan=None)
    numbers = plans.values("pk")
    return Q(plan__in=numbers) & is_current | Q(next_plan__in=numbers, current_period_end__lte=now)


def ending(now: datetime, until: datetime) -> Q:
    """Return the condition for running subscriptions that end by `until` unless somebody does something.

    One that a gateway renews does not, unless its end is planned or its payment has failed.
    """
    unpaid = ~Q(gateway="") & Q(status=Status.PAST_DUE, cancel_at_period_end=False)
    renews = ~Q(gateway="") & Q(status__in=(Status.ACTIVE, Status.TRIALING), cancel_at_period_end=False)
    last_end = Q(next_period_end=None, current_period_end__lte=until) | Q(next_period_end__lte=until)
    return unpaid & Q(grace_until__lte=until) | last_end & ~renews & ~unpaid


KINDS_OF_RUNNING = {
    "paying": ~Q(gateway="") & Q(status__in=(Status.ACTIVE, Status.PAST_DUE), price_minor__gt=0),
    "comped": (Q(gateway="") | Q(price_minor=0)) & Q(status__in=(Status.ACTIVE, Status.PAST_DUE)),
    "trialing": Q(status=Status.TRIALING),
    "past_due": Q(status=Status.PAST_DUE),
    "ending": Q(cancel_at_period_end=True),
}


def _of_level(found: QuerySet[User], wanted: Filter) -> QuerySet[User]:
    if wanted.level_min is not None and wanted.level_min > 1:
        found = found.filter(desk_standing__level__gte=wanted.level_min)
    if wanted.level_max is not None:
        found = found.filter(Q(desk_standing=None) | Q(desk_standing__level__lte=wanted.level_max))
    return found


def _measured(found: QuerySet[User], condition: Condition, now: datetime) -> QuerySet[User]:
    measure, bound = condition.measure, condition.stored
    if bound <= 0:
        return found if condition.op == ABOVE else found.none()
    if measure.column:
        above = Q(**{f"{measure.column}__gte": bound})
        below = Q(**{f"{measure.column}__lt": bound}) | Q(**{f"{measure.column}__isnull": True})
        return found.filter(above if condition.op == ABOVE else below)
    enough = Q(uuid__in=summed(measure, now).filter(total__gte=bound).values("actor"))
    return found.filter(enough if condition.op == ABOVE else ~enough)


def _within(column: str, first: date | None, last: date | None) -> Q:
    condition = Q()
    if first:
        condition &= Q(**{f"{column}__gte": windows.midnight(first, settings.TIME_ZONE)})
    if last:
        condition &= Q(**{f"{column}__lt": windows.midnight(last + windows.DAY, settings.TIME_ZONE)})
    return condition


# Reading


def _text(name: str, text: str) -> str:
    if len(text) > LONGEST_SEARCH:
        raise Bad(name, _("A search has at most %(most)d characters.") % {"most": LONGEST_SEARCH})
    if "\0" in text:
        raise Bad(name, _("A search has no such characters."))
    return text


def _one_of(choices: Mapping[str, Any]) -> Callable[[str, str], str]:
    def reader(name: str, text: str) -> str:
        if text and text not in choices:
            raise Bad(name, _("%(label)s: there is no such choice.") % {"label": LABELS[name]})
        return text

    return reader


def _plan(name: str, text: str) -> str:
    if text and not re.fullmatch(r"[-\w]{1,40}", text):
        raise Bad(name, _("%(label)s: there is no such choice.") % {"label": LABELS[name]})
    return text


def _level(name: str, text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 5 or not 1 <= int(text) <= HIGHEST_LEVEL:
        raise Bad(name, _("A level is a whole number from 1 to %(most)d.") % {"most": HIGHEST_LEVEL})
    return int(text)


def _country(name: str, text: str) -> str:
    if text and not COUNTRY.fullmatch(text.upper()):
        raise Bad(name, _("A country is two letters, such as NL."))
    return text.upper()


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        found = None
    if found is None or not FIRST_DAY <= found < date(9999, 1, 1):
        raise Bad(name, _("%(label)s: a day is written 2026-11-21.") % {"label": LABELS[name]})
    return found


def _conditions(query: QueryDict) -> tuple[Condition, ...]:
    keys, ops, values = (query.getlist(name) for name in TRIPLE)
    if not len(keys) == len(ops) == len(values):
        raise Bad("metric", _("Each number has a comparison and a value."))
    found = []
    for key, op, value in zip(keys, ops, values, strict=True):
        if not key:
            continue
        if key not in MEASURE:
            raise Bad("metric", _("There is no number of this name by which people are found."))
        if op not in (ABOVE, BELOW):
            raise Bad("op", _("A number is compared with above or below."))
        if not NUMBER.fullmatch(value.strip()) or not value.isascii():
            raise Bad("value", _("%(what)s: give a number from 0 to 999,999,999.") % {"what": named(MEASURE[key])})
        found.append(Condition(MEASURE[key], op, Decimal(value.strip())))
    if len(found) > MOST_CONDITIONS:
        raise Bad("metric", _("At most %(most)d numbers can be asked for at once.") % {"most": MOST_CONDITIONS})
    return tuple(found)


READERS: dict[str, Callable[[str, str], Any]] = {
    "q": _text,
    "role": _one_of(ROLES),
    "plan": _plan,
    "subscription": _one_of(SUBSCRIPTIONS),
    "ends": _one_of(ENDS),
    "activity": _one_of(ACTIVITIES),
    "level_min": _level,
    "level_max": _level,
    "country": _country,
    "joined_from": _day,
    "joined_to": _day,
    "subscribed_from": _day,
    "subscribed_to": _day,
    "left_from": _day,
    "left_to": _day,
    "state": _one_of(STATES),
}
SIMPLE = tuple(READERS)
TRIPLE = ("metric", "op", "value")
LABELS: dict[str, Any] = {
    "q": _l("Search"),
    "role": _l("Role"),
    "plan": _l("Plan"),
    "subscription": _l("Subscription"),
    "ends": _l("Subscription ends"),
    "activity": _l("Activity"),
    "level_min": _l("Level from"),
    "level_max": _l("Level to"),
    "country": _l("Country"),
    "joined_from": _l("Joined from"),
    "joined_to": _l("Joined until"),
    "subscribed_from": _l("Subscribed from"),
    "subscribed_to": _l("Subscribed until"),
    "left_from": _l("Left from"),
    "left_to": _l("Left until"),
    "state": _l("Account"),
}
CHOICES: dict[str, Mapping[str, Any]] = {
    "role": ROLES,
    "subscription": SUBSCRIPTIONS,
    "ends": ENDS,
    "activity": ACTIVITIES,
    "state": STATES,
}


def _words_of(name: str, value: Any) -> str:
    if name == "q":
        return f"“{value}”"
    if name in ("activity", "state"):
        return str(CHOICES[name][value])
    told = CHOICES[name][value] if name in CHOICES else value
    if isinstance(told, date):
        told = formats.date_format(told, "j M Y")
    return f"{LABELS[name]}: {told}"


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _short(text: str) -> str:
    shown = "".join(char for char in text if char.isprintable())
    return shown if len(shown) <= 40 else f"{shown[:39]}…"


def plans() -> Sequence[Plan]:
    """Return the plans to choose from. One query."""
    return list(Plan.objects.order_by("price_minor", "id"))
