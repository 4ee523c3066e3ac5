"""Likes and saves are states, not clicks."""

import itertools
import uuid

import pytest

from stats import queries
from stats.models import State
from tests.stats import world
from tests.stats.world import event

pytestmark = pytest.mark.django_db
ONE, OTHER = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


def click(kind, film, ana, minutes=10, **rest):
    return event(kind, film, user=str(ana.uuid), occurred_at=rest.pop("at", None) or world.ago(minutes=minutes), **rest)


def likes(film):
    return queries.item_counters([film.pk])[film.pk].likes


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
@pytest.mark.parametrize("together", [True, False])
def test_the_last_click_by_its_time_holds_in_whatever_order_they_come(source, film, ana, order, together):
    clicks = [
        click(kind, film, ana, minutes) for kind, minutes in (("like", 4), ("unlike", 3), ("like", 2), ("unlike", 1))
    ]
    ordered = [clicks[index] for index in order]
    for batch in [ordered] if together else [[one] for one in ordered]:
        world.send(batch, source.secret)

    assert likes(film) == 0
    assert queries.states(ana.uuid, [film.pk]).liked == set()
    assert queries.eight_stats(ana.uuid).total_interactions == 1
    world.assert_sound()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_of_two_clicks_at_one_time_the_greater_id_holds(source, film, ana, order, together):
    at = world.ago(minutes=5)
    pair = [
        click("unlike", film, ana, at=at) | {"id": "00000000-0000-4000-8000-00000000000a"},
        click("like", film, ana, at=at) | {"id": "00000000-0000-4000-8000-000000000009"},
    ]
    for batch in [[pair[index] for index in order]] if together else [[pair[index]] for index in order]:
        world.send(batch, source.secret)

    assert likes(film) == 0
    world.assert_sound()


def test_two_sources_that_use_one_id_for_opposite_clicks_at_one_time_agree_in_any_order(source, film, ana):
    other, at = world.make_source("other"), world.ago(minutes=5)
    event_id = {"id": str(uuid.uuid4())}
    world.send([click("like", film, ana, at=at) | event_id], source.secret)
    world.send([click("unlike", film, ana, at=at) | event_id], other.secret)

    assert likes(film) == 1
    world.assert_sound()


def test_liking_again_and_again_is_one_like_and_one_interaction(source, film, ana):
    world.send([click("like", film, ana, minutes) for minutes in range(5)], source.secret)
    world.send([click("like", film, ana)], source.secret)

    assert likes(film) == 1
    assert queries.eight_stats(ana.uuid).total_interactions == 1


def test_taking_a_like_back_lowers_the_counter_and_not_the_interactions(source, film, ana):
    world.send([click("like", film, ana, 2)], source.secret)
    world.send([click("unlike", film, ana, 1)], source.secret)
    world.send([click("like", film, ana, 0)], source.secret)

    assert likes(film) == 1
    assert queries.eight_stats(ana.uuid).total_interactions == 1


def test_unliking_what_was_never_liked_takes_nothing(source, film, ana):
    world.send([click("unlike", film, ana), click("unsave", film, ana)], source.secret)

    assert queries.item_counters([film.pk])[film.pk] == queries.Counters()
    assert queries.eight_stats(ana.uuid).total_interactions == 0


def test_an_old_like_that_comes_late_does_not_revive(source, film, ana):
    world.send([click("unlike", film, ana, 1)], source.secret)
    world.send([click("like", film, ana, 60)], source.secret)

    assert likes(film) == 0
    assert queries.eight_stats(ana.uuid).total_interactions == 1


def test_saving_to_several_playlists_is_one_person_who_saved(source, film, ana):
    ben = world.make_member("ben")
    world.send([click("save", film, ana, 9), click("save", film, ana, 9, playlist=ONE), click("save", film, ana, 9, playlist=OTHER),
                click("save", film, ben, 9, playlist=ONE)], source.secret)  # fmt: skip
    assert queries.item_counters([film.pk])[film.pk].saves == 2
    assert State.objects.filter(is_on=1).count() == 4

    world.send([click("unsave", film, ana, 8), click("unsave", film, ana, 8, playlist=ONE.upper())], source.secret)
    assert queries.item_counters([film.pk])[film.pk].saves == 2

    world.send([click("unsave", film, ana, 7, playlist=OTHER)], source.secret)
    assert queries.item_counters([film.pk])[film.pk].saves == 1
    assert queries.states(ana.uuid, [film.pk]).saved == set()
    world.assert_sound()


def test_saves_are_no_interactions(source, film, ana):
    world.send([click("save", film, ana)], source.secret)

    assert queries.eight_stats(ana.uuid).total_interactions == 0


def test_people_are_counted_apart(source, film):
    people = [world.make_member(f"m{n}") for n in range(5)]
    world.send([click("like", film, one) for one in people] + [click("unlike", film, people[0], 1)], source.secret)

    assert likes(film) == 4
