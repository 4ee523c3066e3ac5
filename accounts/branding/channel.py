"""Changing and showing how a channel looks."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts import entitlements
from accounts.branding.models import Branding
from accounts.features import Feature
from accounts.models import User
from stats import ledger
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind


def of(user: User) -> Branding | None:
    """Return how the channel looks to everybody; None without the feature.

    Two queries where somebody chose a look and `branding` was selected with the user, else none; one more without that.
    """
    found = getattr(user, "branding", None)
    return found if found and entitlements.has_feature(user, Feature.CUSTOM_BRANDING) else None


def chosen(user: User) -> Branding | None:
    """Return what a member chose, whether it is shown or not. One query."""
    return Branding.objects.filter(user=user).first()


def change(user: User, accent: str, tagline: str, banner: bytes | None = None, *, no_banner: bool = False) -> Branding:
    """Keep what a member chose; it counts as one use of the feature. Raises FeatureNotIncluded, changing nothing."""
    if not entitlements.has_feature(user, Feature.CUSTOM_BRANDING):
        raise entitlements.FeatureNotIncluded
    old: str | None = ""
    with ledger.recording():
        User.objects.select_for_update().get(pk=user.pk)
        branding, _ = Branding.objects.get_or_create(user=user)
        branding.accent, branding.tagline = accent, tagline
        if banner is not None or no_banner:
            old = branding.banner.name
            branding.banner = ""
        if banner is not None:
            branding.banner.save(f"{uuid7().hex}.webp", ContentFile(banner), save=False)
        branding.save()
        ledger.record(Kind.FEATURE_USED, user_actor(user.uuid), feature=Feature.CUSTOM_BRANDING.value)
    if old:
        default_storage.delete(old)
    return branding
