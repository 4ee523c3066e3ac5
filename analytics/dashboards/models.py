"""What staff keep beside the numbers: notes on the time axis."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Annotation(models.Model):
    """A sentence about a day of the site, shown on every chart over time: a release, a campaign, an outage."""

    day = models.DateField(_("day"), db_index=True)
    text = models.CharField(_("what happened"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        ordering = ["day", "id"]
        verbose_name = _("annotation")
        verbose_name_plural = _("annotations")

    def __str__(self) -> str:
        return f"{self.day}: {self.text}"
