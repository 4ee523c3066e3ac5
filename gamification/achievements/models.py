"""Achievements as staff write them, in versions, and the queues of what has to be looked at again."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gamification.achievements.criteria import Rarity
from stats.fields import InstantField


def rarities() -> list[tuple[str, str]]:
    """Return the rarities with their words."""
    words = {
        Rarity.COMMON: _("Common"),
        Rarity.RARE: _("Rare"),
        Rarity.EPIC: _("Epic"),
        Rarity.LEGENDARY: _("Legendary"),
    }
    return [(rarity.value, str(words[rarity])) for rarity in Rarity]


class Achievement(models.Model):
    """Something that can be unlocked. What it asks for is said by its `current` version; 0: none is published yet.

    `key` is what unlocks are stored under. A retired one is not given any more; who has it keeps it.
    """

    key = models.SlugField(unique=True, max_length=64)
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    current = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(_("position"), default=100)
    is_retired = models.BooleanField(_("retired"), default=False)
    holders = models.BigIntegerField(_("members who have it"), default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("position", "id")
        verbose_name = _("achievement")
        verbose_name_plural = _("achievements")

    def __str__(self) -> str:
        return self.key


class AchievementVersion(models.Model):
    """What an achievement is called, asks for and gives, from one publishing to the next. Never changed once published.

    `tiers` is a list of {"threshold", "points", "rarity"}, thresholds ascending; `every` makes it repeatable: another
    tier for each such step beyond the last.
    """

    achievement = models.ForeignKey(Achievement, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=300)
    category = models.CharField(_("category"), max_length=40, blank=True)
    icon = models.CharField(_("icon"), max_length=40, blank=True)
    numeral = models.CharField(_("numeral"), max_length=4, blank=True)
    color = models.CharField(_("badge colour"), max_length=7, blank=True)
    metric = models.CharField(_("metric"), max_length=64)
    window = models.CharField(_("window"), max_length=8, default="all")
    tiers = models.JSONField(_("tiers"), default=list)
    every = models.FloatField(_("repeated every"), default=0)
    is_hidden = models.BooleanField(_("hidden until unlocked"), default=False)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["achievement", "number"], name="gamification_achievementversion_once"),
            models.CheckConstraint(condition=Q(every__gte=0), name="gamification_achievementversion_every"),
        ]
        verbose_name = _("version")
        verbose_name_plural = _("versions")

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class Withheld(models.Model):
    """An achievement that staff took from a member, who does not get it again."""

    achievement = models.ForeignKey(Achievement, models.CASCADE, related_name="withheld")
    actor = models.UUIDField()
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "achievement"], name="gamification_withheld_once")]
        verbose_name = _("withheld achievement")
        verbose_name_plural = _("withheld achievements")

    def __str__(self) -> str:
        return f"{self.achievement} · {self.actor}"


class Recheck(models.Model):
    """A queue: members whose achievements over computed numbers are to be looked at, because of what happened at `at`."""

    actor = models.UUIDField(primary_key=True)
    at = InstantField()
    is_quiet = models.SmallIntegerField(db_default=0)


class Backfill(models.Model):
    """How far the members of before have been looked at for a newly published version: all up to `after`."""

    achievement = models.ForeignKey(Achievement, models.CASCADE, related_name="backfills")
    version = models.PositiveIntegerField()
    after = models.UUIDField(null=True)
    unlocked = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(F("started_at"), condition=Q(finished_at=None), name="gamification_backfill_open")]
