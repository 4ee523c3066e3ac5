"""Doing the same with many items at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import FeatureGrant
from library.models import Media
from stats.models import Action, Item
from tests.factories import api_client, make_item, make_staff, make_user

pytestmark = pytest.mark.django_db

BULK = "/api/library/items/bulk"


@pytest.fixture
def owner():
    user = make_user()
    FeatureGrant.objects.create(user=user, feature="bulk_operations")
    return user


def send(who, action, items, **rest):
    body = {"action": action, "items": [str(item.uuid) for item in items], **rest}
    return api_client(who).post(BULK, body, format="json")


def events(kind):
    return Action.objects.filter(kind=kind).count()


def test_many_items_change_together(owner):
    items = [make_item(owner, title=f"Tide {n}") for n in range(3)]

    answer = send(owner, "change", items, change={"category": "nature", "visibility": "unlisted"})

    assert (answer.status_code, answer.json()["changed"]) == (200, 3)
    assert set(Item.objects.values_list("visibility", "media__category", "media__tags__0")) == {
        ("unlisted", "nature", None)
    }
    assert (events("item_changed"), events("feature_used")) == (3, 1)
    assert send(owner, "change", items, change={"category": "nature"}).json()["changed"] == 0
    assert events("item_changed") == 3


def test_an_item_more_costs_four_queries_at_most(owner):
    def queries(count):
        items = [make_item(owner) for _ in range(count)]
        with CaptureQueriesContext(connection) as made:
            send(owner, "change", items, change={"category": "nature", "visibility": "unlisted"})
        return len(made)

    queries(1)

    assert queries(6) - queries(2) <= 4 * 4


def test_tags_are_added_and_taken_away(owner):
    one, two = make_item(owner), make_item(owner)
    Media.objects.filter(item=one).update(tags=["sea", "moon"])

    send(owner, "add_tags", [one, two], tags=["Tide", "sea"])
    send(owner, "remove_tags", [one, two], tags=["moon"])

    assert [Media.objects.get(item=item).tags for item in (one, two)] == [["sea", "tide"], ["tide", "sea"]]


def test_items_are_kept_back_and_published_and_deleted(owner):
    items = [make_item(owner, file=b"x"), make_item(owner, file=b"x")]

    send(owner, "unpublish", items)
    assert not Media.objects.exclude(published_at=None).exists()
    send(owner, "publish", items)
    assert Media.objects.filter(published_at__lte=timezone.now()).count() == 2
    assert send(owner, "delete", items).json()["changed"] == 2

    assert not Item.objects.filter(deleted_at=None).exists()
    assert events("item_deleted") == 2
    assert send(owner, "delete", items).status_code == 404


def test_one_that_is_not_ones_own_stops_all(owner):
    mine, public, private = make_item(owner), make_item(), make_item(visibility="private")

    assert send(owner, "delete", [mine, public]).status_code == 403
    assert send(owner, "delete", [mine, private]).status_code == 404
    assert Item.objects.filter(deleted_at=None).count() == 3
    assert send(make_staff(), "change", [mine, private], change={"category": "food"}).status_code == 200


def test_too_many_tags_on_one_change_none(owner):
    one, two = make_item(owner), make_item(owner)
    Media.objects.filter(item=two).update(tags=[f"t{n}" for n in range(10)])

    answer = send(owner, "add_tags", [one, two], tags=["sea"])

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_many")
    assert Media.objects.get(item=one).tags == []
    assert events("feature_used") == 0


def test_it_takes_the_feature():
    member = make_user()
    item = make_item(member)

    answer = send(member, "delete", [item])

    assert (answer.status_code, answer.json()["code"]) == (403, "feature_not_included")
    assert send(None, "delete", [item]).status_code == 401
    assert Item.objects.filter(deleted_at=None).count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "explode", "items": ["0198e1e0-0000-7000-8000-6569676874aa"]},
        {"action": "delete", "items": []},
        {"action": "delete", "items": ["tide"]},
        {"action": "delete", "items": ["0198e1e0-0000-7000-8000-6569676874aa"] * 101},
        {"action": "change", "items": ["0198e1e0-0000-7000-8000-6569676874aa"]},
        {"action": "change", "items": ["0198e1e0-0000-7000-8000-6569676874aa"], "change": {"category": "x"}},
        {"action": "add_tags", "items": ["0198e1e0-0000-7000-8000-6569676874aa"]},
    ],
)
def test_a_body_that_makes_no_sense_is_refused(owner, body):
    assert api_client(owner).post(BULK, body, format="json").status_code == 400
