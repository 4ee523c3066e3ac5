"""The keys that credentials are signed with, and the credentials that members have taken with them."""

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


def new_name() -> str:
    """Return a name for a key: it stands in the key's address."""
    return secrets.token_hex(8)


class SigningKey(models.Model):
    """An RSA key for RS256. One at a time signs; retired ones still vouch for what they signed, unless revoked.

    `private` is a PEM that only this site's secret key opens.
    """

    name = models.CharField(max_length=16, unique=True, default=new_name, editable=False)
    algorithm = models.CharField(max_length=10, default="RS256", editable=False)
    public = models.JSONField()
    private = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm"], condition=Q(retired_at=None), name="gamification_signingkey_one_signs"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(retired_at__isnull=False), name="gamification_signingkey_revoked_rests"
            ),
        ]


class Credential(models.Model):
    """One unlock of one member as a signed text, made when the member first asks for it.

    Its address is known to whom the member gives it. It holds while the unlock does: see `queries.revoked`.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="credentials")
    name = models.CharField(max_length=64)
    tier = models.IntegerField()
    cycle = models.IntegerField()
    version = models.IntegerField()
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="credentials")
    identity = models.CharField(max_length=80)
    salt = models.CharField(max_length=32)
    text = models.TextField()
    issued_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name", "tier", "cycle"], name="gamification_credential_once")
        ]
        indexes = [models.Index(fields=["name", "tier"], name="gamification_credential_name")]
