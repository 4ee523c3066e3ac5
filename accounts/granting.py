"""Giving single features to single members, and taking them away, whatever the plan says."""

from datetime import datetime

from django.db import transaction

from accounts import audit, entitlements
from accounts.features import Feature
from accounts.models import FeatureGrant, User


@transaction.atomic
def decide(
    user: User, feature: Feature, granted: bool, *, until: datetime | None = None, text: str = "", by: User | None
) -> FeatureGrant:
    """Give `user` the feature, or take it away, until then (for ever without), with a text that the member can read."""
    row, _is_new = FeatureGrant.objects.update_or_create(
        user=user, feature=feature.value, defaults={"granted": granted, "expires_at": until, "note": text}
    )
    entitlements.forget(user)
    detail = {"feature": feature.value, "until": until.isoformat() if until else None, "text": text}
    audit.note(by, "feature.granted" if granted else "feature.denied", user, detail)
    return row


@transaction.atomic
def leave_to_plan(user: User, feature: Feature, *, by: User | None) -> bool:
    """Take a grant or denial back. Returns False, noting nothing, if there was none."""
    number, _by_model = FeatureGrant.objects.filter(user=user, feature=feature.value).delete()
    if not number:
        return False
    entitlements.forget(user)
    audit.note(by, "feature.reset", user, {"feature": feature.value})
    return True
