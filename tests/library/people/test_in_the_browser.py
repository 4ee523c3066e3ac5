"""Following and the bell in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from library.people import notifications
from stats import queries
from tests.factories import PASSWORD, make_user


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_one_follows_without_leaving_the_page_and_the_bell_hears_of_news(page: Page):
    ana, noa = make_user("ana"), make_user("noa")
    page.clock.install()
    page.goto("/accounts/login/?next=/members/noa/")
    page.get_by_label("E-mail or username").fill("ana")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.evaluate("window.stayed = true")

    page.get_by_role("button", name="Follow noa").click()
    expect(page.get_by_role("button", name="Following noa")).to_be_focused()
    expect(page.locator("[data-followers]")).to_have_text("1")
    notifications.notify("comment", [ana], by=noa, title="noa commented", address="/browse/", cause="1")
    page.clock.fast_forward(61_000)

    expect(page.get_by_role("link", name=re.compile("Notifications, 1 unread"))).to_be_visible()
    assert page.evaluate("window.stayed")
    assert queries.follow_counts([noa.uuid])[noa.uuid].followers == 1
