"""Members bring others along: by a link, within 30 days of its first opening, once the new address is confirmed.

Nobody refers themselves: in a browser in which a member has looked at their own link, nobody counts as brought along.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import InviteCode, Referral, User
from stats import ledger
from stats.actors import user_actor
from stats.ids import derived
from stats.kinds import Kind

COOKIE = "__Host-invited" if settings.PRODUCTION else "invited"
SALT = "accounts.referrals"
WINDOW = timedelta(days=30)
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 8
OWN = "own:"
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Brought:
    """How many signed up by somebody's link, and how many of them have confirmed their address."""

    signed_up: int
    confirmed: int

    @property
    def waiting(self) -> int:
        """Who has not confirmed the address yet."""
        return self.signed_up - self.confirmed


def code_of(user: User) -> str:
    """Return the code of a member's link, made when it is first asked for."""
    made = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return InviteCode.objects.get_or_create(user=user, defaults={"code": made})[0].code


def referrer_of(code: str) -> User | None:
    """Return whose link has this code, nobody for one that is gone. One query."""
    return User.objects.filter(invite_code__code=code, is_active=True).first()


def touch(request: HttpRequest, response: HttpResponse, code: str) -> None:
    """Let the browser keep by whose link it came first; a later link within 30 days changes nothing."""
    if not _kept(request):
        _keep(response, code)


def touch_own(response: HttpResponse, code: str) -> None:
    """Let the browser keep that this is the referrer's own."""
    _keep(response, OWN + code)


def note(member: User, request: HttpRequest) -> None:
    """Keep who brought a new member along, inside the caller's transaction. One query where there is a cookie."""
    code = _kept(request)
    referrer = referrer_of(code) if code and not code.startswith(OWN) else None
    if referrer is not None and referrer.pk != member.pk:
        Referral.objects.create(member=member, referrer=referrer)


def confirm(member: User) -> None:
    """Record the referral of a member with a confirmed address, inside the caller's `ledger.recording()`; once."""
    waiting = Referral.objects.filter(
        member=member, confirmed_at=None, member__emailaddress__verified=True, member__is_active=True
    )
    row = waiting.select_related("referrer").first()
    if row is None:
        return
    Referral.objects.filter(pk=row.pk).update(confirmed_at=timezone.now())
    ledger.record(
        Kind.REFERRAL,
        user_actor(row.referrer.uuid),
        target=str(member.uuid),
        event_id=derived(Kind.REFERRAL, member.uuid),
    )


def brought_by(user: User) -> Brought:
    """Return how many a member has brought along. One query."""
    told = Referral.objects.filter(referrer=user).aggregate(
        signed_up=Count("pk"), confirmed=Count("pk", filter=Q(confirmed_at__isnull=False))
    )
    return Brought(**told)


def _kept(request: HttpRequest) -> str:
    """Return what the browser keeps, '' for nothing, for what was not signed here, and after 30 days."""
    token = request.COOKIES.get(COOKIE, "")
    if not token or len(token) > LONGEST:
        return ""
    try:
        return signing.TimestampSigner(salt=SALT).unsign(token, WINDOW)
    except signing.BadSignature:
        return ""


def _keep(response: HttpResponse, text: str) -> None:
    response.set_cookie(
        COOKIE,
        signing.TimestampSigner(salt=SALT).sign(text),
        max_age=WINDOW,
        secure=settings.PRODUCTION,
        httponly=True,
        samesite="Lax",
    )
