"""Talking about an item in Chromium, and its player on a page of another site."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import expect

from library.models import Comment, Report
from stats import queries
from tests.factories import make_comment, make_item, make_user
from tests.library import samples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_people_answer_correct_report_and_rate_without_a_reload(page, client, live_server):
    item = make_item(title="Tide")
    root = make_comment(item, make_user(first_name="Jun", last_name="Okada"), "Where is this?")
    client.force_login(make_user(first_name="Ana", last_name="Lund"))
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(f"/items/{item.uuid}/")
    page.evaluate("window.stayed = true")
    talk = page.locator("#comments")

    talk.get_by_role("link", name="Reply to Jun Okada").press("Enter")
    expect(talk.get_by_label("Your reply")).to_be_focused()
    page.keyboard.type("At the jety.")
    talk.get_by_role("button", name="Reply").click()
    expect(talk.locator(".replies")).to_contain_text("At the jety.")
    expect(talk.locator("h2")).to_have_text("2 comments")
    talk.get_by_role("link", name="Edit your comment").click()
    editing = talk.get_by_role("form", name="Edit your comment")
    editing.get_by_role("textbox").fill("At the jetty.")
    editing.get_by_role("button", name="Save").click()
    expect(talk.locator(".replies")).to_contain_text("edited")
    talk.get_by_role("link", name="Report the comment of Jun Okada").click()
    reporting = talk.get_by_role("form", name="Report the comment of Jun Okada")
    reporting.get_by_role("button", name="Report").click()
    reporting.get_by_label("Spam or advertising").check()
    reporting.get_by_role("button", name="Report").click()
    expect(talk.get_by_role("status")).to_contain_text("Thank you")
    page.get_by_role("button", name="4 stars").press("Enter")
    expect(page.locator("#stars")).to_contain_text("You gave 4 stars")

    assert page.evaluate("window.stayed") is True
    assert Comment.objects.get(parent=root).text == "At the jetty."
    assert Report.objects.get().comment == root
    assert queries.item_ratings([item.pk])[item.pk].average == 4


@pytest.fixture
def elsewhere(tmp_path, free_port):
    """Serve `tmp_path` as another site; return its address."""
    served = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", free_port), served) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{free_port}/"
        server.shutdown()


def test_an_item_plays_and_is_reported_from_a_page_of_another_site(page, live_server, elsewhere, tmp_path):
    item = make_item(title="Tide", file=samples.film())
    frame = f'<!doctype html><title>Elsewhere</title><iframe src="{live_server.url}/embed/{item.uuid}/"></iframe>'
    (tmp_path / "index.html").write_text(frame)
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)

    page.goto(elsewhere)
    player = page.frame_locator("iframe").locator("video")
    with page.expect_response(lambda answer: "/events" in answer.url) as told:
        player.evaluate("video => { video.muted = true; return video.play() }")
        expect(player).to_have_js_property("ended", True)

    assert told.value.status == 202
    assert [text for text in said if "Content Security Policy" in text] == []
