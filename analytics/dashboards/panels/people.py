"""Members: who came, how many there are, what they are, and who is behind each number."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts import queries
from accounts.models import UNUSUAL, Plan, Subscription, User
from accounts.roles import Role
from analytics.dashboards import steps
from analytics.dashboards.registry import (
    Asked,
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
    Width,
)
from stats.metrics import Unit
from stats.windows import DAY, Window, midnight

ROLES = (Role.FREE, Role.SUBSCRIBER, Role.PREMIUM)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
NEW = gettext_lazy(
    "Accounts made in the window, confirmed or not, staff too, whatever became of them since; an account"
    " that was erased is counted no more."
)
NEW_BY_ROLE = gettext_lazy(
    "Accounts made in the window, confirmed or not, staff too, whatever became of them since; an account"
    " that was erased is counted no more. By the role that a subscription grants them now."
)


def came(window: Window) -> QuerySet[User]:
    """Return the accounts that were made in a window."""
    return User.objects.filter(created_at__gte=window.start_at, created_at__lt=window.end_at)


def with_plan(users: QuerySet[User], query: Query) -> QuerySet[Any]:
    """Return users with the number of the plan that grants them a role at the moment of asking, as `granting`."""
    found = queries.granting_plans(query.now).filter(user=OuterRef("pk")).values("granting")[:1]
    return users.annotate(granting=Subquery(found))


def of_role(users: QuerySet[User], role: Role, query: Query) -> QuerySet[User]:
    """Return those of the users who have a role at the moment of asking."""
    if role is Role.FREE:
        return users.exclude(pk__in=queries.granting_plans(query.now).values("user"))
    return users.filter(pk__in=Subscription.objects.granting(query.now, role.value).order_by().values("user"))


def new_members(query: Query) -> Figure:
    """Return how many accounts were made."""
    days = _new(query)
    before = None if query.before is None else _came_before(query)
    now = sum(sum(values) for step, values in days.items() if step is not None)
    return Figure(now, before, tuple(sum(days.get(step, ())) for step in steps.steps_of(query.window)))


def new_by_day(query: Query) -> Rows:
    """Return how many accounts were made, by the role that they have now."""
    columns = [Column(role.value, _role(role), over=Over.SUM) for role in ROLES]
    found = steps.rows_of(query, columns, _new(query))
    total = sum(sum(row.values) for row in found.rows)
    note = _("%(total)s in this period") % {"total": f"{total:,}"}
    if query.before is not None:
        before = _came_before(query)
        note = _("%(total)s in this period, %(before)s before") % {"total": f"{total:,}", "before": f"{before:,}"}
    return Rows(found.head, found.columns, found.rows, note, _("Nobody joined in this period."))


def _came_before(query: Query) -> int:
    return sum(_new(query).get(None, ()))


def _new(query: Query) -> dict[steps.Step | None, list[int]]:
    """Return how many accounts of each role were made on each step, and under None in the window before. Three queries."""

    def ask() -> dict[steps.Step | None, list[int]]:
        window = query.window
        bounds: list[tuple[steps.Step | None, datetime, datetime]] = [*steps.bounds_of(window)]
        if query.before is not None:
            bounds.append((None, query.before.start_at, query.before.end_at))
        made = steps.counted_between(User._meta.db_table, "created_at", [(since, until) for _s, since, until in bounds])
        found = {step: [number, 0, 0] for (step, _since, _until), number in zip(bounds, made, strict=True)}
        granted = [
            part.filter(user__created_at__gte=window.start_at, user__created_at__lt=window.end_at)
            for part in queries.granting_parts(query.now)
        ]
        roles = roles_of(query)
        for at, plan, count in steps.by_step(granted, "user__created_at", window, "granting"):
            found[at][ROLES.index(roles[plan])] += count
            found[at][0] -= count
        return found

    return query.once("new", ask)


def where_from(asked: Asked) -> Rows:
    """Return how those who joined on a day came: by whose invitation, or by themselves; and what they are now."""
    users = came(_window(asked))
    counted = _roles_of_day(asked, users)
    invited, total = users.filter(referral__isnull=False).count(), sum(counted.values())
    note = ", ".join(f"{counted[role]:,} {_role(role).lower()}" for role in ROLES if counted[role])
    rows = [Row(_("By invitation"), (invited,)), Row(_("By themselves"), (total - invited,))]
    shown = tuple(sorted((row for row in rows if row.values[0]), key=lambda row: -row.values[0]))
    return Rows(_("How"), (steps.count_column(_("New members")),), shown, note)


def _roles_of_day(asked: Asked, users: QuerySet[User]) -> dict[Role, int]:
    """Return how many of those who joined on a day have each role: as the chart knows it, where it goes by days."""
    known = None if asked.day is None else _new(asked.query).get(asked.day)
    if known is not None:
        return dict(zip(ROLES, known, strict=True))
    granted = [part.filter(user__in=users) for part in queries.granting_parts(asked.query.now)]
    return _by_role(asked.query, users.count(), granted)


def total_by_day(query: Query) -> Rows:
    """Return how many accounts there were by the end of each step."""
    earlier = _made(query).earlier
    days, found = _new(query), {}
    for step in steps.steps_of(query.window):
        earlier += sum(days.get(step, ()))
        found[step] = (earlier,)
    return steps.rows_of(query, [Column("members", _("Members"), over=Over.LAST)], found)


def total_members(query: Query) -> Figure:
    """Return how many accounts there are at the end of the window, and how many at the end of the one before."""
    made, points = _made(query), []
    at = now = _at_end(query)
    days = _new(query)
    for step in reversed(steps.steps_of(query.window)):
        points.append(at)
        at -= sum(days.get(step, ()))
    return Figure(now, None if query.before is None else made.earlier - made.between, tuple(reversed(points)))


def roles(query: Query) -> Rows:
    """Return what all members are now."""
    counted = _by_role(query, _everybody(query), queries.granting_parts(query.now))
    rows = tuple(Row(_role(role), (counted[role],), href=_desk(role=role.value)) for role in ROLES)
    return Rows(_("Role"), (steps.count_column(_("Members")),), rows, _("As it is now, whatever the period"))


def states(query: Query) -> Rows:
    """Return how accounts stand now: confirmed, switched off, not recorded."""
    told = _accounts(query)
    rows = (
        Row(_("Active accounts"), (_everybody(query) - told["off"],), href=_desk(state="active")),
        Row(_("Deactivated"), (told["off"],), href=_desk(state="deactivated")),
        Row(_("Recording switched off"), (told["hidden"],)),
        Row(_("Staff"), (told["staff"],), href=_desk(state="staff")),
    )
    return Rows(_("Account"), (steps.count_column(_("Members")),), rows, _("As it is now, whatever the period"))


def behind_new(asked: Asked) -> Listing:
    """Return who joined in the window, or on one day of it, the newest first."""
    window = _window(asked)
    found = came(window)
    if asked.part:
        found = of_role(found, Role(asked.part), asked.query)
    page = with_plan(found, asked.query).order_by("-created_at", "-pk")[asked.offset : asked.offset + asked.limit]
    whose = roles_of(asked.query)
    rows = tuple(
        Row(user.display_name, (_role(whose[user.granting]), user.created_at), href=_person(user), note=user.username)
        for user in page
    )
    first, last = window.first_day, window.end_day - DAY
    words = {"joined_from": first.isoformat(), "joined_to": last.isoformat(), "role": asked.part}
    return Listing(Rows(_("Member"), _of_people(_("Joined")), rows), found.count(), _desk(**words))


def _accounts(query: Query) -> dict[str, int]:
    """Return how many accounts are off, hidden and of staff. One query, which passes the usual ones by."""

    def ask() -> dict[str, int]:
        return User.objects.filter(UNUSUAL).aggregate(
            off=Count("is_active", filter=Q(is_active=False)),
            hidden=Count("is_active", filter=Q(opted_out=True)),
            staff=Count("is_active", filter=Q(is_staff=True, is_active=True)),
        )

    return query.once("accounts", ask)


@dataclass(frozen=True, slots=True)
class Made:
    """How many accounts were made before the window, after it, and between the window before and this one."""

    earlier: int
    later: int
    between: int


def _made(query: Query) -> Made:
    """Count what was made outside of the window. One query."""

    def ask() -> Made:
        start, end = query.window.start_at, query.window.end_at
        since = start if query.before is None else query.before.end_at
        spans = [(FIRST, start), (end, LAST), (since, start)]
        return Made(*steps.counted_between(User._meta.db_table, "created_at", spans))

    return query.once("made", ask)


def _at_end(query: Query) -> int:
    """Return how many accounts there are at the end of the window."""
    return _made(query).earlier + sum(sum(values) for step, values in _new(query).items() if step is not None)


def _everybody(query: Query) -> int:
    """Return how many accounts there are."""
    return _at_end(query) + _made(query).later


def roles_of(query: Query) -> dict[int | None, Role]:
    """Return the role of each plan by its number, and of no plan. One query, which names of plans share."""
    plans = query.once("plans", Plan.objects.in_bulk)
    return {None: Role.FREE, **{number: Role(plan.role) for number, plan in plans.items()}}


def _by_role(query: Query, total: int, granted: Sequence[QuerySet[Any]]) -> dict[Role, int]:
    """Return how many of so many accounts have each role; who has no subscription that grants one is free."""
    roles, counted = roles_of(query), Counter[Role]()
    for plan, people in queries.people_by_plan(granted):
        counted[roles[plan]] += people
    counted[Role.FREE] += total - counted.total()
    return counted


def _of_people(when: str) -> tuple[Column, ...]:
    return Column("role", _("Role"), is_text=True), Column("at", when, Unit.MOMENT)


def _window(asked: Asked) -> Window:
    window = asked.query.window
    if asked.day is None:
        return window
    return Window(midnight(asked.day, window.zone), midnight(asked.day + DAY, window.zone), window.zone)


def _role(role: Role) -> str:
    return {
        Role.FREE: pgettext("role", "Free"),
        Role.SUBSCRIBER: pgettext("role", "Subscriber"),
        Role.PREMIUM: pgettext("role", "Premium"),
    }[role]


def _person(user: User) -> str:
    return reverse("desk:person", args=[user.uuid])


def _desk(**words: str) -> str:
    return f"{reverse('desk:people')}?{urlencode({name: word for name, word in words.items() if word})}"


PANELS = (
    Panel(
        "members", Page.USERS, gettext_lazy("Members"), Shape.CARD, total_members,
        means=gettext_lazy(
            "Accounts that there are at the end of the window, or now: unconfirmed and deactivated ones and staff"
            " too. Before: those at the end of the window before."
        ),
    ),
    Panel(
        "new-members-card", Page.USERS, gettext_lazy("New members"), Shape.CARD, new_members, drill=behind_new,
        means=NEW,
    ),
    Panel(
        "new-members-by-day", Page.USERS, gettext_lazy("New members"), Shape.STACKED, new_by_day, width=Width.FULL,
        drill=behind_new, among=lambda _query: ROLES, parts=where_from, metric="new_users",
        means=NEW_BY_ROLE,
    ),
    Panel(
        "members-by-day", Page.USERS, gettext_lazy("All members"), Shape.AREA, total_by_day,
        means=gettext_lazy(
            "Accounts that there were when each day or hour was over, in windows of 93 days and more each week, of those"
            " that exist still."
        ),
    ),
    Panel(
        "roles", Page.USERS, gettext_lazy("What members are"), Shape.BARS, roles,
        means=gettext_lazy(
            "Accounts by the role that a subscription grants them now, trials and gifts included, deactivated"
            " ones too. Whatever the window."
        ),
    ),
    Panel(
        "accounts", Page.USERS, gettext_lazy("Accounts"), Shape.TABLE, states, width=Width.HALF,
        means=gettext_lazy(
            "Accounts as they stand now, whatever the window. One account may stand in several lines: staff are"
            " those whose account is active."
        ),
    ),
)  # fmt: skip
