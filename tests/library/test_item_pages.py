"""The browse page and the page of an item, and what people do there."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from library.models import Comment
from library.recommending import home
from stats import ledger, queries
from stats.actors import user_actor
from stats.kinds import Kind
from tests.factories import make_comment, make_item, make_staff, make_user

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def counters(item):
    return queries.item_counters([item.pk])[item.pk]


def play(user, item, **fields):
    with ledger.recording():
        ledger.record(
            Kind.PLAY, user_actor(user.uuid), item=item, play_id="p1",
            occurred_at=timezone.now() - timezone.timedelta(minutes=5), item_duration_seconds=60, **fields,
        )  # fmt: skip


def test_everybody_browses_what_is_public(client):
    make_item(title="Tidal pools")
    make_item(title="Hidden draft", visibility="private")
    make_item(title="By link", visibility="unlisted")
    make_item(title="Gone", deleted_at=timezone.now())

    page = client.get("/browse/").content.decode()

    assert "Tidal pools" in page
    assert not [title for title in ("Hidden draft", "By link", "Gone") if title in page]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=tidal", ["Tidal pools"]),
        ("q=TIDAL+pools", ["Tidal pools"]),
        ("q=anemone", ["Tidal pools"]),
        ("q=marit", ["Tidal pools"]),
        ("q=100%25", ["100% wool"]),
        ("q=snake", ["snake_case"]),
        ("q=%25", []),
        ("q=\\", []),
        ("q='%3B--", []),
        ("q=" + "%25_" * 100, []),
        ("q=%00", ["100% wool", "Tidal pools", "snake_case"]),
        ("type=track", ["snake_case"]),
        ("type=nonsense", ["100% wool", "Tidal pools", "snake_case"]),
        ("order=nonsense&page=nonsense", ["100% wool", "Tidal pools", "snake_case"]),
        ("page=999", ["100% wool", "Tidal pools", "snake_case"]),
    ],
)
def test_a_search_is_taken_literally(client, query, found):
    tide = make_item(make_user(first_name="Marit"), title="Tidal pools")
    tide.media.description = "Anemones and a crab."
    tide.media.save()
    make_item(title="100% wool")
    make_item(title="snake_case", type="track")

    response = client.get(f"/browse/?{query}")

    assert response.status_code == 200
    assert sorted(tile.title for tile in response.context["tiles"]) == found


def test_the_most_played_come_first_when_asked(client):
    make_item(title="Played")
    make_item(title="New")
    ana = make_user()
    play(ana, make_item(title="Most"), duration_seconds=30)

    assert client.get("/browse/?order=popular").context["tiles"][0].title == "Most"
    assert client.get("/browse/").context["tiles"][-1].title == "Played"


def test_an_empty_site_and_an_empty_search_say_what_to_do(client):
    assert "Nothing here yet" in client.get("/browse/").content.decode()
    page = client.get("/browse/?q=aurora").content.decode()
    assert "No match for “aurora”" in page
    assert "Clear the search" in page


@pytest.mark.parametrize("many", [3, 30])
def test_lists_and_pages_cost_a_fixed_number_of_queries(client, many):
    ana = make_user()
    items = [make_item(make_user(), title=f"Item {n}", file=b"x") for n in range(many)]
    for _ in range(many):
        make_comment(items[0])
    client.force_login(ana)
    client.get("/browse/?order=popular")  # takes the figures

    for path in ("/browse/?q=item&type=video&order=popular", f"/items/{items[0].uuid}/", "/api/library/items?q=item"):
        with CaptureQueriesContext(connection) as queries_made:
            assert client.get(path).status_code == 200
        statements = [query["sql"] for query in queries_made if "SAVEPOINT" not in query["sql"]]
        assert len(statements) <= 12, statements


def test_the_player_says_what_plays_and_where_to_go_on(client):
    ana, item = make_user(), make_item(file=b"film")
    play(ana, item, duration_seconds=12.5, position_seconds=12.5, ranges=[(0, 12.5)])
    client.force_login(ana)

    page = client.get(f"/items/{item.uuid}/").content.decode()

    for attribute in (f'data-play-item="{item.uuid}"', 'data-play-type="video"', 'data-play-duration="60.0"',
                      'data-play-resume="12.5"', 'data-play-id="p1"'):  # fmt: skip
        assert attribute in page


def test_liking_twice_is_one_like_and_can_be_taken_back(client):
    item = make_item()
    ana = make_user()
    client.force_login(ana)
    url = f"/items/{item.uuid}/like/"
    totals = []

    for data in ({"on": "1"}, {"on": "1"}, {"on": "0"}, {"on": "0"}, {"on": "1"}):
        assert client.post(url, data).status_code == 302
        totals.append((counters(item).likes, queries.eight_stats(ana.uuid).total_interactions))

    assert totals == [(1, 1), (1, 1), (0, 1), (0, 1), (1, 1)]


def test_saving_is_a_state_too(client):
    item = make_item()
    client.force_login(make_user())

    for on, saves in (("1", 1), ("1", 1), ("0", 0)):
        client.post(f"/items/{item.uuid}/save/", {"on": on})
        assert counters(item).saves == saves


def test_guests_like_save_and_share_and_are_told_apart(client):
    item = make_item()
    client.get(f"/items/{item.uuid}/")

    client.post(f"/items/{item.uuid}/like/", {"on": "1"})
    client.post(f"/items/{item.uuid}/save/", {"on": "1"})
    client.post(f"/items/{item.uuid}/share/", {"platform": "email"})
    page = client.get(f"/items/{item.uuid}/").content.decode()

    assert (counters(item).likes, counters(item).saves, counters(item).shares) == (1, 1, 1)
    assert page.count('aria-pressed="true"') == 2


def test_with_a_script_only_what_changed_is_sent(client):
    item = make_item()
    client.force_login(make_user())

    response = client.post(f"/items/{item.uuid}/like/", {"on": "1"}, headers=HTMX)

    page = response.content.decode()
    assert 'id="actions"' in page
    assert 'id="numbers"' in page
    assert "<html" not in page
    assert 'aria-pressed="true"' in page


@pytest.mark.parametrize("platform", ["myspace<script>", "", "COPY_LINK"])
def test_an_unknown_way_to_share_is_refused(client, platform):
    item = make_item()

    assert client.post(f"/items/{item.uuid}/share/", {"platform": platform}).status_code == 400
    assert counters(item).shares == 0


def test_a_share_without_a_script_comes_back_with_its_link(client):
    item = make_item(title="Tide & time")

    response = client.post(f"/items/{item.uuid}/share/", {"platform": "whatsapp"}, follow=True)

    assert "https://wa.me/?text=Tide%20%26%20time%20http%3A%2F%2Ftestserver%2Fitems%2F" in response.content.decode()
    assert counters(item).shares == 1


def test_a_member_comments_and_takes_it_back(client):
    item, ana = make_item(), make_user()
    client.force_login(ana)

    client.post(f"/items/{item.uuid}/comments/", {"text": "  Lovely\r\n\r\n\r\n\r\n<b>tide</b> \u202e "})
    comment = Comment.objects.get()
    page = client.get(f"/items/{item.uuid}/").content.decode()

    assert comment.text == "Lovely\n\n<b>tide</b>"
    assert "&lt;b&gt;tide&lt;/b&gt;" in page
    assert counters(item).comments == 1
    assert queries.eight_stats(ana.uuid).total_interactions == 1

    client.post(f"/items/{item.uuid}/comments/{comment.uuid}/delete/")
    client.post(f"/items/{item.uuid}/comments/{comment.uuid}/delete/")

    assert "&lt;b&gt;tide" not in client.get(f"/items/{item.uuid}/").content.decode()
    assert counters(item).comments == 0


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * 2001])
def test_a_comment_says_something_and_not_too_much(client, text):
    item = make_item()
    client.force_login(make_user())

    assert client.post(f"/items/{item.uuid}/comments/", {"text": text}).status_code == 400
    assert (Comment.objects.count(), counters(item).comments) == (0, 0)


def test_a_guest_is_asked_to_log_in_to_comment(client):
    item = make_item()

    response = client.post(f"/items/{item.uuid}/comments/", {"text": "Hello"})

    assert response["Location"].startswith("/accounts/login/")
    assert "Log in" in client.get(f"/items/{item.uuid}/").content.decode()
    assert Comment.objects.count() == 0


@pytest.mark.parametrize(("who", "gone"), [("author", True), ("owner", True), ("staff", True), ("stranger", False)])
def test_who_may_take_a_comment_away(client, who, gone):
    item = make_item()
    comment = make_comment(item)
    people = {"author": comment.author, "owner": item.owner, "staff": make_staff(), "stranger": make_user()}
    client.force_login(people[who])

    response = client.post(f"/items/{item.uuid}/comments/{comment.uuid}/delete/")

    comment.refresh_from_db()
    assert response.status_code == (302 if gone else 404)
    assert (comment.deleted_at is not None) is gone


@pytest.mark.parametrize("action", ["like", "save", "share", "comments"])
def test_nothing_is_done_to_what_cannot_be_seen(client, action):
    item = make_item(visibility="private")
    client.force_login(make_user())

    response = client.post(f"/items/{item.uuid}/{action}/", {"on": "1", "platform": "email", "text": "x"})

    assert response.status_code == 404
    assert counters(item) == queries.Counters()


@pytest.mark.parametrize("action", ["like", "save", "share", "comments"])
def test_reading_an_address_that_acts_does_nothing(client, action):
    item = make_item()
    client.force_login(make_user())

    assert client.get(f"/items/{item.uuid}/{action}/").status_code == 405
    assert counters(item) == queries.Counters()


def test_who_says_what_is_escaped_everywhere(client):
    evil = '"><script>alert(1)</script>'
    item = make_item(make_user(first_name=evil), title=evil, file=b"x")
    item.media.description, item.media.tags = f"{evil} javascript:alert(1)", [evil]
    item.media.save()
    make_comment(item, text=evil)

    for path in (f"/items/{item.uuid}/", "/browse/", "/browse/?q=%3Cscript%3E"):
        assert "<script>alert" not in client.get(path).content.decode()


def test_home_offers_what_was_begun_and_not_finished():
    ana = make_user()
    begun, done = make_item(title="Begun"), make_item(title="Done")
    now = timezone.now()
    with ledger.recording():
        for at, (item, seconds) in enumerate(((done, 60), (begun, 20))):
            ledger.record(
                Kind.PLAY, user_actor(ana.uuid), item=item, play_id=f"p{at}", duration_seconds=seconds,
                position_seconds=seconds, item_duration_seconds=60, ranges=[(0, seconds)],
                occurred_at=now - timezone.timedelta(minutes=10 - at),
            )  # fmt: skip

    shelves = home.shelves(ana, ana.uuid)

    assert [(tile.title, tile.percent, tile.left_ms) for tile in shelves.begun] == [("Begun", 33, 40_200)]
    assert {tile.title for tile in shelves.newest} == {"Begun", "Done"}
