"""Items are rated with one to five stars; of one person's ratings of an item the latest holds."""

from stats import ledger
from stats.actors import Actor
from stats.kinds import Kind
from stats.models import Item

STARS = (1, 2, 3, 4, 5)


def rate(actor: Actor, item: Item, stars: int) -> None:
    """Record the stars that somebody gives. The same again moves nothing."""
    if stars not in STARS:
        raise ValueError(stars)
    with ledger.recording():
        ledger.record(Kind.RATING, actor, item=item, stars=stars)
