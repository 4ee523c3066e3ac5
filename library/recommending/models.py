"""Which items the same people watch."""

from django.db import models


class CoWatch(models.Model):
    """How much two items are watched by the same people, from 1 to 10,000: a row for each direction, the best of each item.

    Made of the plays, and made anew now and then: see `library.recommending.cowatching`.
    """

    pk = models.CompositePrimaryKey("item_id", "other_id")
    item_id = models.BigIntegerField()
    other_id = models.BigIntegerField()
    score = models.IntegerField()
    people = models.IntegerField()
