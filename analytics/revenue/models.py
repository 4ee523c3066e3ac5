"""What is derived from the ledgers of subscriptions and payments, so that a year of them is read in a moment.

No row has a foreign key, as of all projections; plans and members are never deleted.
"""

from django.db import models
from django.db.models import Q

from stats.fields import InstantField


class RevenueSpell(models.Model):
    """A subscription of one plan at one run rate (a year's, in minor units; 0 where nobody pays), until the clock ends it."""

    pk = models.CompositePrimaryKey("subscription_id", "since")
    subscription_id = models.BigIntegerField()
    since = InstantField()
    until = InstantField()
    user_id = models.BigIntegerField()
    plan_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    rate = models.BigIntegerField()

    class Meta:
        app_label = "analytics"
        indexes = [
            models.Index(fields=["user_id"], name="analytics_spell_user"),
            models.Index(fields=["since"], name="analytics_spell_since", condition=Q(rate__gt=0)),
            models.Index(
                fields=["until"],
                include=["since", "currency", "plan_id", "rate", "user_id"],
                name="analytics_spell_until",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} from {self.since:%Y-%m-%d}"


class RevenueMove(models.Model):
    """What one member's run rate in one currency changed by over one site day."""

    pk = models.CompositePrimaryKey("user_id", "currency", "day")
    user_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    day = models.DateField()
    movement = models.CharField(max_length=12)
    before = models.BigIntegerField()
    after = models.BigIntegerField()
    cohort = models.DateField()
    plan_id = models.BigIntegerField()

    class Meta:
        app_label = "analytics"
        indexes = [
            models.Index(
                fields=["currency", "day", "user_id"], include=["before", "after", "cohort"], name="analytics_move_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}: {self.movement}"


class RevenueDay(models.Model):
    """The moves of a day, by what they are and the month in which their members first paid."""

    pk = models.CompositePrimaryKey("currency", "day", "movement", "cohort")
    currency = models.CharField(max_length=3)
    day = models.DateField()
    movement = models.CharField(max_length=12)
    cohort = models.DateField()
    amount = models.BigIntegerField()
    moves = models.IntegerField()
    people = models.IntegerField()

    class Meta:
        app_label = "analytics"
        indexes = [models.Index(fields=["day"], name="analytics_revenueday_void", condition=Q(moves=0))]

    def __str__(self) -> str:
        return f"{self.day} {self.movement} {self.currency}"


class TakingsDay(models.Model):
    """What was paid and given back on a site day, by what for and where from. Empty and 0 are unknown or of no plan."""

    pk = models.CompositePrimaryKey("currency", "day", "product", "plan_id", "country")
    currency = models.CharField(max_length=3)
    day = models.DateField()
    product = models.CharField(max_length=12)
    plan_id = models.BigIntegerField()
    country = models.CharField(max_length=2)
    payments = models.IntegerField()
    refunds = models.IntegerField()
    paid_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField()

    class Meta:
        app_label = "analytics"

    def __str__(self) -> str:
        return f"{self.day} {self.product} {self.currency}"
