"""What a search finds, in which order, and that it follows every change."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts import members
from library import listing, search
from library.models import ItemTag, Listing, Media
from stats import drain
from stats.models import Action, Item
from tests.factories import api_client, make_item, make_staff, make_user

pytestmark = pytest.mark.django_db

ITEMS = "/api/library/items"


def make(title, owner=None, *, description="", tags=(), **values):
    item = make_item(owner, title=title, **values)
    Media.objects.filter(item=item).update(description=description, tags=list(tags))
    return item


def found(text, **asked):
    response = api_client().get(ITEMS, {"search": text, **asked})
    assert response.status_code == 200, response.content
    return [item["title"] for item in response.json()["results"]]


def test_a_word_counts_most_in_the_title_then_in_tags_owner_and_description():
    make("In the text", description="A tide comes in.")
    make("By a person", make_user("tide"))
    make("Tagged", tags=["low tide"])
    make("The tide")
    make("Nothing of it")

    assert found("tide") == ["The tide", "Tagged", "By a person", "In the text"]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("pool", True),
        ("POOLS", True),
        ("café", True),
        ("cafe", True),
        ("tidal pools", True),
        ("pools tidal", True),
        ("tida", True),
        ("ti pools", False),
        ("tidal wave", False),
        ("mar", True),
        ("snake", True),
        ("case", True),
        ("2024", True),
        ("rock-pool", True),
        ("a", False),
        ("%", False),
        ("_", False),
        ("'", False),
        ("pools' & !", True),
        ("tidal | wave", False),
        ('"tidal" OR wave', False),
        ("NEAR(tidal pools)", False),
        ("title:tidal", False),
        ("(.*)+$", False),
        ("tidal:*", True),
        ("*", False),
        ("\\", False),
        ("水", True),
    ],
)
def test_words_are_words_and_signs_are_nothing(text, is_found):
    make(
        "Tidal pools at the Café, 2024",
        make_user("marit"),
        description="Rock pools. 水 snake_case",
        tags=["sea"],
    )

    assert bool(found(text)) is is_found


@pytest.mark.parametrize(
    "text", ["%_" * 100, "*" * 200, "(a+)+$" * 30, "a " * 100, "'" * 200, "&|!" * 60, "\u202e\u200b"]
)
def test_a_storm_of_signs_is_a_search_like_any_other(text):
    make("Tidal pools")

    assert found(text) == []


def test_a_search_has_two_hundred_characters_at_most(client):
    response = api_client().get(ITEMS, {"search": "a" * 10_000})

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "too_long")
    page = client.get("/browse/", {"q": "a" * 10_000})
    assert page.status_code == 400
    assert "These are too many words" in page.content.decode()


def test_a_change_is_found_at_once_and_what_it_was_no_more():
    owner = make_user("ilse", first_name="Ilse")
    item = make("Ebb", owner, tags=["sea"])

    Item.objects.filter(pk=item.pk).update(title="Flood")
    Media.objects.filter(item=item).update(tags=["moon"], description="A harbour.")
    members.change(owner, first_name="Marit")

    assert [found(word) for word in ("flood", "moon", "harbour", "marit")] == [["Flood"]] * 4
    assert [found(word) for word in ("ebb", "sea")] == [[], []]
    assert found("", tag="moon") == ["Flood"]
    assert found("", tag="sea") == []


@pytest.mark.parametrize(
    "values", [{"visibility": "private"}, {"visibility": "unlisted"}, {"deleted_at": timezone.now()}]
)
def test_what_is_taken_out_of_lists_leaves_nothing_to_find(values):
    item = make("Ebb", tags=["sea"])

    Item.objects.filter(pk=item.pk).update(**values)

    assert found("ebb") == found("") == found("", tag="sea") == []
    assert not Listing.objects.exists()
    assert not ItemTag.objects.exists()
    Item.objects.filter(pk=item.pk).update(visibility="public", deleted_at=None)
    assert found("ebb") == found("", tag="sea") == ["Ebb"]


def test_all_may_be_written_anew():
    make("Ebb", tags=["sea"])
    Listing.objects.all().delete()
    ItemTag.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM library_words")
    assert found("ebb") == []

    call_command("rebuild_search", stdout=StringIO())

    assert found("ebb") == found("", tag="sea") == ["Ebb"]


def test_after_a_migration_the_triggers_are_there_again():
    make("Ebb")

    listing.remove(plan=["something"])
    Item.objects.update(title="Flood")
    assert found("flood") == []
    listing.install()

    assert found("flood") == ["Flood"]
    Item.objects.update(title="Ebb")
    assert found("ebb") == ["Ebb"]


def test_more_than_can_be_ranked_are_the_newest(monkeypatch):
    monkeypatch.setattr(search, "MOST_FOUND", 2)
    for title in ("Tide one", "Tide two", "Tide three"):
        make(title)

    assert sorted(found("tide")) == ["Tide three", "Tide two"]


def searches():
    while drain.drain_once(drain.Pace()):
        pass
    return list(Action.objects.filter(kind="search").order_by("at").values_list("label", "amount"))


def test_a_search_is_an_event_with_its_results_once(client):
    make("Tide")
    make("Low tide")

    client.get("/browse/", {"q": "Tide "})
    client.get("/browse/", {"q": "Tide", "order": "new"}, headers={"Referer": "http://testserver/browse/?q=Tide"})
    client.get("/browse/", {"q": "Tide", "page": "2"})
    client.head("/browse/", {"q": "Tide"})
    client.get("/browse/", {"q": "Tide"}, headers={"DNT": "1"})
    client.get("/browse/")
    api_client(make_user()).get(ITEMS, {"q": "nothing"})
    api_client().get(ITEMS, {"q": "nobody"})

    assert searches() == [("Tide", 2), ("nothing", 0)]


def test_searches_and_lists_cost_a_fixed_number_of_queries(
    client, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    owner = make_user()
    for number in range(30):
        make(f"Tide {number}", owner, tags=["sea", f"t{number}"])
    client.force_login(make_staff())
    with django_capture_on_commit_callbacks(execute=True):
        client.get("/browse/?order=trending")

    for query in (
        {"q": "tide"},
        {"q": "tide", "type": "video", "tag": "sea", "owner": owner.username, "order": "trending"},
    ):
        with django_assert_max_num_queries(12):
            assert client.get("/browse/", query).status_code == 200
    api = api_client(owner)
    with django_assert_max_num_queries(12):
        assert api.get(ITEMS, {"search": "tide", "page_size": 30}).json()["count"] == 30


@pytest.mark.postgresql
def test_words_are_looked_up_in_an_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT item_id FROM library_words WHERE words @@ to_tsquery('library_text', %s)", ["'tide'"]
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "library_words_found" in plan


@pytest.mark.parametrize("address", [ITEMS, "/api/learning/courses"])
def test_who_wants_no_statistics_searches_unnoticed_by_program_too(address):
    make("Tide")
    for person in (make_user(opted_out=True), make_user()):
        assert api_client(person).get(address, {"search": "tide"}).status_code == 200

    assert len(searches()) == 1
