"""What was recommended counts as seen once it was visible for a second, and as clicked when it is."""

import pytest

from stats.models import Action
from tests.factories import make_item, make_user
from tests.library.recommending.watching import audience, watch
from tests.library.test_in_the_browser import log_in
from tests.stats import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def told(kind):
    world.drain_all()
    return sorted(Action.objects.filter(kind=kind, label="because_you_watched").values_list("item_id", flat=True))


def queued(page, kind):
    """Return how many events of a kind wait in the browser."""
    return page.evaluate("(kind) => Object.values(localStorage).filter((one) => one.includes(kind)).length", kind)


def wait_until(page, kind, count):
    for _ in range(50):
        if queued(page, kind) == count:
            return
        page.wait_for_timeout(100)
    raise AssertionError((kind, queued(page, kind)))


def test_only_what_was_seen_for_a_second_counts_and_what_was_clicked(page, client, live_server):
    items = [make_item(title=title) for title in ("Tide", "Harbour", "Dunes", "Desert")]
    audience(*items)
    ana = make_user()
    watch(ana, items[0])
    log_in(page.context, client, live_server, ana)
    page.set_viewport_size({"width": 1280, "height": 340})
    page.goto("/")
    page.wait_for_timeout(1500)
    assert (
        page.evaluate("Object.values(localStorage).filter((one) => one.includes('recommendation_viewed')).length") == 0
    )

    shelf = page.locator("[data-recommended]")
    shelf.scroll_into_view_if_needed()
    wait_until(page, "recommendation_viewed", 3)
    with page.expect_navigation():
        shelf.get_by_role("link", name="Harbour").first.click()
    wait_until(page, "recommendation_", 0)

    assert told("recommendation_viewed") == sorted(item.pk for item in items[1:])
    assert told("recommendation_clicked") == [items[1].pk]
