"""The staff's morning in a real browser: find somebody, help them, look at what it did to the numbers, see who left, act on many."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from accounts import demo
from accounts.models import StaffAction, Subscription, User
from accounts.roles import Role
from analytics.people import bulk, views
from stats import items as known_items
from tests.analytics.events import guest, watch
from tests.factories import make_item, make_plans, make_staff, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)
PAID_FOR = 40 * DAY
WHO_LEFT = """(canvas, day) => {
  const chart = Chart.getChart(canvas), series = chart.data.datasets.findIndex((one) => one.label === "Left");
  return chart.getDatasetMeta(series).data[chart.data.labels.indexOf(day)].getCenterPoint();
}"""


@pytest.fixture(autouse=True)
def database_calls_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright keeps an event loop in this thread, which Django takes for async code."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    known_items.forget()


@pytest.fixture
def now(transactional_db: None) -> datetime:
    """Return the moment up to which members have lived: two left some days ago, four still pay."""
    moment = datetime.now(UTC)
    make_plans()
    joined = moment - PAID_FOR
    for name in ("aurelio", "ngozi"):
        left = make_user(name, created_at=joined, first_name=name.title())
        demo.live(left, demo.Patron(name, "", "", PAID_FOR.days, Role.SUBSCRIBER, "IT", demo.LEAVES), moment)
    for name in ("wietske", "matteus", "pavel", "haruka"):
        stays = make_user(name, created_at=joined, first_name=name.title())
        demo.pay_since(stays, Role.PREMIUM, moment - 20 * DAY, moment, "NL")
    return moment


@pytest.fixture
def rosa(page: Page, live_server: Any, now: datetime) -> User:
    """Return who is on the staff, signed in."""
    user = make_staff("rosa", first_name="Rosa")
    page.emulate_media(reduced_motion="reduce")
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return user


@pytest.fixture
def faults(page: Page) -> Iterator[list[str]]:
    """Collect what the browser complains of; the test ends with none."""
    found: list[str] = []
    page.on("console", lambda said: found.append(f"{page.url}: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    yield found
    assert found == []


def ends(username: str) -> datetime:
    """Return until when somebody's subscription runs."""
    return Subscription.objects.running().get(user__username=username).current_period_end


def mrr(page: Page) -> str:
    """Return the run rate as the dashboard of revenue says it."""
    page.goto("/admin/analytics/revenue/")
    return page.locator("[data-live=card-revenue-mrr] .fig").inner_text().splitlines()[0]


def lines(page: Page) -> Locator:
    """Open the audit log; return its lines, the latest first."""
    page.goto("/admin/people/audit/")
    return page.locator("main tbody tr")


def find(page: Page, part: str) -> None:
    """Look for a member by the frame's search field, which the key / reaches."""
    page.keyboard.press("/")
    page.keyboard.type(part)
    page.keyboard.press("Enter")
    expect(page.locator("#desk-total")).to_have_text("1 member")


def test_a_morning(page: Page, rosa: User, faults: list[str], tmp_path: Path) -> None:
    rate, before = mrr(page), ends("wietske")
    assert rate == "€56"

    # somebody writes in: found by half of the address, helped, and the money stays what it was
    find(page, "tske@exam")
    page.locator(".desk-who", has_text="wietske@example.org").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wietske")
    page.get_by_role("button", name="Extend by 30 days").click()
    expect(page.locator("#subscription tbody tr").first).to_contain_text("rosa")
    assert ends("wietske") == before + 30 * DAY
    assert mrr(page) == rate
    told = lines(page).first
    for words in ("rosa", "wietske", "Extended a subscription", "days 30"):
        expect(told).to_contain_text(words)
    written = datetime.fromisoformat(told.locator("time").get_attribute("datetime") or "")
    assert abs(written - datetime.now(UTC)) < timedelta(minutes=5)

    # who left: a press on the day's part of the chart leads to the people, and they are taken along
    page.goto("/admin/analytics/revenue/")
    canvas = page.locator("#panel-mrr-movements canvas")
    over = Subscription.objects.filter(user__username="ngozi").latest("pk").current_period_end
    spot = canvas.evaluate(WHO_LEFT, f"{over:%-d %b}")
    canvas.click(position={"x": spot["x"], "y": spot["y"]})
    page.wait_for_url("**/behind/mrr-movements/**part=churn**")
    expect(page.locator("main tbody th")).to_have_text(["Aurelio", "Ngozi"], use_inner_text=True)
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    file = tmp_path / "left.csv"
    taken.value.save_as(file)
    rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    assert {row[0] for row in rows[1:]} == {"Aurelio", "Ngozi"}
    expect(lines(page).first).to_contain_text("mrr-movements")
    expect(lines(page).first).to_contain_text("rosa")


def test_looking_as_a_member_and_back(page: Page, rosa: User, faults: list[str]) -> None:
    page.goto("/admin/people/")
    find(page, "pavel")
    page.locator(".desk-who").click()
    person = page.url

    page.get_by_role("button", name="See the site as them").click()
    expect(page.get_by_role("region", name="Looking as a member")).to_contain_text("You see the site as Pavel")
    page.goto("/billing/")
    expect(page.locator("main")).to_contain_text("Premium")
    page.get_by_role("button", name="Stop looking").click()

    page.goto(person)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pavel")
    assert list(StaffAction.objects.order_by("pk").values_list("what", flat=True)) == [
        "member.viewed_as",
        "member.view_as_ended",
    ]


def test_many_at_once_looked_at_followed_and_taken_back(
    page: Page, rosa: User, faults: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "AT_ONCE_S", 0.0)
    names = ["haruka", "matteus", "pavel"]
    before = {name: ends(name) for name in names}
    page.goto("/admin/people/")
    for name in [*names, "ngozi"]:
        page.get_by_role("checkbox", name=name).check()
    page.get_by_label("What to do").select_option("extend")
    page.get_by_role("button", name="Preview").click()

    said = page.locator("[aria-labelledby=happens]")
    expect(said).to_contain_text("3 subscriptions last 30 days longer")
    expect(said).to_contain_text("1 without a running subscription")
    assert {name: ends(name) for name in names} == before

    said.get_by_role("button", name=re.compile("Extend 3")).click()
    progress = page.locator("[data-desk-progress]")
    if progress.get_attribute("data-desk-progress"):
        bulk.work_off(20.0)
    expect(progress.get_by_role("heading", name="Finished")).to_be_visible()
    expect(progress.get_by_role("status")).to_have_text("4 of 4")
    expect(progress).to_contain_text("No running subscription")
    assert {name: ends(name) for name in names} == {name: end + 30 * DAY for name, end in before.items()}

    page.reload()
    page.get_by_role("button", name="Undo for 3 members").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Undo")
    bulk.work_off(20.0)
    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    assert {name: ends(name) for name in names} == before


def test_a_note_stands_on_the_charts(page: Page, rosa: User, faults: list[str]) -> None:
    page.goto("/admin/analytics/")
    page.get_by_role("link", name="Notes").click()
    page.get_by_label("What happened").fill("The newsletter went out.")
    page.get_by_role("button", name="Add it to the charts").click()
    expect(page.locator("main tbody")).to_contain_text("The newsletter went out.")

    page.goto("/admin/analytics/revenue/")
    canvas = page.locator("#panel-mrr-by-day canvas")
    canvas.wait_for()
    marks = canvas.evaluate("(canvas) => Chart.getChart(canvas).options.plugins.notes.marks.filter(Boolean)")
    assert marks == ["The newsletter went out."]


def test_who_is_active_now_is_told_without_a_reload(page: Page, rosa: User, faults: list[str]) -> None:
    film = make_item(title="Tide")
    page.goto("/admin/analytics/")
    page.evaluate("window.stayed = true")
    shown = page.locator("[data-live=card-overview-active] .fig")
    people = int(shown.inner_text())

    watch(guest("new"), film, datetime.now(UTC))
    cache.clear()
    page.evaluate("htmx.trigger('#live', 'live')")

    expect(shown).to_have_text(str(people + 1))
    assert page.evaluate("window.stayed")


def test_what_a_number_means_is_said_where_it_stands(page: Page, rosa: User, faults: list[str]) -> None:
    page.goto("/admin/analytics/revenue/")
    ask = page.locator("[data-live=card-revenue-mrr]").get_by_role("button", name="What “MRR” means")

    ask.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#means-revenue-mrr")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#means-revenue-mrr")).to_be_hidden()
    expect(ask).to_be_focused()
