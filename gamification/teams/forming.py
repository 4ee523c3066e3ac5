"""Teams come about, grow, change hands and end. Each function is one transaction; what it refuses changes nothing.

A team's row is locked while anything of it changes, so that parallel requests cannot fill it past its size, and a member's
row while they join, so that nobody is in two.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit, names, staffing
from accounts.models import User
from gamification.refusals import Refused
from gamification.teams.models import MAX_NAME, Invited, Membership, Role, Team, TeamInvitation, TeamLink
from stats.fields import to_micros

MOST_MEMBERS = 50
MIN_NAME = 2

REFUSALS = {
    "already_in_team": _("You are in a team. Leave it first, then join another."),
    "team_full": _("This team is full: at most 50 members."),
    "team_closed": _("This team was closed."),
    "invitation_needed": _("Into this team one is asked. Somebody who leads it can send you a link."),
    "last_owner": _("You own this team. Hand it over, or close it."),
    "not_a_member": _("This member is not in the team."),
    "owner_stays": _("This is the owner. Hand the team over first."),
    "already_owner": _("This member owns the team already."),
    "name_taken": _("Another team has this name."),
    "not_permitted": _("Only who leads the team may do this."),
}


def create(owner: User, name: str, about: str = "", *, is_open: bool = False) -> Team:
    """Found a team. Raises Refused `already_in_team`, or as `clean_name` does, or `name_taken`."""
    name = clean_name(name)
    try:
        with transaction.atomic():
            _lock_member(owner)
            _not_in_a_team(owner)
            team = Team.objects.create(name=name, name_key=names.key_of(name), about=about.strip(), is_open=is_open)
            _stay(team, owner, Role.OWNER)
    except IntegrityError as error:
        raise refused("name_taken", "name") from error
    return team


def change(team: Team, name: str, about: str, *, is_open: bool, by: User | None = None) -> None:
    """Give a team another name or other words, or open it. Raises Refused as `create` does."""
    name = clean_name(name)
    try:
        with transaction.atomic():
            row = locked(team)
            told = {"name": name, "about": about.strip(), "is_open": is_open}
            changed = [field for field, value in told.items() if getattr(row, field) != value]
            row.name, row.name_key, row.about, row.is_open = name, names.key_of(name), about.strip(), is_open
            row.save(update_fields=["name", "name_key", "about", "is_open"])
            if changed:
                note(row, by, {"changed": changed})
    except IntegrityError as error:
        raise refused("name_taken", "name") from error


@transaction.atomic
def close(team: Team, now: datetime | None = None, *, by: User | None = None) -> None:
    """End a team: all stays in it end, what they earned stays told. Again changes nothing."""
    now = now or timezone.now()
    row = Team.objects.select_for_update().get(pk=team.pk)
    if row.closed_at is None:
        note(row, by, {}, "team.closed")
        _end(row, now)


@transaction.atomic
def join(team: Team, member: User, now: datetime | None = None, *, is_asked: bool = False) -> Membership:
    """Join a team. Again changes nothing.

    Raises Refused `team_closed`, `already_in_team`, `team_full`; `invitation_needed` for one that is not open, unless the
    caller has found that `member` is asked.
    """
    row = locked(team)
    _lock_member(member)
    mine = Membership.objects.current().filter(member=member).first()
    if mine is not None and mine.team_id == row.pk:
        return mine
    if mine is not None:
        raise refused("already_in_team")
    if not (row.is_open or is_asked):
        raise refused("invitation_needed")
    if Membership.objects.current().filter(team=row).count() >= MOST_MEMBERS:
        raise refused("team_full")
    now = now or timezone.now()
    invitations = TeamInvitation.objects.filter(team=row, member=member, state=Invited.OPEN)
    invitations.update(state=Invited.ACCEPTED, answered_at=now)
    return _stay(row, member, Role.MEMBER, now)


@transaction.atomic
def leave(team: Team, member: User, now: datetime | None = None) -> None:
    """Leave a team. An owner alone in it closes it so. Raises Refused `not_a_member`, `last_owner`."""
    now = now or timezone.now()
    row = locked(team)
    mine = _stay_of(row, member.uuid)
    if mine.role == Role.OWNER:
        if Membership.objects.current().filter(team=row).exclude(pk=mine.pk).exists():
            raise refused("last_owner")
        _end(row, now)
        return
    _leave(mine, now)


@transaction.atomic
def remove(team: Team, person: UUID, by: User, now: datetime | None = None) -> None:
    """Put somebody out of a team: its owner and staff anybody but the owner, a captain who is no captain.

    Raises Refused `not_a_member`, `owner_stays`, `not_permitted`.
    """
    row = locked(team)
    theirs = _stay_of(row, person)
    mine = Membership.objects.current().filter(team=row, member=by).first()
    if theirs.role == Role.OWNER:
        raise refused("owner_stays")
    may_lead = mine and mine.leads and (mine.role == Role.OWNER or theirs.role == Role.MEMBER)
    if not may_lead and not staffing.runs_game(by):
        raise refused("not_permitted")
    note(row, by, {"removed": str(person)}, person=theirs.member)
    _leave(theirs, now or timezone.now())


@transaction.atomic
def appoint(team: Team, person: UUID, role: str, *, by: User | None = None) -> Membership:
    """Make somebody of a team its captain or a member; as its owner the team is handed over, and who owned it is a captain.

    Raises Refused `not_a_member`, `already_owner`, `owner_stays`.
    """
    row = locked(team)
    theirs = _stay_of(row, person)
    if theirs.role == Role.OWNER:
        raise refused("already_owner" if role == Role.OWNER else "owner_stays")
    if theirs.role != role:
        note(row, by, {"appointed": str(role), "was": theirs.role}, person=theirs.member)
    if role == Role.OWNER:
        Membership.objects.current().filter(team=row, role=Role.OWNER).update(role=Role.CAPTAIN)
    theirs.role = role
    theirs.save(update_fields=["role"])
    return theirs


def mend() -> int:
    """Give teams whose owner's account is gone to who leads them, or has been there longest; empty ones are closed."""
    mended = 0
    for team in Team.objects.standing().exclude(memberships__left_at=None, memberships__role=Role.OWNER):
        with transaction.atomic():
            row = Team.objects.select_for_update().get(pk=team.pk)
            stays = list(Membership.objects.current().filter(team=row).order_by("joined_at", "id"))
            if row.closed_at or any(stay.role == Role.OWNER for stay in stays):
                continue
            if stays:
                heir = min(stays, key=lambda stay: stay.role != Role.CAPTAIN)
                Membership.objects.filter(pk=heir.pk).update(role=Role.OWNER)
            else:
                _end(row, timezone.now())
        mended += 1
    return mended


def note(
    team: Team, by: User | None, detail: Mapping[str, Any], what: str = "team.changed", *, person: User | None = None
) -> None:
    """Write the line of the audit log where `by` is of the staff and does not lead the team; before the team is another."""
    if by is None or not by.is_staff:
        return
    stays = list(Membership.objects.current().filter(team=team).select_related("member"))
    owner = next((stay.member for stay in stays if stay.role == Role.OWNER), None)
    leads = any(stay.leads for stay in stays if stay.member == by)
    audit.note_over(by, what, team, owner.pk if owner else None, detail, takes_part=lambda: leads, person=person)


def locked(team: Team) -> Team:
    """Return a team's row, locked until the transaction ends. Raises Refused `team_closed`."""
    row = Team.objects.select_for_update().get(pk=team.pk)
    if row.closed_at is not None:
        raise refused("team_closed")
    return row


def clean_name(text: str) -> str:
    """Return a name in NFKC, with single blanks. Raises Refused `too_short`, `too_long`, `invalid_characters`."""
    if not text.isprintable():
        raise Refused("invalid_characters", _("There are characters in this name that nobody sees."), "name")
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if len(name) < MIN_NAME or not any(character.isalnum() for character in name):
        raise Refused("too_short", _("A name has at least two characters, a letter or digit among them."), "name")
    if len(name) > MAX_NAME:
        raise Refused("too_long", _("A name has at most 40 characters."), "name")
    return name


def refused(code: str, field: str = "") -> Refused:
    """Return the refusal of this code."""
    return Refused(code, REFUSALS[code], field)


def _lock_member(member: User) -> None:
    User.objects.select_for_update(no_key=True).only("pk").get(pk=member.pk)


def _not_in_a_team(member: User) -> None:
    if Membership.objects.current().filter(member=member).exists():
        raise refused("already_in_team")


def _stay(team: Team, member: User, role: Role, now: datetime | None = None) -> Membership:
    return Membership.objects.create(team=team, member=member, role=role, joined_at=now or timezone.now())


def _stay_of(team: Team, person: UUID) -> Membership:
    row = Membership.objects.current().filter(team=team, member__uuid=person).select_related("member").first()
    if row is None:
        raise refused("not_a_member")
    return row


def _leave(stay: Membership, now: datetime) -> None:
    """End a stay; not before it began, however the clock went."""
    stay.left_at = max(now, stay.joined_at)
    stay.save(update_fields=["left_at"])


def _end(team: Team, now: datetime) -> None:
    team.closed_at = now
    team.save(update_fields=["closed_at"])
    stays = Membership.objects.current().filter(team=team)
    stays.filter(joined_at__lt=to_micros(now)).update(left_at=to_micros(now))
    for stay in stays.all():
        _leave(stay, now)
    TeamInvitation.objects.filter(team=team, state=Invited.OPEN).update(state=Invited.WITHDRAWN, answered_at=now)
    TeamLink.objects.filter(team=team, withdrawn_at=None).update(withdrawn_at=now)
