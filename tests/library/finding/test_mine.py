"""The page of one's own items, and changing many of them there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import FeatureGrant
from library.models import Media
from tests.factories import make_item, make_user

pytestmark = pytest.mark.django_db

MINE = "/items/"


@pytest.fixture
def owner(client):
    user = make_user()
    client.force_login(user)
    return user


def titles(response):
    return sorted(row.item.title for row in response.context["rows"])


def test_drafts_and_hidden_items_are_found_again(client, owner, django_assert_max_num_queries):
    for title, at, visibility in (
        ("Out", timezone.now(), "public"),
        ("Draft", None, "public"),
        ("Coming", timezone.now() + timedelta(days=1), "public"),
        ("Hidden", timezone.now(), "private"),
    ):
        Media.objects.filter(item=make_item(owner, title=title, visibility=visibility)).update(published_at=at)
    make_item(title="Somebody else's")
    make_item(owner, title="Gone", deleted_at=timezone.now())

    client.get(MINE)  # the middleware notes who was there, once a while

    with django_assert_max_num_queries(12):
        assert titles(client.get(MINE)) == ["Coming", "Draft", "Hidden", "Out"]
    assert titles(client.get(MINE, {"state": "draft"})) == ["Draft"]
    assert titles(client.get(MINE, {"state": "coming"})) == ["Coming"]
    assert titles(client.get(MINE, {"state": "hidden"})) == ["Hidden"]
    assert titles(client.get(MINE, {"state": "nonsense"})) == ["Coming", "Draft", "Hidden", "Out"]
    client.logout()
    assert client.get(MINE).status_code == 302


def test_many_are_changed_with_the_feature_alone(client, owner):
    mine, other, strange = make_item(owner), make_item(owner), make_item()
    ticked = {"action": "unpublish", "items": [str(mine.uuid)]}

    page = client.post(MINE, ticked, follow=True).content.decode()
    assert "does not include bulk operations" in page
    assert Media.objects.filter(published_at=None).count() == 0

    FeatureGrant.objects.create(user=owner, feature="bulk_operations")
    client.post(MINE, ticked)
    client.post(MINE, {"action": "unpublish", "items": [str(strange.uuid)]})
    client.post(MINE, {"action": "add_tags", "tags": "Sea, low  tide", "items": [str(mine.uuid), str(other.uuid)]})

    assert list(Media.objects.filter(published_at=None).values_list("item", flat=True)) == [mine.pk]
    assert Media.objects.get(item=other).tags == ["sea", "low tide"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "publish"},
        {"action": "delete_all"},
        {"action": "add_tags", "tags": " ,"},
        {"action": "add_tags", "tags": "x" * 31},
    ],
)
def test_what_makes_no_sense_is_said(client, owner, form):
    FeatureGrant.objects.create(user=owner, feature="bulk_operations")
    item = make_item(owner)

    page = client.post(MINE, {"items": [str(item.uuid)], **form} if form else {}, follow=True)

    assert "Done." not in page.content.decode() or form == {"action": "publish"}
    assert Media.objects.get(item=item).tags == []
