"""Twenty people at once: what stands is what the log says, and every counter is the sum of what stands."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from library.learning.models import Enrolment
from stats import queries
from stats.models import Follow, Rating, State
from tests.factories import make_course, make_item, make_user
from tests.stats import world

PEOPLE = 20
ROUNDS = 5


@pytest.mark.django_db(transaction=True)
def test_a_hundred_likes_follows_saves_ratings_and_enrolments_at_once():
    owner = make_user("owner")
    item, course = make_item(owner), make_course(owner)
    people = [make_user(f"one{number}", password="") for number in range(PEOPLE)]

    def act(person):
        dice, client = random.Random(person.username), Client()
        client.force_login(person, settings.AUTHENTICATION_BACKENDS[0])
        acts = [
            ask
            for _ in range(ROUNDS)
            for ask in (
                (reverse("library:like", args=[item.uuid]), {"on": dice.choice("01")}),
                (reverse("library:save", args=[item.uuid]), {"on": dice.choice("01")}),
                (reverse("people:follow", args=[owner.username]), {"on": dice.choice("01")}),
                (reverse("talking:rate", args=[item.uuid]), {"stars": dice.randint(1, 5)}),
                (reverse("learning:enrol", args=[course.slug]), {}),
            )
        ]
        dice.shuffle(acts)
        try:
            return [client.post(address, data).status_code for address, data in acts]
        finally:
            connection.close()

    with ThreadPoolExecutor(PEOPLE) as pool:
        answers = [status for told in pool.map(act, people) for status in told]

    assert set(answers) == {302}
    told = last_words()
    liked = {who for who, kind in told["like"].items() if kind == "like"}
    saved = {who for who, kind in told["save"].items() if kind == "save"}
    following = {who for who, kind in told["follow"].items() if kind == "follow"}
    stars = told["rating"]
    uuids = {person.uuid for person in people}
    assert set(State.objects.filter(relation="like", is_on=1).values_list("actor", flat=True)) == liked
    assert set(State.objects.filter(relation="save", is_on=1).values_list("actor", flat=True)) == saved
    assert set(Follow.objects.filter(is_on=1).values_list("actor", flat=True)) == following
    assert dict(Rating.objects.values_list("actor", "stars")) == stars
    assert (
        set(Enrolment.objects.filter(state="active").values_list("user__uuid", flat=True)) == uuids == told["enrolled"]
    )
    counters = queries.item_counters([item.pk])[item.pk]
    rated = queries.item_ratings([item.pk])[item.pk]
    assert (counters.likes, counters.saves) == (len(liked), len(saved))
    assert queries.follow_counts([owner.uuid])[owner.uuid].followers == len(following)
    assert (rated.count, rated.stars) == (PEOPLE, sum(stars.values()))
    assert queries.course_counts([course.uuid])[course.uuid].enrolled == PEOPLE
    world.assert_sound()


def last_words() -> dict[str, Any]:
    """Return what the log says last of each person: the kind of likes, saves and follows, stars, and who enrolled."""
    told: dict[str, Any] = {"like": {}, "save": {}, "follow": {}, "rating": {}, "enrolled": set()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, actor, amount FROM stats_event WHERE actor IS NOT NULL ORDER BY occurred_at, id")
        for kind, actor, amount in cursor.fetchall():
            who = UUID(str(actor))
            if kind == "enrolled":
                told["enrolled"].add(who)
            elif kind == "rating":
                told["rating"][who] = amount
            else:
                told[{"unlike": "like", "unsave": "save", "unfollow": "follow"}.get(kind, kind)][who] = kind
    return told
