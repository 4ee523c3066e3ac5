"""Erasures that were begun: what is kept of them until nothing is left to do."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Erasure(models.Model):
    """That a member is being erased: the row goes with the member's name, so one that stays was not finished.

    `by` is who of the staff does it, None for the member and for the machine's owner. It may be taken up again at
    `next_at`; `error` is the name of what stopped it last.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="erasure")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField()
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        app_label = "accounts"

    def __str__(self) -> str:
        return f"{self.user} since {self.begun_at:%Y-%m-%d}"
