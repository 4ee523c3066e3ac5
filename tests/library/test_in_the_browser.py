"""The library's pages in Chromium: with JavaScript nothing reloads, without it everything still works."""

import re

import pytest
from playwright.sync_api import expect

from stats import queries
from stats.models import Item
from tests.factories import make_item, make_user
from tests.library import samples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def log_in(context, client, live_server, user):
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])


def counters(item):
    return queries.item_counters([item.pk])[item.pk]


def test_a_like_a_save_a_share_and_a_comment_move_the_page_without_a_reload(page, client, live_server):
    item, ana = make_item(title="Tide"), make_user(first_name="Ana", last_name="Lund")
    log_in(page.context, client, live_server, ana)
    page.goto(f"/items/{item.uuid}/")
    page.evaluate("window.stayed = true")

    page.get_by_role("button", name="Like").click()
    expect(page.get_by_role("button", name="Like")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#receipt-numbers")).to_contain_text(re.compile(r"Shares\s*1"))
    page.keyboard.press("Escape")
    page.get_by_label("Your comment").fill("Lovely <b>tide</b>")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#comments")).to_contain_text("Lovely <b>tide</b>")
    page.get_by_role("button", name="Like").click()
    expect(page.get_by_role("button", name="Like")).to_have_attribute("aria-pressed", "false")

    assert page.evaluate("window.stayed") is True
    assert (counters(item).likes, counters(item).saves, counters(item).shares, counters(item).comments) == (0, 1, 1, 1)
    assert queries.eight_stats(ana.uuid).total_interactions == 3


def test_a_refused_file_says_why_and_the_next_one_is_published(page, client, live_server):
    ana = make_user()
    log_in(page.context, client, live_server, ana)
    page.goto("/upload/")

    page.set_input_files("input[type=file]", {"name": "film.mp4", "mimeType": "video/mp4", "buffer": samples.M3U8})
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("[data-errors=file]")).to_contain_text("not a video, sound or picture")
    assert Item.objects.count() == 0
    page.set_input_files(
        "input[type=file]", {"name": "low_tide.mp4", "mimeType": "video/mp4", "buffer": samples.film()}
    )
    page.get_by_role("button", name="Publish").click()

    expect(page.get_by_role("heading", name="Low tide")).to_be_visible()
    expect(page.locator("video")).to_have_js_property("error", None)
    page.locator("video").evaluate("video => video.play()")
    expect(page.locator("video")).to_have_js_property("ended", True)
    assert queries.eight_stats(ana.uuid).videos_uploaded == 1


def test_without_javascript_everything_is_a_plain_form(browser, client, live_server):
    item, ana = make_item(title="Tide"), make_user()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    log_in(context, client, live_server, ana)
    page = context.new_page()
    page.goto(f"/items/{item.uuid}/")

    page.get_by_role("button", name="Like").click()
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="WhatsApp").click()
    expect(page.locator("#shared a")).to_have_attribute("href", re.compile(r"^https://wa\.me/"))
    page.get_by_label("Your comment").fill("Hello")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#comments")).to_contain_text("Hello")
    page.goto("/upload/")
    page.set_input_files("input[type=file]", {"name": "still.png", "mimeType": "image/png", "buffer": samples.image()})
    page.get_by_role("button", name="Publish").click()

    expect(page.get_by_role("heading", name="Still")).to_be_visible()
    assert (counters(item).likes, counters(item).shares, counters(item).comments) == (1, 1, 1)
    context.close()


@pytest.mark.parametrize(
    "path", ["/browse/", "/browse/?q=none", "/items/{}/", "/items/{}/edit/", "/items/{}/delete/", "/upload/"]
)
def test_a_page_fits_a_phone_and_breaks_no_policy(browser, client, live_server, path):
    ana = make_user()
    item = make_item(ana, title="A rather long title " * 6, file=samples.film())
    context = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 800})
    log_in(context, client, live_server, ana)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)

    page.goto(path.format(item.uuid))

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert [text for text in said if "Content Security Policy" in text] == []
    context.close()
