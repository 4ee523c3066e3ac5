"""Users."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stats.ids import uuid7


class User(AbstractUser):
    """A member of the site. Outside the database a user is known by `uuid`, never by the number."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    locale = models.CharField(_("language"), max_length=12, blank=True)
    theme = models.CharField(_("theme"), max_length=6, default="system")
    avatar = models.ImageField(_("avatar"), upload_to="avatars/", blank=True)
    bio = models.CharField(_("about you"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.username
