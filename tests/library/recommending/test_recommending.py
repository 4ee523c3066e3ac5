"""What the same people watch is recommended, beside an item and because of what one has watched."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from library.recommending import cowatching, picking
from library.recommending.models import CoWatch
from stats import history, ledger
from stats.actors import guest_actor, user_actor
from stats.kinds import Kind
from stats.models import Item
from tests.factories import api_client, make_enrolment, make_item, make_lesson, make_user
from tests.library.recommending.watching import audience, watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def items():
    """Return six public items of different owners."""
    return [make_item(title=title) for title in ("Tide", "Harbour", "Dunes", "Lighthouse", "Desert", "Glacier")]


def score(one, other):
    return CoWatch.objects.filter(item_id=one.pk, other_id=other.pk).values_list("score", flat=True).first()


def home(client, user):
    client.force_login(user)
    return client.get(reverse("accounts:front")).content.decode()


# Counting


def test_items_count_as_watched_together_from_three_people_on(items):
    tide, harbour, dunes, *_ = items
    audience(tide, harbour, people=2)
    assert not CoWatch.objects.exists()

    audience(tide, harbour, dunes, people=1)

    assert score(tide, harbour) == score(harbour, tide) > 0
    assert score(tide, dunes) is None


def test_what_everybody_watches_is_less_alike_than_what_only_these_watch(items):
    tide, harbour, dunes, lighthouse, desert, _ = items
    audience(tide, harbour, dunes)
    audience(dunes, lighthouse, people=3)
    audience(dunes, desert, people=4)

    assert score(tide, harbour) > score(tide, dunes) > 0


def test_each_person_counts_once_however_often_they_watch(items):
    tide, harbour, *_ = items
    for _ in range(5):
        watch(guest_actor(uuid.UUID(int=7)), tide, harbour)
    watch(make_user(), tide, harbour)

    cowatching.refresh(timezone.now())

    assert not CoWatch.objects.exists()


def test_old_watching_fades_and_ageing_alone_changes_nothing(items):
    tide, harbour, dunes, *_ = items
    audience(tide, harbour, days_ago=170)
    audience(tide, dunes, days_ago=3)
    before = list(CoWatch.objects.order_by("pk").values())
    assert score(tide, dunes) > score(tide, harbour)

    cowatching.refresh(timezone.now() + timedelta(days=5))
    assert list(CoWatch.objects.order_by("pk").values()) == before

    cowatching.refresh(timezone.now() + timedelta(days=30))
    assert score(tide, harbour) is None


def test_what_was_only_begun_hidden_or_cleared_counts_nowhere(items):
    tide, harbour, dunes, *_ = items
    people = audience(tide, harbour)
    for person in people:
        watch(person, dunes, seconds=2)
    cowatching.refresh(timezone.now())
    assert score(tide, dunes) is None

    history.clear(user_actor(people[0].uuid))
    cowatching.refresh(timezone.now())

    assert score(tide, harbour) is None


def test_it_is_counted_when_due_and_not_by_two_at_once(items):
    audience(*items[:2])
    now = timezone.now()

    assert cowatching.refresh_if_due(now) is None
    assert cowatching.refresh_if_due(now + timedelta(hours=2)) == 2


# Choosing


def test_seeds_count_less_the_older_they_are_and_what_is_known_is_left_out():
    pairs = [(1, 7, 500), (2, 8, 500), (2, 9, 900), (1, 2, 9000), (2, 6, 9000), (3, 7, 9000)]

    assert picking.ranked([1, 2], pairs, known=[6]) == [(9, 2), (7, 1), (8, 2)]


def test_an_item_that_two_seeds_speak_for_comes_before_one_with_a_better_score():
    assert picking.ranked([1, 2], [(1, 7, 500), (2, 7, 500), (1, 8, 800)], known=[]) == [(7, 1), (8, 1)]


@pytest.mark.parametrize(
    ("found", "because", "titles"),
    [
        ({1: [3, 4], 2: [3, 4, 5]}, 2, [3, 4, 5]),
        ({1: [3, 4, 5], 2: [3, 4, 5, 6]}, 1, [3, 4, 5]),
        ({1: [3], 2: [9, 4]}, None, []),
        ({9: [3, 4, 5], 1: [3, 4]}, 1, [3, 4]),
    ],
)
def test_the_latest_seed_that_fills_the_shelf_has_it(found, because, titles):
    rows = {number: Item(pk=number) for number in range(1, 7)}

    shelf = picking.shelf(found, rows, 3, 0)

    assert (shelf and shelf.because.pk, [item.pk for item in shelf.items] if shelf else []) == (because, titles)


# Home


def test_home_shows_what_to_watch_because_of_the_last_watched(client, items):
    tide, harbour, dunes, lighthouse, *_ = items
    audience(tide, harbour, dunes, lighthouse)
    ana = make_user()
    watch(ana, tide, lighthouse)

    page = home(client, ana)

    shelf = page[page.index("Because you watched “Lighthouse”") : page.index("Your eight stats")]
    assert 'data-recommended="because_you_watched"' in shelf
    assert [title in shelf for title in ("Harbour", "Dunes", "<h3>Tide", "<h3>Lighthouse")] == [
        True,
        True,
        False,
        False,
    ]


def test_home_has_no_such_shelf_for_who_watched_nothing_or_what_was_taken_out_of_the_history(client, items):
    audience(*items[:4])
    ana = make_user()
    assert "Because you watched" not in home(client, ana)

    watch(ana, items[0])
    assert "Because you watched" in home(client, ana)

    history.clear(user_actor(ana.uuid))
    assert "Because you watched" not in home(client, ana)


@pytest.mark.parametrize(
    "change", [{"visibility": "private"}, {"visibility": "unlisted"}, {"deleted_at": timezone.now()}]
)
def test_nothing_is_recommended_that_one_may_not_find(client, items, change):
    tide, harbour, dunes, lighthouse, *_ = items
    audience(tide, harbour, dunes, lighthouse)
    ana = make_user()
    watch(ana, tide)
    Item.objects.filter(pk=harbour.pk).update(**change)

    answers = [
        api_client(ana).get(reverse("recommending:api-recommendations")),
        api_client().get(reverse("recommending:api-related", args=[tide.uuid])),
    ]

    assert "Harbour" not in home(client, ana)
    assert not any("Harbour" in answer.content.decode() for answer in answers)


def test_home_costs_a_bounded_number_of_queries(client, items, django_assert_max_num_queries):
    audience(*items)
    ana = make_user()
    watch(ana, items[0])
    watch(ana, items[1], seconds=5)
    make_enrolment(make_lesson().section.course, ana)
    home(client, ana)  # the first page of a session also notes the session

    with django_assert_max_num_queries(15):
        page = client.get(reverse("accounts:front")).content.decode()

    assert "Continue watching" in page
    assert "Your course" in page
    assert "Because you watched" in page


def test_nobody_is_offered_what_is_their_own(client, items):
    tide, harbour, dunes, lighthouse, *_ = items
    audience(tide, harbour, dunes, lighthouse)
    ana = make_user()
    watch(ana, tide)
    Item.objects.filter(pk=harbour.pk).update(owner=ana)

    told = api_client(ana).get(reverse("recommending:api-recommendations")).json()["results"]

    assert "Harbour" not in home(client, ana).partition("Because you watched")[2].partition("Your eight stats")[0]
    assert "Harbour" not in {one["item"]["title"] for one in told}
    assert len(told) > 2


# API


def test_the_api_tells_because_of_what_and_fills_up_with_what_many_watch(items):
    tide, harbour, dunes, *rest = items
    audience(tide, harbour)
    ana = make_user()
    watch(ana, tide)

    results = api_client(ana).get(reverse("recommending:api-recommendations")).json()["results"]

    assert results[0]["item"]["title"] == "Harbour"
    assert results[0]["reason"] == "watched_together"
    assert results[0]["because"] == {"uuid": str(tide.uuid), "title": "Tide"}
    assert {(one["reason"], one["because"]) for one in results[1:]} == {("popular", None)}
    assert {one["item"]["title"] for one in results[1:]} == {item.title for item in (dunes, *rest)}


def test_guests_are_answered_by_their_own_history_and_strangers_by_what_many_watch(items):
    audience(items[0], items[1])
    token = api_client().post("/api/guests").json()
    guest = api_client()
    guest.credentials(HTTP_X_GUEST_ID=token["guest_id"])
    watch(guest_actor(uuid.UUID(token["guest_id"].partition(":")[0])), items[0])

    for client, reason in ((guest, "watched_together"), (api_client(), "popular")):
        results = client.get(reverse("recommending:api-recommendations"), {"limit": 1}).json()["results"]
        assert [one["reason"] for one in results] == [reason]


@pytest.mark.parametrize(
    ("query", "code"),
    [({"limit": 0}, "value_out_of_range"), ({"limit": "x"}, "invalid_parameter"), ({"page": 1}, "unknown_parameter")],
)
@pytest.mark.parametrize("route", ["api-recommendations", "api-related"])
def test_bad_parameters_are_refused_with_a_code(items, route, query, code):
    args = [items[0].uuid] if route == "api-related" else []

    answer = api_client().get(reverse(f"recommending:{route}", args=args), query)

    assert answer.status_code == 400
    assert code in answer.content.decode()


def test_related_items_are_what_the_same_people_watch_then_what_is_near(items):
    tide, *_, desert, _glacier = items
    make_item(tide.owner, title="Tide II")
    audience(tide, desert)

    results = api_client().get(reverse("recommending:api-related", args=[tide.uuid]), {"limit": 4}).json()["results"]

    assert [one["title"] for one in results][:2] == ["Desert", "Tide II"]
    assert len(results) == 4


def test_related_items_of_what_one_may_not_see_are_not_found(items):
    private = make_item(items[0].owner, visibility="private")
    address = reverse("recommending:api-related", args=[private.uuid])
    unknown = reverse("recommending:api-related", args=[uuid.uuid4()])

    assert [api_client(who).get(address).status_code for who in (private.owner, make_user(), None)] == [200, 404, 404]
    assert api_client().get(unknown).status_code == 404


@pytest.mark.parametrize("route", ["api-recommendations", "api-related"])
def test_the_api_costs_a_bounded_number_of_queries(items, route, django_assert_max_num_queries):
    audience(*items)
    ana = make_user()
    watch(ana, items[0], items[1])
    client = api_client(ana)
    address = reverse(f"recommending:{route}", args=[items[0].uuid] if route == "api-related" else [])

    with django_assert_max_num_queries(12):
        assert client.get(address).status_code == 200


def test_what_is_seen_and_clicked_moves_its_stat(items):
    from stats import compute, windows
    from stats.metrics import Scope

    ana = make_user()
    actor = user_actor(ana.uuid)
    with ledger.recording():
        for kind in (Kind.RECOMMENDATION_VIEWED, Kind.RECOMMENDATION_CLICKED):
            ledger.record(kind, actor, item=items[0], name="because_you_watched")
        ledger.record(Kind.RECOMMENDATION_VIEWED, actor, item=items[1], name="because_you_watched")

    metric = compute.registry()["recommendations_clicked"]
    value = compute.compute_all([metric], Scope.user(ana.uuid), windows.named("30d", timezone.now(), "UTC"))[metric.key]

    assert (value.value, value.over, value.under) == (1, 1, 2)
