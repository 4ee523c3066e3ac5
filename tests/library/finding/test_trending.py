"""Orders by figures, tags, and the browse page's filters."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from library import trending
from library.models import Listing, Media, Tag
from stats import ledger, settling, verify
from stats.actors import user_actor
from stats.kinds import Kind
from tests.factories import make_item, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOON = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) - DAY


def watch(item, days_ago=0, *, people=1):
    with ledger.recording():
        for _ in range(people):
            ledger.record(
                Kind.PLAY, user_actor(make_user().uuid), item=item, play_id="p", duration_seconds=60,
                item_duration_seconds=60, ranges=[(0, 60)], occurred_at=NOON - days_ago * DAY,
            )  # fmt: skip


def act(kind, item, user=None, **fields):
    with ledger.recording():
        ledger.record(kind, user_actor((user or make_user()).uuid), item=item, occurred_at=NOON, **fields)


def titles(client, **asked):
    return [tile.title for tile in client.get("/browse/", asked).context["tiles"]]


def taken(now=NOON):
    settling.settle_all()
    trending.refresh(now)
    cache.clear()


def test_what_rises_stands_above_what_was_watched_long_ago(client):
    old, rising, never = (make_item(title=title) for title in ("Old", "Rising", "Never"))
    watch(old, 10, people=8)
    watch(rising, people=2)
    taken()

    figures = dict(Listing.objects.values_list("item", "trend"))
    assert figures[rising.pk] == pytest.approx(2)
    assert figures[old.pk] == pytest.approx(8 * 2**-5)
    assert figures[never.pk] == 0
    assert titles(client, order="trending") == ["Rising", "Old", "Never"]
    assert titles(client, order="popular") == ["Old", "Rising", "Never"]


def test_one_person_who_watches_all_day_is_one_and_a_like_taken_back_is_none():
    item, fan = make_item(), make_user()
    for number in range(5):
        with ledger.recording():
            ledger.record(
                Kind.PLAY, user_actor(fan.uuid), item=item, play_id=f"p{number}", duration_seconds=60,
                item_duration_seconds=60, ranges=[(0, 60)], occurred_at=NOON,
            )  # fmt: skip
    for kind in (Kind.LIKE, Kind.UNLIKE, Kind.LIKE):
        act(kind, item, fan)
    act(Kind.SHARE, item, platform="email")
    taken()

    assert Listing.objects.get(item=item).trend == pytest.approx(1 + trending.LIKE + trending.SHARE)
    assert not list(verify.differences())


def test_one_persons_five_stars_are_not_above_many_peoples_four(client):
    one, many, bad = (make_item(title=title) for title in ("One", "Many", "Bad"))
    act(Kind.RATING, one, stars=5)
    for _ in range(10):
        act(Kind.RATING, many, stars=4)
    for _ in range(3):
        act(Kind.RATING, bad, stars=1)
    make_item(title="Unrated")
    taken()

    assert titles(client, order="rated") == ["Many", "One", "Bad", "Unrated"]


def test_the_page_says_how_it_is_counted_with_the_figures_that_count(client, monkeypatch):
    monkeypatch.setitem(trending.FORMULA, "like", 77)
    make_item()

    page = client.get("/browse/?order=trending").content.decode()

    assert "How is this counted?" in page
    assert "<dd>77</dd>" in page


def test_figures_are_taken_when_somebody_asks_and_nobody_has_for_long(client):
    item = make_item()
    client.get("/browse/?order=popular")
    act(Kind.LIKE, item)

    trending.as_of(now=timezone.now() + timedelta(minutes=5))
    assert Listing.objects.get().trend == 0
    trending.as_of(now=timezone.now() + timedelta(minutes=11))
    assert Listing.objects.get().trend > 0


def test_tags_are_counted_and_lead_to_what_has_them(client):
    for title, tags in (("Ebb", ["sea", "moon"]), ("Flood", ["sea"]), ("Dune", ["sand"])):
        Media.objects.filter(item=make_item(title=title)).update(tags=tags)
    Media.objects.filter(item=make_item(visibility="private")).update(tags=["secret"])
    taken(timezone.now())

    assert list(Tag.objects.order_by("-items", "name").values_list("name", "items")) == [
        ("sea", 2), ("moon", 1), ("sand", 1),
    ]  # fmt: skip
    assert 'href="?tag=sea"' in client.get("/browse/").content.decode()
    assert sorted(titles(client, tag="SEA")) == ["Ebb", "Flood"]
    assert titles(client, tag="secret") == []
    Media.objects.filter(tags=["sand"]).update(tags=[])
    taken(timezone.now())
    assert not Tag.objects.filter(name="sand").exists()


def test_filters_narrow_it_down_together(client):
    ana = make_user("ana")
    short = make_item(ana, title="Short", duration_ms=60_000)
    long = make_item(title="Long", duration_ms=30 * 60_000, type="track")
    old = make_item(ana, title="Old", duration_ms=10 * 60_000)
    Media.objects.filter(item=short).update(category="food")
    Media.objects.filter(item=old).update(published_at=timezone.now() - 40 * DAY)

    asked = [
        ({}, ["Long", "Old", "Short"]),
        ({"length": "short"}, ["Short"]),
        ({"length": "medium"}, ["Old"]),
        ({"length": "long"}, ["Long"]),
        ({"since": "month"}, ["Long", "Short"]),
        ({"category": "food"}, ["Short"]),
        ({"owner": "ana"}, ["Old", "Short"]),
        ({"owner": "ana", "since": "week"}, ["Short"]),
        ({"type": "track", "length": "long"}, [long.title]),
        ({"type": "track", "category": "food"}, []),
        ({"owner": "nobody", "length": "x", "since": "x", "category": "x"}, ["Long", "Old", "Short"]),
    ]
    for query, expected in asked:
        assert sorted(titles(client, **query)) == expected, query


def test_an_empty_page_says_why(client):
    make_item(title="Tide")

    assert "Nothing fits" in client.get("/browse/?category=food").content.decode()
    page = client.get("/browse/?q=tide&category=food").content.decode()
    assert 'href="?q=tide"' in page
    assert "There may be more without them" in page
