"""Users, plans, subscriptions, grants."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import AddressField, UsernameField, UsernameKeyField
from stats.ids import uuid7


class Theme(models.TextChoices):
    """How a member wants the pages to look."""

    SYSTEM = "system", _("As on the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserManager(DjangoUserManager):
    """Django's, with a superuser whose address needs no code."""

    @transaction.atomic
    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> "User":
        """Make a superuser whose e-mail address counts as verified."""
        user = super().create_superuser(username, email, password, **extra_fields)
        if user.email:
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class User(AbstractUser):
    """A member of the site. Outside the database a user is known by `uuid`, never by the number."""

    date_joined = None  # `created_at` says it
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    username = UsernameField(
        _("username"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("This username is not available.")},
    )
    username_key = UsernameKeyField(max_length=600, unique=True, editable=False)
    email = AddressField(_("e-mail address"), max_length=254, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    locale = models.CharField(_("language"), max_length=12, blank=True)
    theme = models.CharField(_("theme"), max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)
    bio = models.CharField(_("about you"), max_length=300, blank=True)
    opted_out = models.BooleanField(_("not counted in page statistics"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.username

    @property
    def display_name(self) -> str:
        """The full name, or the username of who gave none."""
        return self.get_full_name() or self.username
