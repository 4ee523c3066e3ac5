"""Advertisements."""

from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stats.ids import uuid7


class Place(models.TextChoices):
    """Where an advertisement stands."""

    BROWSE = "browse", _("Browse")
    ITEM = "item", _("Beside an item")


class AdvertisementQuerySet(models.QuerySet["Advertisement"]):
    """Filters."""

    def running(self, now: object) -> "AdvertisementQuerySet":
        """Those that are shown at `now`."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), is_active=True, starts_at__lte=now)


class Advertisement(models.Model):
    """A text with a link, shown for a time in one place, more often the greater its weight."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    place = models.CharField(_("place"), max_length=6, choices=Place.choices)
    title = models.CharField(_("title"), max_length=80)
    text = models.CharField(_("text"), max_length=160, blank=True)
    sponsor = models.CharField(_("sponsor"), max_length=60, help_text=_("Stands beside the word “Advertising”."))
    link = models.URLField(_("link"), max_length=500, validators=[URLValidator(schemes=["https"])])
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    starts_at = models.DateTimeField(_("shown from"), default=timezone.now)
    ends_at = models.DateTimeField(_("shown until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = AdvertisementQuerySet.as_manager()

    class Meta:
        app_label = "accounts"
        ordering = ["-starts_at", "-id"]
        verbose_name = _("advertisement")
        verbose_name_plural = _("advertisements")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="accounts_advertisement_ends_after_start",
                violation_error_message=_("It ends before it starts."),
            )
        ]

    def __str__(self) -> str:
        return self.title
