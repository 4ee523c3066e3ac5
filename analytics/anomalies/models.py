"""What each day was expected to bring, and who was told in the morning."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Expectation(models.Model):
    """The range in which a headline number was expected on a day, and what it was.

    Whole numbers in the metric's own unit: people, plays, milliseconds, minor units of a currency. `typical` is the median
    of the `seen` earlier days of the same weekday that the range is made of.
    """

    metric = models.CharField(max_length=40)
    day = models.DateField()
    low = models.BigIntegerField()
    high = models.BigIntegerField()
    typical = models.BigIntegerField()
    least = models.BigIntegerField()
    most = models.BigIntegerField()
    seen = models.PositiveSmallIntegerField()
    actual = models.BigIntegerField()
    is_unusual = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["metric", "day"], name="analytics_expectation_once_a_day")]
        indexes = [
            models.Index(fields=["-day"], condition=models.Q(is_unusual=True), name="analytics_expectation_unusual")
        ]

    def __str__(self) -> str:
        return f"{self.metric} on {self.day}"


class When(models.TextChoices):
    """On which mornings somebody of the staff wants the mail. Stored: never rename a value."""

    UNUSUAL = "unusual", _("When yesterday was unusual")
    DAILY = "daily", _("Every morning")
    NEVER = "never", _("Never")


class MailWish(models.Model):
    """When somebody wants the morning mail; who said nothing gets it after unusual days."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="morning_mail")
    wish = models.CharField(max_length=7, choices=When.choices, default=When.UNUSUAL)


class MorningMail(models.Model):
    """That somebody's mail about a day is taken care of: claimed before it is sent, so that nobody gets it twice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    day = models.DateField()
    claimed_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="analytics_morningmail_once_a_day")]
