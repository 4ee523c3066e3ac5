"""What credentials need to know: what an achievement was when it was unlocked, who has it, what was taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from gamification.achievements.criteria import LESS_IS_MORE
from gamification.achievements.models import AchievementVersion
from gamification.credentials.documents import Described
from gamification.credentials.models import Credential, SigningKey
from gamification.models import Unlock
from stats import compute


@dataclass(frozen=True, slots=True)
class Own:
    """An unlock that stands, what it was for, and its credential, if there is one."""

    unlock: Unlock
    described: Described
    credential: Credential | None


def standing(person: UUID, name: str, tier: int) -> Unlock | None:
    """Return what a member has unlocked, unless it was taken back. One query."""
    return Unlock.objects.filter(actor=person, name=name, tier=tier, cycle__gt=F("revoked")).first()


def own(user: User, name: str, tier: int) -> Own | None:
    """Return a member's unlock with its credential; None where there is none. Three queries."""
    unlock = standing(user.uuid, name, tier)
    described = describe(name, tier, unlock.version) if unlock else None
    if unlock is None or described is None:
        return None
    credential = of(user).filter(name=name, tier=tier, cycle=unlock.cycle).first()
    return Own(unlock, described, credential)


def of(user: User) -> QuerySet[Credential]:
    """Return what a member has taken along, the newest first."""
    return Credential.objects.filter(user=user).select_related("key").order_by("-issued_at", "-id")


def describe(name: str, tier: int, version: int | None = None) -> Described | None:
    """Return a tier of an achievement as a version has it, or as it is published now. One query.

    None for what there is not, was never published, or has no such tier.
    """
    return described([(name, tier, version)]).get((name, tier, version))


def described(wanted: Iterable[tuple[str, int, int | None]]) -> dict[tuple[str, int, int | None], Described]:
    """Return many at once, each with the version wanted or that of now. One query."""
    wanted = list(wanted)
    rows = AchievementVersion.objects.filter(
        achievement__key__in={name for name, _tier, _version in wanted}, published_at__isnull=False
    ).select_related("achievement")
    by_number = {(row.achievement.key, row.number): row for row in rows}
    current = {row.achievement.key: row.achievement.current for row in rows}
    found = {}
    for name, tier, version in wanted:
        row = by_number.get((name, version or current.get(name, 0))) or by_number.get((name, current.get(name, 0)))
        if row is not None and tier >= 1 and (tier <= len(row.tiers) or row.every):
            found[name, tier, version] = _described(row, tier)
    return found


def told(name: str, tier: int, person: UUID | None) -> Described | None:
    """Return an achievement as somebody may see it. At most four queries.

    Of a hidden one everybody sees what the newest credential says of it, and nobody else's version: verifiers need the
    address that stands in the credential. Before there is a credential, only who has it sees it.
    """
    current = AchievementVersion.objects.filter(achievement__key=name, number=F("achievement__current"))
    if not current.filter(is_hidden=True).exists():
        return describe(name, tier)
    known = Credential.objects.filter(name=name, tier=tier, user__is_active=True).order_by("-issued_at", "-id").first()
    shown = known or (standing(person, name, tier) if person else None)
    return describe(name, tier, shown.version) if shown else None


def credential(uuid: UUID) -> Credential | None:
    """Return a credential, of whomever; none of a member whose account is closed. One query."""
    rows = Credential.objects.select_related("user", "key")
    return rows.filter(uuid=uuid, user__is_active=True).first()


def revoked() -> QuerySet[Credential]:
    """Return the credentials that hold no more: the unlock was taken back, or a key's word was. One query.

    While the member has the achievement, one of an earlier time holds too: late facts move the instant by unlocking anew.
    """
    stands = Unlock.objects.filter(
        actor=OuterRef("user__uuid"), name=OuterRef("name"), tier=OuterRef("tier"), cycle__gt=F("revoked")
    )
    return Credential.objects.filter(~Exists(stands) | Q(key__revoked_at__isnull=False)).order_by("id")


def is_revoked(row: Credential) -> bool:
    """Whether one credential holds no more. One query."""
    return revoked().filter(pk=row.pk).exists()


def public_keys() -> QuerySet[SigningKey]:
    """Return the keys whose word counts, the newest first."""
    return SigningKey.objects.filter(revoked_at=None).order_by("-created_at", "-id")


def _described(row: AchievementVersion, tier: int) -> Described:
    """Return a tier in words."""
    steps = row.tiers
    step = steps[min(tier, len(steps)) - 1]
    criteria = row.description
    metric = compute.registry().get(row.metric)
    if tier > 1 and metric is not None:
        words = _("%(description)s (%(metric)s: at most %(threshold)s)")
        if row.metric not in LESS_IS_MORE:
            words = _("%(description)s (%(metric)s: at least %(threshold)s)")
        threshold = step["threshold"] + max(0, tier - len(steps)) * row.every
        criteria = words % {"description": row.description, "metric": metric.label, "threshold": f"{threshold:g}"}
    name = row.name if tier == 1 else _("%(name)s, tier %(tier)d") % {"name": row.name, "tier": tier}
    return Described(
        row.achievement.key, tier, name, row.description, criteria, step["rarity"], row.icon, row.numeral, row.color
    )
