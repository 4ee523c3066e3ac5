"""The studio in a real browser: charts say what their tables say, figures move without a reload, keys do what the mouse does."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from playwright.sync_api import expect

from accounts.models import FeatureGrant
from stats import items as known_items
from stats.kinds import Kind
from tests.analytics.events import act, guest, watch
from tests.browser.test_first_hour import axe
from tests.factories import make_item, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DRAWN = """figure => {
  const chart = Chart.getChart(figure.querySelector("canvas"));
  return { labels: chart.data.labels, series: chart.data.datasets.map(one => one.data), colour: chart.data.datasets[0].borderColor,
           max: chart.scales.y.max, size: [chart.width, chart.height] };
}"""
SHIFTS = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""


@pytest.fixture(autouse=True)
def database_calls_are_allowed(monkeypatch):
    """Playwright keeps an event loop in this thread, which Django takes for async code."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    known_items.forget()


@pytest.fixture
def complaints(page):
    """Collect what the browser complains of."""
    found: list[str] = []
    page.on("console", lambda message: found.append(f"{page.url}: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    return found


@pytest.fixture
def film(page, live_server):
    """Return an item whose owner is signed in, with plays and likes of forty days."""
    ilse, now = make_user("ilse"), datetime.now(UTC)
    FeatureGrant.objects.create(user=ilse, feature="advanced_analytics")
    film = make_item(ilse, title="Reading the night sky", duration_ms=120_000)
    make_item(ilse, title="Nothing yet")
    for number in range(0, 40, 2):
        for viewer in range(1 + number % 7):
            watch(guest(f"{viewer}"), film, now - number * DAY - HOUR, ranges=[(0, 20 * (viewer + 1))], source="search")
        act(Kind.LIKE, guest(f"{number}"), film, now - number * DAY - HOUR)
    client = Client()
    client.force_login(ilse)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return film


def pages_of(film) -> list[str]:
    return ["/studio/", "/studio/?range=24h", "/studio/items/", f"/studio/items/{film.uuid}/"]


def chart(page, name: str = "trend-plays"):
    figure = page.locator(f"#{name}")
    figure.locator("canvas").wait_for()
    return figure


def table_of(figure) -> list[list[float | None]]:
    """The columns of a figure's table as its texts say them."""
    rows = figure.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].slice(1).map(cell => cell.textContent))"
    )
    return [
        [float(re.sub(r"[^\d.]", "", text)) if re.search(r"\d", text) else None for text in column]
        for column in zip(*rows, strict=True)
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_every_page_is_sound_in_every_light(page, film, complaints, width, scheme):
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    for path in pages_of(film):
        page.goto(path, wait_until="networkidle")
        complaints += [f"{path}: {fault}" for fault in axe(page)]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

    assert complaints == []


@pytest.mark.parametrize("name", ["plays", "watched_hours", "unique_plays", "average_completion", "likes"])
def test_a_chart_says_what_its_table_says(page, film, name):
    page.goto("/studio/")
    page.locator(f"[data-trend={name}]").click()
    figure = chart(page, f"trend-{name}")

    drawn = figure.evaluate(DRAWN)

    table = table_of(figure)
    assert len(drawn["labels"]) == 30
    for series, column in zip(drawn["series"], table, strict=True):
        assert [None if one is None else pytest.approx(one, abs=0.06) for one in series] == column
    assert sum(one or 0 for one in drawn["series"][0]) > 0
    assert (drawn["max"] == 100) == (name == "average_completion")


def test_the_curve_of_an_item_ends_at_a_hundred_and_says_what_its_table_says(page, film):
    page.goto(f"/studio/items/{film.uuid}/")
    figure = page.locator("figure", has=page.get_by_role("heading", name="Who is still watching"))
    figure.locator("canvas").wait_for()

    drawn = figure.evaluate(DRAWN)

    assert drawn["max"] == 100
    assert drawn["series"] == [table_of(figure)[0]]
    assert drawn["labels"][:2] == ["0:00", "0:02"]


def test_nothing_moves_while_the_page_arrives(page, film):
    for path in ("/studio/", f"/studio/items/{film.uuid}/"):
        page.goto(path, wait_until="networkidle")

        assert page.evaluate(SHIFTS) < 0.02, path


def test_keys_switch_the_chart_and_open_its_table(page, film):
    page.goto("/studio/")
    chart(page)

    page.locator("[data-trend=likes]").focus()
    page.keyboard.press("Enter")
    likes = chart(page, "trend-likes")
    expect(likes.get_by_role("heading")).to_have_text("Likes per day")
    expect(page.locator("#trend-plays")).to_be_hidden()
    assert page.locator("[data-trend][aria-pressed=true]").get_attribute("data-trend") == "likes"

    toggle = likes.get_by_role("button", name="Show as a table")
    toggle.focus()
    page.keyboard.press("Space")
    expect(likes.get_by_role("table")).to_be_visible()
    expect(likes.locator("canvas")).to_be_hidden()
    expect(toggle).to_have_attribute("aria-pressed", "true")


def test_without_javascript_the_tables_stand_there(browser, page, film, live_server):
    plain = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    plain.add_cookies(page.context.cookies())
    other = plain.new_page()

    other.goto("/studio/")

    assert other.locator(".trend table").count() == 5
    assert all(table.is_visible() for table in other.locator(".trend table").all())
    plain.close()


def test_the_theme_recolours_the_chart_in_its_place(page, film):
    page.emulate_media(color_scheme="light")
    page.goto("/studio/")
    figure = chart(page)
    before = figure.evaluate(DRAWN)

    page.get_by_role("button", name="Switch between light and dark").click()

    page.wait_for_function(
        "colour => Chart.getChart(document.querySelector('#trend-plays canvas')).data.datasets[0].borderColor !== colour",
        arg=before["colour"],
    )
    after = figure.evaluate(DRAWN)
    assert (after["series"], after["size"]) == (before["series"], before["size"])


def test_the_figures_follow_what_happens_and_keep_what_was_chosen(page, film, complaints):
    page.goto("/studio/")
    chart(page)
    page.locator("[data-trend=likes]").click()
    page.locator("#trend-likes [data-chart-toggle]").click()
    page.evaluate("() => { window.same = true; window.canvas = document.querySelector('#trend-plays canvas'); }")
    plays, likes = (page.locator(f"[data-trend={name}] .fig") for name in ("plays", "likes"))
    counts = int(plays.inner_text()), int(likes.inner_text())

    watch(guest("new"), film, datetime.now(UTC) - timedelta(minutes=1))
    act(Kind.LIKE, guest("new"), film, datetime.now(UTC))
    page.evaluate("htmx.trigger('#live', 'live')")

    expect(plays).to_have_text(str(counts[0] + 1))
    expect(likes).to_have_text(str(counts[1] + 1))
    assert page.evaluate("window.same && window.canvas === document.querySelector('#trend-plays canvas')")
    assert (
        page.evaluate("Chart.getChart(window.canvas).data.datasets[0].data.at(-1)")
        == table_of(page.locator("#trend-plays"))[0][-1]
    )
    assert page.locator("[data-trend][aria-pressed=true]").get_attribute("data-trend") == "likes"
    expect(page.locator("#trend-likes table")).to_be_visible()
    assert page.evaluate(SHIFTS) < 0.02
    assert complaints == []


def test_while_nothing_happens_only_the_time_moves_on(page, film):
    page.goto("/studio/")
    shown = page.locator("[data-as-of]")
    page.evaluate("document.querySelector('[data-as-of]').textContent = 'a while ago'")

    with page.expect_response(lambda answer: "/studio/" in answer.url) as polled:
        page.evaluate("htmx.trigger('#live', 'live')")

    assert polled.value.status == 304
    expect(shown).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))


def test_nothing_is_asked_while_nobody_looks(page, film):
    page.goto("/studio/", wait_until="networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/studio/" in request.url else None)

    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.evaluate("htmx.trigger('#live', 'live')")
    page.wait_for_timeout(300)
    assert asked == []

    page.evaluate("Object.defineProperty(document, 'hidden', { value: false, configurable: true })")
    with page.expect_request(lambda request: "/studio/" in request.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_window_of_ones_own_is_picked_by_its_days(page, film):
    page.goto("/studio/")

    page.get_by_role("link", name="Custom").click()
    page.get_by_label("From", exact=True).fill("2026-01-05")
    page.get_by_label("to", exact=True).fill("2026-01-08")
    page.get_by_role("button", name="Show these days").click()

    expect(page.get_by_text("5 to 8 January 2026")).to_be_visible()
    expect(page.locator("#trend-plays .chart-empty")).to_have_text("Nothing was counted in this period.")
