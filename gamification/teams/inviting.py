"""Into a team one is asked by name, or by a link that expires. Each function is one transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import names
from accounts.models import User
from gamification.refusals import Refused
from gamification.teams import forming
from gamification.teams.models import Invited, Membership, Team, TeamInvitation, TeamLink

LASTS = timedelta(days=14)
LINK_LASTS = timedelta(days=7)
MOST_OPEN = 50
MOST_LINKS = 5
SALT = "gamification.teams"

REFUSALS = {
    "not_invitable": gettext_lazy("Nobody with this name takes your invitation."),
    "already_member": gettext_lazy("This member is in the team already."),
    "already_invited": gettext_lazy("This member is asked already."),
    "too_many_invitations": gettext_lazy("50 members are asked and have not answered. Withdraw an invitation first."),
    "too_many_links": gettext_lazy("There are five links. Withdraw one first."),
    "invitation_over": gettext_lazy("This invitation holds no longer."),
    "link_over": gettext_lazy("This link holds no longer. Ask for another one."),
}


@transaction.atomic
def invite(team: Team, username: str, by: User, now: datetime | None = None) -> TeamInvitation:
    """Ask a member into a team, by name in any spelling.

    Raises Refused `not_invitable` for nobody's name as for who wants no invitations, `already_member`, `already_invited`,
    `too_many_invitations`, `team_closed`.
    """
    now = now or timezone.now()
    row = forming.locked(team)
    person = User.objects.filter(
        username_key=names.key_of(username.replace("\0", "").strip().removeprefix("@")), is_active=True
    ).first()
    if person is None or not _takes_invitations(person, by):
        raise _refused("not_invitable", "username")
    if Membership.objects.current().filter(team=row, member=person).exists():
        raise _refused("already_member", "username")
    _lapse(row, now)
    waiting = TeamInvitation.objects.filter(team=row, state=Invited.OPEN)
    if waiting.filter(member=person).exists():
        raise _refused("already_invited", "username")
    if waiting.count() >= MOST_OPEN:
        raise _refused("too_many_invitations")
    invitation = TeamInvitation.objects.create(
        team=row, member=person, invited_by=by, created_at=now, expires_at=now + LASTS
    )
    forming.note(row, by, {"invited": str(person.uuid)}, person=person)
    _tell(invitation)
    return invitation


@transaction.atomic
def accept(invitation: TeamInvitation, now: datetime | None = None) -> Membership:
    """Join the team. Raises Refused `invitation_over`, or as `forming.join` does; the invitation then stays open."""
    now = now or timezone.now()
    forming.locked(invitation.team)
    if not _open(invitation, now).exists():
        raise _refused("invitation_over")
    return forming.join(invitation.team, invitation.member, now, is_asked=True)


def decline(invitation: TeamInvitation, now: datetime | None = None) -> None:
    """Say no. Raises Refused `invitation_over`."""
    _answer(invitation, Invited.DECLINED, now)


@transaction.atomic
def withdraw(invitation: TeamInvitation, now: datetime | None = None, *, by: User | None = None) -> None:
    """Ask no longer. Raises Refused `invitation_over`."""
    _answer(invitation, Invited.WITHDRAWN, now)
    forming.note(invitation.team, by, {"no_longer_invited": str(invitation.member.uuid)}, person=invitation.member)


@transaction.atomic
def make_link(team: Team, by: User, now: datetime | None = None) -> TeamLink:
    """Make a link into a team. Raises Refused `too_many_links`, `team_closed`."""
    now = now or timezone.now()
    row = forming.locked(team)
    if TeamLink.objects.filter(team=row, withdrawn_at=None, expires_at__gt=now).count() >= MOST_LINKS:
        raise _refused("too_many_links")
    forming.note(row, by, {"changed": ["links"]})
    return TeamLink.objects.create(team=row, made_by=by, created_at=now, expires_at=now + LINK_LASTS)


@transaction.atomic
def withdraw_link(link: TeamLink, now: datetime | None = None, *, by: User | None = None) -> None:
    """Let nobody join by a link any more. Again changes nothing."""
    if TeamLink.objects.filter(pk=link.pk, withdrawn_at=None).update(withdrawn_at=now or timezone.now()):
        forming.note(link.team, by, {"changed": ["links"]})


def token_of(link: TeamLink) -> str:
    """Return what the link's address ends with."""
    return signing.Signer(salt=SALT, sep=".").sign(link.uuid.hex)


def linked(token: str, now: datetime | None = None) -> TeamLink:
    """Return the link of a token. Raises Refused `link_over`, for forged ones as for old ones. One query."""
    try:
        uuid = UUID(signing.Signer(salt=SALT, sep=".").unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise _refused("link_over") from error
    rows = TeamLink.objects.filter(uuid=uuid, withdrawn_at=None, expires_at__gt=now or timezone.now())
    link = rows.filter(team__closed_at=None).select_related("team", "made_by").first()
    if link is None:
        raise _refused("link_over")
    return link


@transaction.atomic
def join_by(token: str, member: User, now: datetime | None = None) -> Membership:
    """Join the team that a link leads to. Raises Refused `link_over`, or as `forming.join` does."""
    now = now or timezone.now()
    forming.locked(linked(token, now).team)
    return forming.join(linked(token, now).team, member, now, is_asked=True)


def _open(invitation: TeamInvitation, now: datetime) -> QuerySet[TeamInvitation]:
    return TeamInvitation.objects.filter(pk=invitation.pk, state=Invited.OPEN, expires_at__gt=now, team__closed_at=None)


def _answer(invitation: TeamInvitation, state: Invited, now: datetime | None) -> None:
    now = now or timezone.now()
    if not _open(invitation, now).update(state=state, answered_at=now):
        raise _refused("invitation_over")


def _lapse(team: Team, now: datetime) -> None:
    """Withdraw what has expired, so that the same member may be asked again."""
    old = TeamInvitation.objects.filter(team=team, state=Invited.OPEN, expires_at__lte=now)
    old.update(state=Invited.WITHDRAWN, answered_at=now)


def _takes_invitations(person: User, by: User) -> bool:
    return bool(import_string(settings.TAKES_INVITATIONS)(person, by))


def _tell(invitation: TeamInvitation) -> None:
    import_string(settings.TELL_MEMBERS)(
        "team",
        [invitation.member],
        by=invitation.invited_by,
        title=gettext_noop("%(name)s asks you into the team “%(team)s”"),
        words={"name": invitation.invited_by.display_name, "team": invitation.team.name},
        address=reverse("teams:list"),
        cause=f"team_invitation:{invitation.team.uuid}:{invitation.member.uuid}",
    )


def _refused(code: str, field: str = "") -> Refused:
    return Refused(code, REFUSALS[code], field)
