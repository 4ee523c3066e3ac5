"""How a channel looks."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Accent(models.TextChoices):
    """The colour of a channel: eight that can be read in both themes."""

    PETROL = "petrol", _("Petrol")
    BLUE = "blue", _("Blue")
    VIOLET = "violet", _("Violet")
    PLUM = "plum", _("Plum")
    RED = "red", _("Red")
    COPPER = "copper", _("Copper")
    MOSS = "moss", _("Moss")
    SLATE = "slate", _("Slate")


class Branding(models.Model):
    """What a member chose. It is shown while they have the feature, and kept when they have not."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="branding")
    accent = models.CharField(_("colour"), max_length=8, choices=Accent.choices, default=Accent.PETROL)
    banner = models.ImageField(_("banner"), upload_to="banners/", blank=True)
    tagline = models.CharField(_("one line under the banner"), max_length=100, blank=True)

    class Meta:
        app_label = "accounts"
        verbose_name = _("channel branding")
        verbose_name_plural = _("channel branding")

    def __str__(self) -> str:
        return f"{self.user}: {self.get_accent_display()}"
