"""How an item and its owner stand with one person and with everybody, in one query."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from library.people.models import Answer, Collaboration
from stats.actors import Actor
from stats.models import Follow, FollowCounter, Item, ItemRating, Rating, State
from stats.queries import Rated

WATCH_LATER = UUID(int=0)
"""A save that belongs to no playlist."""

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Marks:
    """What somebody has left on an item.

    `own` are the stars they gave, 0 for none. `followers` and `follows` are about its owner; `collaborates` is whether they work on the item with the owner.
    """

    liked: bool
    saved: bool
    own: int
    rated: Rated
    followers: int
    follows: bool
    collaborates: bool


def of(actor: Actor | None, item: Item) -> Marks:
    """Return the marks of a person, or of nobody, on an item. One query."""
    actor_id = actor.id if actor else NOBODY
    states = State.objects.filter(actor=actor_id, item_id=OuterRef("pk"), playlist=WATCH_LATER, is_on=1)
    own = Rating.objects.filter(actor=actor_id, item_id=OuterRef("pk"), stars__gt=0)
    everybody = ItemRating.objects.filter(item_id=OuterRef("pk"))
    owner = item.owner.uuid if item.owner else NOBODY
    followers = FollowCounter.objects.filter(actor=owner).annotate(wanted=F("followers"))
    row = Item.objects.filter(pk=item.pk).values_list(
        Exists(states.filter(relation="like")),
        Exists(states.filter(relation="save")),
        _number(own.annotate(wanted=F("stars"))),
        _number(everybody.annotate(wanted=F("ratings"))),
        _number(everybody.annotate(wanted=F("stars"))),
        _number(followers),
        Exists(Follow.objects.filter(actor=actor_id, target=owner, is_on=1)),
        Exists(Collaboration.objects.filter(item=OuterRef("pk"), person__uuid=actor_id, state=Answer.ACCEPTED)),
    )
    liked, saved, stars, count, total, *others = row.get()
    return Marks(liked, saved, stars, Rated(count, total), *others)


def _number(rows: object) -> Coalesce:
    return Coalesce(Subquery(rows.values("wanted")[:1], output_field=IntegerField()), Value(0))  # type: ignore[attr-defined]
