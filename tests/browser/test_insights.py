"""Insights and receipts in a real browser: charts, the refresh, the dialog by keyboard, axe, both themes, a phone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts import activity
from stats.models import Source
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PAGES = ["/insights/", "/insights/numbers/", "/profile/", "/receipts/plays/?user=me&range=30d", "/how-we-count/"]


@pytest.fixture(autouse=True)
def database_calls_are_allowed(monkeypatch):
    """Playwright keeps an event loop in this thread, which Django takes for async code."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def complaints(page):
    """Collect what the browser complains of."""
    found: list[str] = []
    page.on("console", lambda message: found.append(f"{page.url}: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    return found


@pytest.fixture
def ana(page, live_server):
    """Log a member in who watched something on each of ten days."""
    user = make_user("ana")
    for number in range(10):
        watch(user, days=number)
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return user


def watch(user, **ago):
    at = datetime.now(UTC) - timedelta(minutes=20, **ago)
    activity.record_watch(user, "film", 600, source=Source.objects.get(pk=Source.SITE), watched_at=at)


def axe(page: Page) -> list[str]:
    """Return what axe finds serious or critical."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{page.url}: {one['id']}: {one['help']}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_pages_are_sound(page, ana, complaints, theme, width):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    faults = []

    for path in PAGES:
        page.goto(path, wait_until="networkidle")
        faults += axe(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{path} scrolls sideways")

    assert faults == []
    assert complaints == []


def test_charts_are_drawn_without_moving_the_page_and_show_their_tables(page, ana):
    page.goto("/insights/", wait_until="networkidle")

    expect(page.locator("figure.chart canvas")).to_have_count(2)
    moved = page.evaluate(
        "new Promise(done => new PerformanceObserver(list =>"
        " done(list.getEntries().reduce((sum, one) => sum + one.value, 0)))"
        ".observe({ type: 'layout-shift', buffered: true }) || setTimeout(() => done(0), 300))"
    )
    assert moved < 0.1
    page.get_by_role("button", name="Show as a table").first.click()
    expect(page.get_by_role("columnheader", name="Video")).to_be_visible()


def test_the_heat_map_begins_at_the_newest_week_on_a_phone(page, ana):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/insights/")

    box = page.locator(".scroll-end")
    newest = page.locator(".heat rect").last

    inside, at = box.bounding_box(), newest.bounding_box()
    assert inside["x"] <= at["x"] <= inside["x"] + inside["width"]
    expect(page.get_by_role("img", name="active on 10 days")).to_be_visible()


def test_figures_refresh_without_a_reload(page, ana):
    page.goto("/insights/", wait_until="networkidle")
    page.evaluate("window.stayed = true")
    expect(page.locator("[data-live=eight]")).to_contain_text("10")

    watch(ana)
    page.evaluate("htmx.trigger(document.getElementById('live'), 'live')")

    expect(page.locator("[data-live=eight] .fig").nth(1)).to_have_text("11")
    assert page.evaluate("window.stayed")


def test_a_receipt_opens_in_place_by_keyboard_and_gives_the_focus_back(page, ana, complaints):
    page.goto("/insights/", wait_until="networkidle")
    link = page.get_by_role("link", name="Watch history entries")

    link.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Watch history entries")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "receipt-title"
    expect(dialog).to_contain_text("curl")
    assert axe(page) == []
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")

    expect(dialog).to_have_count(0)
    expect(link).to_be_focused()
    assert page.url.endswith("/insights/")
    assert complaints == []


def test_the_command_of_a_receipt_is_copied(page, ana):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/insights/", wait_until="networkidle")
    page.get_by_role("link", name="Watch history entries").click()

    page.get_by_role("button", name="Copy the command").click()

    assert page.evaluate("navigator.clipboard.readText()").startswith("curl ")


def test_a_receipt_leads_to_the_plays_behind_it(page, ana):
    page.goto("/insights/", wait_until="networkidle")
    page.get_by_role("link", name="Watch history entries").click()

    page.get_by_role("link", name="The 10 events behind it").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("How is this counted?")
    expect(page.locator("tbody tr")).to_have_count(10)


@pytest.mark.parametrize("path", ["/insights/", "/insights/numbers/"])
def test_without_scripts_everything_is_there(browser, live_server, ana, page, path):
    cookies = page.context.cookies()
    plain = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    plain.add_cookies(cookies)
    tab = plain.new_page()
    tab.goto(path)

    assert tab.locator("table").count() == tab.locator("table:visible").count()
    tab.locator("a.receipt-link").first.click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("How is this counted?")
    plain.close()
