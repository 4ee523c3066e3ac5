"""Boards as they were: the first of a board as last taken, and the weeks and months that are over."""

from django.db import models

from stats.fields import InstantField


class Snapshot(models.Model):
    """The first of a board as of an instant, replaced whole.

    `rows` are [rank, person's 32 digits, points, since when] in order; `entry` is the ledger's last entry by then.
    """

    pk = models.CompositePrimaryKey("board", "period")
    board = models.TextField()
    period = models.TextField()
    as_of = InstantField()
    entry = models.BigIntegerField()
    rows = models.JSONField()


class Closing(models.Model):
    """A week or a month that is over and stays as it was: what was earned in it and posted before `closed_at`.

    `begins_at` and `ends_at` are where it began and ended by the site's time zone of then.
    """

    period = models.TextField(primary_key=True)
    first = models.DateField()
    last = models.DateField()
    begins_at = InstantField()
    ends_at = InstantField()
    closed_at = InstantField()
    people = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["-last"], name="gamification_closing_last")]

    def __str__(self) -> str:
        return self.period


class Final(models.Model):
    """What a person had on a board when a period was closed. Without a `rank`: who did not take part then, or had 0 or less."""

    pk = models.CompositePrimaryKey("period", "board", "actor")
    period = models.TextField()
    board = models.TextField()
    actor = models.UUIDField()
    xp = models.BigIntegerField()
    reached_at = InstantField()
    rank = models.IntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["period", "board", "rank", "reached_at", "actor"],
                condition=models.Q(rank__isnull=False),
                name="gamification_final_by_rank",
            ),
            models.Index(fields=["actor", "period"], name="gamification_final_of_actor"),
        ]
