"""Challenges are held, changed, entered, left and cancelled. Each function is one transaction; what it refuses changes nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit, staffing
from accounts.models import User
from gamification.challenges import measuring, queries
from gamification.challenges.models import MAX_ABOUT, MAX_TITLE, Challenge, Entrant, State, Who
from gamification.refusals import Refused
from gamification.teams import forming
from gamification.teams.models import Membership, Team
from stats import windows

LONGEST = timedelta(days=366)
AHEAD = timedelta(days=366)
MOST_OPEN = 10
MOST = 1e9
WHILE_RUNNING = frozenset({"title", "about", "ends_on"})
CHANGEABLE = WHILE_RUNNING | {"metric", "goal", "zone", "starts_on"}

REFUSALS = {
    "required": _("A challenge has a title."),
    "too_long": _("This is too long."),
    "invalid_characters": _("There are characters in it that nobody sees."),
    "unknown_metric": _("There is no such number, or a challenge cannot be about it."),
    "not_additive": _("Of a team this cannot be told: it does not add up."),
    "unknown_timezone": _("There is no such time zone."),
    "date_in_past": _("It begins today at the earliest."),
    "date_in_future": _("It begins within a year."),
    "invalid_range": _("It ends before it begins."),
    "range_too_large": _("It lasts a year at most."),
    "value_out_of_range": _("A goal is more than 0, and at most a thousand million."),
    "not_permitted": _("Staff hold challenges for everybody, who leads a team holds them for it."),
    "already_running": _("It runs already: only its words can be changed, and it can be made to last longer."),
    "only_later": _("It runs already: it can end later, but not earlier."),
    "too_many": _("There are ten challenges of this team that are not over. Wait, or cancel one."),
    "already_entered": _("You take part already."),
    "not_entered": _("You do not take part."),
    "challenge_over": _("This challenge is over."),
    "challenge_cancelled": _("This challenge was cancelled."),
    "team_needed": _("Teams take part in this challenge. You are in none."),
    "not_this_team": _("This challenge is for another team."),
    "captain_needed": _("Who leads your team enters it."),
}


def create(
    by: User,
    *,
    title: str,
    metric: str,
    zone: str,
    starts_on: date,
    ends_on: date,
    about: str = "",
    who: str = Who.MEMBERS,
    goal: float | None = None,
    team: Team | None = None,
    now: datetime | None = None,
) -> Challenge:
    """Hold a challenge: for everybody, or for one team. A team's own challenge of teams is what it does together.

    Raises Refused with one of `REFUSALS`.
    """
    now = now or timezone.now()
    title, about = _clean(title, "title", MAX_TITLE), _clean(about, "about", MAX_ABOUT)
    if not title:
        raise _refused("required", "title")
    _check_metric(metric, who)
    _check_days(starts_on, ends_on, zone, now)
    _check_goal(goal)
    with transaction.atomic():
        if not staffing.runs_game(by):
            _check_permitted(by, team)
        if team is not None:
            forming.locked(team)
            if Challenge.objects.filter(team=team, cancelled_at=None, ends_at__gt=now).count() >= MOST_OPEN:
                raise _refused("too_many")
        challenge = Challenge.objects.create(
            title=title,
            about=about,
            metric=metric,
            who=who,
            goal=goal,
            zone=zone,
            starts_on=starts_on,
            ends_on=ends_on,
            starts_at=windows.midnight(starts_on, zone),
            ends_at=windows.midnight(ends_on + windows.DAY, zone),
            team=team,
            created_by=by,
            created_at=now,
        )
        if team is not None and who == Who.TEAMS:
            Entrant.objects.create(challenge=challenge, team=team, entered_at=now)
        _note(by, "challenge.held", challenge, {"metric": metric})
    return challenge


def enter(challenge: Challenge, by: User, now: datetime | None = None) -> Entrant:
    """Take part, or let the team that one leads take part; all of the challenge's time counts, however late one enters.

    Raises Refused `challenge_over`, `challenge_cancelled`, `already_entered`, `team_needed`, `not_this_team`,
    `captain_needed`.
    """
    now = now or timezone.now()
    try:
        with transaction.atomic():
            row = _locked(challenge, now)
            stay = Membership.objects.current().filter(member=by).select_related("team").first()
            if row.who == Who.TEAMS and stay is None:
                raise _refused("team_needed")
            if row.team_id is not None and (stay is None or stay.team_id != row.team_id):
                raise _refused("not_this_team")
            if row.who == Who.TEAMS and stay is not None:
                if not stay.leads:
                    raise _refused("captain_needed")
                return Entrant.objects.create(challenge=row, team=stay.team, entered_at=now)
            return Entrant.objects.create(challenge=row, member=by, entered_at=now)
    except IntegrityError as error:
        raise _refused("already_entered") from error


@transaction.atomic
def leave(challenge: Challenge, by: User, now: datetime | None = None) -> None:
    """Take part no longer. Raises Refused `not_entered`, `captain_needed`, `challenge_over`, `challenge_cancelled`."""
    row = _locked(challenge, now or timezone.now())
    stay = Membership.objects.current().filter(member=by).first()
    mine = queries.own(row, by, stay)
    if mine is None:
        raise _refused("not_entered")
    if mine.team_id is not None and not (stay and stay.leads):
        raise _refused("captain_needed")
    mine.delete()


@transaction.atomic
def cancel(challenge: Challenge, by: User, now: datetime | None = None) -> None:
    """End a challenge before it is over. Raises Refused `not_permitted`, `challenge_over`; again changes nothing."""
    now = now or timezone.now()
    row = Challenge.objects.select_for_update().get(pk=challenge.pk)
    if row.cancelled_at is not None:
        return
    if row.state(now) not in {State.COMING, State.RUNNING}:
        raise _refused("challenge_over")
    stay = Membership.objects.current().filter(member=by).first()
    if not queries.may_change(row, by, stay, now):
        raise _refused("not_permitted")
    row.cancelled_at = now
    row.save(update_fields=["cancelled_at"])
    _note(by, "challenge.cancelled", row)


def change(challenge: Challenge, by: User, *, now: datetime | None = None, **fields: Any) -> Challenge:
    """Write what a challenge says, any of CHANGEABLE; of a running one its words, and a later last day alone.

    What staff change is in the audit log. Raises Refused with one of `REFUSALS`, changing nothing.
    """
    if unknown := fields.keys() - CHANGEABLE:
        raise TypeError(f"unknown: {', '.join(sorted(unknown))}")
    now = now or timezone.now()
    with transaction.atomic():
        row = _locked(challenge, now)
        stay = Membership.objects.current().filter(member=by).first()
        if not queries.may_change(row, by, stay, now):
            raise _refused("not_permitted")
        before = {name: getattr(row, name) for name in CHANGEABLE}
        told = _checked({**before, **fields}, before, row, now)
        changed = sorted(name for name in CHANGEABLE if told[name] != before[name])
        if not changed:
            return row
        for name in changed:
            setattr(row, name, told[name])
        row.starts_at = windows.midnight(row.starts_on, row.zone)
        row.ends_at = windows.midnight(row.ends_on + windows.DAY, row.zone)
        row.save(update_fields=[*changed, "starts_at", "ends_at"])
        detail = {name: {"before": _plain(before[name]), "after": _plain(told[name])} for name in changed}
        _note(by, "challenge.changed", row, detail)
    return row


def _note(by: User, what: str, row: Challenge, detail: dict[str, Any] | None = None) -> None:
    """Write the line of what staff do with a challenge, but for one of a team that they lead themselves."""
    if staffing.runs_game(by):
        mine = Membership.objects.current().filter(member=by, team=row.team).first() if row.team_id else None
        if mine is None or not mine.leads:
            audit.note(by, what, row, detail)


def _checked(told: dict[str, Any], before: dict[str, Any], row: Challenge, now: datetime) -> dict[str, Any]:
    """Return what a challenge is to say, cleaned. Raises Refused."""
    told["title"], told["about"] = _clean(told["title"], "title", MAX_TITLE), _clean(told["about"], "about", MAX_ABOUT)
    if not told["title"]:
        raise _refused("required", "title")
    if row.state(now) == State.RUNNING:
        for name in sorted(CHANGEABLE - WHILE_RUNNING):
            if told[name] != before[name]:
                raise _refused("already_running", name)
        if told["ends_on"] < before["ends_on"]:
            raise _refused("only_later", "ends_on")
        _check_length(told["starts_on"], told["ends_on"])
        return told
    if told["metric"] != before["metric"]:
        _check_metric(told["metric"], row.who)
    _check_days(told["starts_on"], told["ends_on"], told["zone"], now)
    _check_goal(told["goal"])
    return told


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _locked(challenge: Challenge, now: datetime) -> Challenge:
    """Return a challenge that may be entered and left, locked until the transaction ends."""
    row = Challenge.objects.select_for_update().get(pk=challenge.pk)
    state = row.state(now)
    if state == State.CANCELLED:
        raise _refused("challenge_cancelled")
    if state not in {State.COMING, State.RUNNING}:
        raise _refused("challenge_over")
    return row


def _check_metric(key: str, who: str) -> None:
    metric = measuring.measurable().get(key)
    if metric is None:
        raise _refused("unknown_metric", "metric")
    if who == Who.TEAMS and not measuring.adds_up(metric):
        raise _refused("not_additive", "metric")


def _check_days(starts_on: date, ends_on: date, zone: str, now: datetime) -> None:
    if zone not in windows.zone_names():
        raise _refused("unknown_timezone", "zone")
    today = windows.day_of(now.astimezone(UTC), zone)
    if starts_on < today:
        raise _refused("date_in_past", "starts_on")
    if starts_on > today + AHEAD:
        raise _refused("date_in_future", "starts_on")
    _check_length(starts_on, ends_on)


def _check_length(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise _refused("invalid_range", "ends_on")
    if ends_on - starts_on >= LONGEST:
        raise _refused("range_too_large", "ends_on")


def _check_goal(goal: float | None) -> None:
    if goal is not None and not 0 < goal <= MOST:
        raise _refused("value_out_of_range", "goal")


def _check_permitted(by: User, team: Team | None) -> None:
    stay = Membership.objects.current().filter(member=by).first()
    if team is None or stay is None or stay.team_id != team.pk or not stay.leads:
        raise _refused("not_permitted")


def _clean(text: str, field: str, most: int) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text.replace("\n", " " if field == "about" else "\n").isprintable():
        raise _refused("invalid_characters", field)
    if len(text) > most:
        raise _refused("too_long", field)
    return text


def _refused(code: str, field: str = "") -> Refused:
    return Refused(code, REFUSALS[code], field)
