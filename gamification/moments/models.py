"""The table of moments."""

from django.db import models
from django.db.models import Q

from stats.fields import InstantField


class MomentKind(models.TextChoices):
    """What a moment tells of. Stored: never rename a value."""

    LEVEL = "level"
    UNLOCK = "unlock"
    STREAK = "streak"
    DIGEST = "digest"


class Moment(models.Model):
    """Something that happened to a member and is worth telling once.

    `ref` says what: the level, the achievement's `key:tier`, the streak's days; nothing for a digest, whose `amount`
    counts the achievements that a member turned out to have earned before. `earned_at` is when it was earned, `told_at`
    when it was found, `shown_at` when the member saw it.
    """

    actor = models.UUIDField()
    kind = models.CharField(max_length=16, choices=MomentKind.choices)
    ref = models.CharField(max_length=128, blank=True)
    amount = models.BigIntegerField(default=0)
    earned_at = InstantField()
    told_at = InstantField()
    shown_at = InstantField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "kind", "ref"], name="gamification_moment_once")]
        indexes = [
            models.Index(fields=["actor", "id"], condition=Q(shown_at=None), name="gamification_moment_waiting"),
            models.Index(fields=["told_at"], name="gamification_moment_told_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"
