"""The pages of playlists, as somebody sees and uses them."""

import pytest
from django.utils import timezone

from accounts import subscriptions
from accounts.roles import Role
from library.people.models import Notification
from library.playlists import queries, sharing, writing
from library.playlists.models import Playlist
from stats import ledger
from stats import queries as numbers
from stats.actors import user_actor
from stats.kinds import Kind
from tests.factories import make_item, make_plans, make_playlist, make_staff, make_user

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def url(playlist, rest=""):
    return f"/playlists/{playlist.uuid}/{rest}"


def titles(playlist):
    return [entry.item.title for entry in queries.entries_of(playlist, playlist.owner)]


def watch(user, item):
    with ledger.recording():
        ledger.record(
            Kind.PLAY, user_actor(user.uuid), item=item, play_id=f"p{item.pk}", duration_seconds=60,
            occurred_at=timezone.now() - timezone.timedelta(minutes=5), item_duration_seconds=60, ranges=[(0, 60)],
        )  # fmt: skip


def test_a_playlist_is_made_changed_and_deleted(client):
    client.force_login(make_user())

    made = client.post("/playlists/new/", {"title": " Evenings\u202e  outside ", "visibility": "private"}, follow=True)
    playlist = Playlist.objects.get()
    client.post(url(playlist, "edit/"), {"title": "Mornings", "description": "At sea.", "visibility": "public"})
    changed = client.get(url(playlist)).content.decode()
    client.post(url(playlist, "delete/"))

    assert made.context["playlist"].title == "Evenings outside"
    assert "Mornings" in changed
    assert "At sea." in changed
    assert client.get(url(playlist)).status_code == 404


@pytest.mark.parametrize(
    "form", [{"title": ""}, {"title": "\u200b"}, {"title": "x" * 101}, {"title": "x", "visibility": "role"}]
)
def test_a_form_that_does_not_fit_is_refused(client, form):
    client.force_login(make_user())

    response = client.post("/playlists/new/", {"visibility": "private", **form})

    assert response.status_code == 400
    assert not Playlist.objects.exists()


def test_the_fourth_playlist_is_explained(client):
    ana = make_user()
    client.force_login(ana)
    for number in range(3):
        writing.create(ana, f"List {number}")

    form = {"title": "Fourth", "visibility": "private"}
    answers = [client.get("/playlists/new/"), client.post("/playlists/new/", form)]

    for answer in answers:
        assert answer.status_code == 403
        assert "Custom playlists" in answer.content.decode()
    assert "3 of 3" in client.get("/playlists/").content.decode()
    assert Playlist.objects.count() == 3


def test_what_one_may_not_open_is_left_out_and_counted(client):
    ana = make_user()
    playlist = make_playlist(
        ana,
        "Mixed",
        make_item(title="Tide"),
        make_item(ana, title="Secret", visibility="private"),
        make_item(title="Gone"),
    )
    type(make_item()).objects.filter(title="Gone").update(deleted_at=timezone.now())

    page = client.get(url(playlist)).content.decode()

    assert "Tide" in page
    assert not [title for title in ("Secret", "Gone") if title in page]
    assert "2 items are not available" in page
    client.force_login(ana)
    own = client.get(url(playlist)).content.decode()
    assert "Secret" in own
    assert "1 item is not available" in own


def test_rows_go_up_and_down_without_javascript(client):
    playlist = make_playlist(None, "List", *[make_item(title=title) for title in ("One", "Two", "Three")])
    client.force_login(playlist.owner)
    last = playlist.entries.last().item

    def move(version):
        return client.post(
            url(playlist, "move/"), {"item": last.uuid, "places": "-1", "version": version}, follow=True
        ).content.decode()

    move(playlist.version)
    assert titles(playlist) == ["One", "Three", "Two"]
    assert "changed this playlist meanwhile" in move(playlist.version)
    assert titles(playlist) == ["One", "Three", "Two"]
    move(playlist.version + 1)
    assert titles(playlist) == ["Three", "One", "Two"]
    assert client.post(url(playlist, "move/"), {"item": "x", "places": "2"}).status_code == 400


def test_an_item_is_put_into_lists_and_taken_out(client):
    ana, item = make_user(), make_item(title="Tide")
    one, two = make_playlist(ana, "One", item), make_playlist(ana, "Two")
    foreign = make_playlist(None, "Foreign")
    client.force_login(ana)

    shown = client.get(f"/items/{item.uuid}/playlists/").content.decode()
    client.post(
        f"/items/{item.uuid}/playlists/",
        {"was": [str(one.uuid)], "in": [str(two.uuid), str(foreign.uuid), "later", "nonsense"], "title": "Three"},
    )

    assert "Foreign" not in shown
    assert [titles(playlist) for playlist in (one, two, foreign)] == [[], ["Tide"], []]
    assert titles(Playlist.objects.get(title="Three")) == ["Tide"]
    assert "Tide" in client.get("/watch-later/").content.decode()
    assert numbers.item_counters([item.pk])[item.pk].saves == 1


def test_what_the_form_does_not_touch_stays_as_others_left_it(client):
    ana, item = make_user(), make_item(title="Tide")
    one, two = make_playlist(ana, "One"), make_playlist(ana, "Two")
    client.force_login(ana)
    client.get(f"/items/{item.uuid}/playlists/")
    writing.add(one, item, ana)

    answer = client.post(f"/items/{item.uuid}/playlists/", {"in": [str(two.uuid)]}, headers=HTMX).content.decode()

    assert titles(one) == titles(two) == ["Tide"]
    assert answer.count("checked") == 2
    assert "<html" not in answer


def test_a_new_list_past_the_limit_is_refused_in_the_dialog(client):
    ana, item = make_user(), make_item()
    for number in range(3):
        writing.create(ana, f"List {number}")
    client.force_login(ana)

    answer = client.post(f"/items/{item.uuid}/playlists/", {"title": "Fourth"}, headers=HTMX).content.decode()

    assert "does not include this feature" in answer
    assert Playlist.objects.count() == 3


def test_somebody_is_invited_joins_adds_and_leaves(client):
    ana, bo, item = make_user(first_name="Ana"), make_user("bo"), make_item(title="Tide")
    playlist = make_playlist(ana, "Ours", visibility="private")
    client.force_login(bo)
    assert client.get(url(playlist)).status_code == 404

    client.force_login(ana)
    assert (
        "no member of this name"
        in client.post(url(playlist, "people/"), {"username": "x", "role": "viewer"}).content.decode()
    )
    assert client.post(url(playlist, "people/"), {"username": ana.username, "role": "viewer"}).status_code == 400
    client.post(url(playlist, "people/"), {"username": "@BO", "role": "editor"})
    client.force_login(bo)
    assert "Ours" in client.get("/playlists/").content.decode()
    assert client.post(url(playlist, "move/"), {}).status_code == 404
    client.post(url(playlist, "join/"))
    client.post(f"/items/{item.uuid}/playlists/", {"in": str(playlist.uuid)})
    assert titles(playlist) == ["Tide"]
    assert "Ours" in client.get("/playlists/?show=shared").content.decode()
    client.post(url(playlist, "leave/"))

    assert client.get(url(playlist)).status_code == 404
    assert [row.recipient for row in Notification.objects.filter(kind="playlist").order_by("id")] == [bo, ana]


def test_a_viewer_watches_and_changes_nothing(client):
    bo, item = make_user(), make_item()
    playlist = make_playlist(None, "Ours", item, visibility="private", viewers=[bo])
    client.force_login(bo)

    assert client.get(url(playlist)).status_code == 200
    for address in (url(playlist, "move/"), url(playlist, f"items/{item.uuid}/remove/"), url(playlist, "edit/")):
        assert client.post(address).status_code == 404
    sharing.drop(playlist, bo, playlist.owner)
    assert client.get(url(playlist)).status_code == 404


def test_public_playlists_stand_in_the_overview_and_others_do_not(client):
    make_playlist(None, "Open", make_item())
    make_playlist(None, "By link", visibility="unlisted")
    make_playlist(None, "Kept", visibility="private")

    for page in (client.get("/playlists/"), client.get("/playlists/?show=own&page=x")):
        text = page.content.decode()
        assert "Open" in text
        assert not [title for title in ("By link", "Kept") if title in text]


def test_watch_later_is_a_list_of_its_own_for_guests_too(client):
    item, other = make_item(title="Tide"), make_item(title="Rain")
    client.get("/browse/")
    for one in (other, item):
        client.post(f"/items/{one.uuid}/save/")

    page = client.get("/watch-later/").content.decode()
    client.post("/watch-later/", {"item": item.uuid})

    assert page.index("Tide") < page.index("Rain")
    assert "Tide" not in client.get("/watch-later/").content.decode()
    assert client.post("/watch-later/", {"item": "x"}).status_code == 404


def test_the_page_says_how_much_is_watched_and_goes_on_there(client):
    ana = make_user()
    items = [make_item(title=title) for title in ("One", "Two", "Three")]
    playlist = make_playlist(None, "List", *items)
    watch(ana, items[0])
    client.force_login(ana)

    answer = client.get(url(playlist))

    assert answer.context["watched"] == 1
    assert answer.context["first"].item.title == "Two"


@pytest.mark.parametrize("many", [2, 30])
def test_pages_and_lists_cost_a_fixed_number_of_queries(client, django_assert_max_num_queries, many):
    make_plans()
    ana, bo = make_user(), make_user()
    subscriptions.upgrade_subscription(ana, Role.PREMIUM)
    items = [make_item(make_user(), title=f"Item {number}", file=b"x") for number in range(many)]
    playlist = make_playlist(ana, "List", *items, editors=[bo])
    for number in range(many):
        writing.add(writing.create(ana, f"List {number}", visibility="public"), items[0], ana)
        client.force_login(ana)
        client.post(f"/items/{items[number].uuid}/save/")

    for path in (
        "/playlists/", "/playlists/?show=public", url(playlist), url(playlist, "people/"), "/watch-later/",
        f"/items/{items[0].uuid}/playlists/", "/api/library/playlists?show=own", "/api/library/watch-later",
        f"/api/library/playlists/{playlist.uuid}/items", f"/api/library/playlists/{playlist.uuid}/members",
    ):  # fmt: skip
        with django_assert_max_num_queries(12):
            assert client.get(path).status_code == 200, path


def test_staff_deletes_in_the_admin_as_the_owner_would(client):
    item = make_item()
    playlist, kept = make_playlist(None, "Harmful", item), make_playlist(None, "Kept", item)
    client.force_login(make_staff())
    address = "/admin/library/playlist/"

    assert "Harmful" in client.get(address).content.decode()
    client.post(address, {"action": "delete_playlists", "_selected_action": [playlist.pk]})

    assert client.get(url(playlist)).status_code == 404
    assert client.get(url(kept)).status_code == 200
    assert numbers.item_counters([item.pk])[item.pk].saves == 1
