"""Playlists in Chromium: dragged, moved by keys, filled from a dialog, and played through."""

import re

import pytest
from playwright.sync_api import expect

from library.playlists import queries, writing
from stats import drain
from stats.models import Play
from tests.factories import make_item, make_playlist, make_user
from tests.library import samples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def log_in(context, client, live_server, user):
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])


def titles(playlist):
    return [entry.item.title for entry in queries.entries_of(playlist, playlist.owner)]


def shown(page):
    return page.locator("#list h3").all_text_contents()


def test_a_list_is_dragged_and_moved_by_keys(page, client, live_server):
    playlist = make_playlist(None, "List", *[make_item(title=title) for title in ("One", "Two", "Three", "Four")])
    log_in(page.context, client, live_server, playlist.owner)
    page.goto(f"/playlists/{playlist.uuid}/")
    saved = lambda: page.expect_response(re.compile("/order"))  # noqa: E731

    grip, below = page.get_by_role("button", name="Move “One”"), page.locator("#list li").nth(2).bounding_box()
    box = grip.bounding_box()
    with saved():
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.mouse.down()
        page.mouse.move(box["x"] + 5, below["y"] + below["height"] - 10, steps=8)
        page.wait_for_timeout(100)
        page.mouse.up()
    assert shown(page) == titles(playlist) == ["Two", "Three", "One", "Four"]

    page.get_by_role("button", name="Move “Four”").focus()
    for key in ("Space", "Home"):
        page.keyboard.press(key)
    with saved():
        page.keyboard.press("Space")
    assert shown(page) == titles(playlist) == ["Four", "Two", "Three", "One"]
    for key in ("Space", "ArrowDown", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    assert shown(page) == ["Four", "Two", "Three", "One"]

    writing.add(playlist, make_item(title="Five"), playlist.owner)
    for key in ("Space", "ArrowDown"):
        page.keyboard.press(key)
    with saved():
        page.keyboard.press("Space")
    expect(page.get_by_text("Your order was not saved")).to_be_visible()
    assert shown(page) == ["Four", "Two", "Three", "One"]
    assert titles(playlist) == ["Four", "Two", "Three", "One", "Five"]


def test_an_item_is_saved_from_the_dialog(page, client, live_server):
    ana = make_user()
    make_item(title="Tide")
    playlist = make_playlist(ana, "Evenings")
    log_in(page.context, client, live_server, ana)
    page.goto("/browse/")

    page.get_by_role("link", name="Save “Tide” to a playlist").click()
    dialog = page.get_by_role("dialog", name="Save to")
    with page.expect_response(re.compile("/playlists/")):
        dialog.get_by_label("Evenings").check()
    expect(dialog.get_by_role("status")).to_have_text("Saved.")
    dialog.get_by_label("New playlist").fill("Mornings")
    dialog.get_by_role("button", name="Make it").click()
    expect(dialog.get_by_label("Mornings")).to_be_checked()
    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Save “Tide” to a playlist")).to_be_focused()
    assert titles(playlist) == ["Tide"]


def test_a_playlist_goes_on_by_itself_and_its_plays_say_so(page, client, live_server):
    film = samples.film()
    one, two = make_item(title="One", file=film, duration_ms=1000), make_item(title="Two", file=film, duration_ms=1000)
    playlist = make_playlist(None, "List", one, two)
    log_in(page.context, client, live_server, playlist.owner)
    page.goto(f"/playlists/{playlist.uuid}/")

    page.get_by_role("link", name="Play", exact=True).click()
    page.get_by_label("Go on by itself").check()
    page.locator("video").evaluate("video => video.play()")
    page.wait_for_url(re.compile(str(two.uuid)))
    expect(page.locator("video")).to_have_js_property("ended", True)
    with page.expect_response(re.compile("/api/stats/events")):
        page.goto("/browse/")
    while drain.drain_once(drain.Pace()):
        pass

    plays = Play.objects.filter(item_id__in=[one.pk, two.pk])
    assert {play.item_id for play in plays} == {one.pk, two.pk}
    assert {(play.play_source, play.playlist) for play in plays} == {("playlist", playlist.uuid)}
