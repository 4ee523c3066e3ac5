"""A stranger's first hour with the real product: web process, drain and Chromium; and every page in every light."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.media import WATCH, mp4
from tests.browser.product import Product
from tests.browser.receiver import Receiver
from tests.browser.visiting import axe, delivered, sign_up, until, upload

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Yield a running site without demo data."""
    running = Product(tmp_path_factory.mktemp("site"))
    yield running
    running.stop()


@pytest.fixture
def profile(browser: Browser, product: Product) -> Iterator[BrowserContext]:
    """Yield a fresh browser profile on the site."""
    context = browser.new_context(base_url=product.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


def member_id(page: Page) -> str:
    """The UUID of who is signed in, as the collector is told."""
    return page.locator("script[data-endpoint]").get_attribute("data-user") or ""


def figures(page: Page, item: str) -> dict[str, Any]:
    """What the API says of the member and the item, once everything that was sent is applied."""
    uuid = re.search(r"/items/([^/]+)/", item)
    assert uuid
    for _ in range(100):
        if page.request.get("/readyz").json()["backlog"] == 0:
            break
        page.wait_for_timeout(50)
    user = f"/api/users/{member_id(page)}"
    return {
        "stats": page.request.get(f"{user}/stats").json(),
        "history": page.request.get(f"{user}/history").json()["results"],
        "item": page.request.get(f"/api/stats/items/{uuid[1]}").json(),
    }


def press(page: Page, name: str, pressed: str) -> None:
    """Press a button that stays pressed, and wait for what the server says."""
    button = page.locator("#actions").get_by_role("button", name=re.compile(f"^{name}"))
    button.click()
    expect(button).to_have_attribute("aria-pressed", pressed)


def test_the_first_hour_of_a_member_is_counted_exactly(product: Product, profile: BrowserContext):
    page = profile.new_page()
    sign_up(page, product, "noa")
    item = upload(page, "Reading the night sky", "sky.mp4", mp4(60, width=320, height=180))

    page.evaluate(WATCH)
    press(page, "Like", "true")
    press(page, "Like", "false")
    press(page, "Like", "true")
    page.locator("#comments textarea").fill("The outstretched fist made degrees make sense.")
    page.locator("#comments").get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#comments article")).to_have_count(1)
    page.locator("#actions").get_by_role("button", name="Share").click()
    page.locator("#share button[value=copy_link]").click()
    expect(page.locator("#share [role=status]")).not_to_be_empty()
    page.keyboard.press("Escape")
    press(page, "Save", "true")
    delivered(page)
    counted = figures(page, item)

    assert counted["stats"]["total_interactions"] == 3
    assert counted["stats"]["videos_uploaded"] == 1
    assert counted["stats"]["watch_history_entries"] == 1
    assert counted["stats"]["total_watched_hours"] == pytest.approx(20 / 3600, abs=1 / 3600)
    (entry,) = counted["history"]
    assert entry["duration_seconds"] == pytest.approx(20, abs=1)
    assert {name: counted["item"][name] for name in ("plays", "likes", "shares", "saves", "downloads")} == {
        "plays": 1,
        "likes": 1,
        "shares": 1,
        "saves": 1,
        "downloads": 0,
    }

    page.goto("/history/")
    assert page.locator(".divide .hmeta").count() == 1
    covered = re.search(r"(\d+) % watched", page.locator("main").inner_text())
    assert covered
    assert int(covered[1]) * 60 / 100 == pytest.approx(30, abs=1)

    page.goto(item)
    page.reload()
    delivered(page)
    second = profile.new_page()
    second.goto(item)
    delivered(second)
    assert figures(second, item) == counted

    second.evaluate("document.querySelector('video').muted = true")
    until(second, "document.querySelector('video').currentTime > 25")
    second.evaluate("document.querySelector('video').play()")
    second.wait_for_timeout(2_000)
    second.close(run_before_unload=True)
    page.wait_for_timeout(300)
    resumed = figures(page, item)
    assert resumed["item"] == counted["item"]
    assert resumed["history"][0]["duration_seconds"] == pytest.approx(entry["duration_seconds"] + 2, abs=0.6)

    product.manage("verify_stats")


def test_another_sites_page_reports_with_its_public_key(product: Product, browser: Browser):
    elsewhere = Receiver(mp4(4))
    source = json.loads(product.manage("create_source", "elsewhere", "--origin", elsewhere.url).stdout)
    product.manage("shell", "-c", "from stats.models import Source; Source.objects.update(creates_items_public=True)")
    context = browser.new_context()
    page = context.new_page()
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if "/api/" in answer.url else None)

    page.goto(
        elsewhere.page(
            endpoint=f"{product.url}/api/stats/events",
            script=f'data-key="{source["public_key"]}"',
            body='<video src="/media" muted data-play-item="clip-1" data-play-type="video"></video>',
        )
    )
    page.evaluate("document.querySelector('video').play()")
    until(page, "document.querySelector('video').ended")
    delivered(page)
    elsewhere.stop()
    context.close()

    assert set(answers) == {202}
    counted = urllib.request.urlopen(f"{product.url}/api/stats/items/clip-1").read()
    assert json.loads(counted)["plays"] == 1
    product.manage("verify_stats")


FOR_VISITORS = ("/", "/browse/", "/how-we-count/", "/privacy/", "/accounts/login/", "/accounts/signup/",
                "/accounts/password/reset/", "/api/", "/docs", "/redoc", "/nothing/")  # fmt: skip
FOR_MEMBERS = ("/", "/browse/", "/upload/", "/history/", "/profile/", "/settings/", "/features/", "/accounts/email/",
               "/accounts/2fa/", "/accounts/sessions/", "/accounts/password/change/", "{item}")  # fmt: skip
VIEWS = {"light": (1280, 800, "light"), "dark": (1280, 800, "dark"), "phone": (390, 844, "light")}
THIRD_PARTY = ("/docs", "/redoc")


@pytest.fixture(scope="module")
def known(product: Product, browser: Browser) -> dict[str, Any]:
    """Sign up a member who has watched, liked and uploaded. Returns the cookies and the item's path."""
    context = browser.new_context(base_url=product.url)
    page = context.new_page()
    sign_up(page, product, "ilse")
    item = upload(page, "The moon in twelve evenings", "moon.mp4", mp4(4, width=320, height=180))
    page.evaluate("document.querySelector('video').muted = true")
    page.evaluate("document.querySelector('video').play()")
    until(page, "document.querySelector('video').ended")
    press(page, "Like", "true")
    delivered(page)
    figures(page, item)
    cookies = context.cookies()
    context.close()
    return {"cookies": cookies, "item": item.removeprefix(product.url)}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("who", ["visitor", "member"])
def test_every_page_is_sound(profile: BrowserContext, known: dict[str, Any], who: str, view: str):
    wide, high, scheme = VIEWS[view]
    if who == "member":
        profile.add_cookies(known["cookies"])
    page = profile.new_page()
    page.set_viewport_size({"width": wide, "height": high})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on("console", lambda said: faults.append(f"{page.url}: {said.text}") if said.type == "error" else None)

    for path in FOR_MEMBERS if who == "member" else FOR_VISITORS:
        page.goto(path.format(**known), wait_until="networkidle")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > wide and path not in THIRD_PARTY:
            faults.append(f"{path}: {width} px wide")
        if path not in THIRD_PARTY:
            faults += [f"{path}: {fault}" for fault in axe(page)]

    assert [fault for fault in faults if "/nothing/" not in fault or "404" not in fault] == []
