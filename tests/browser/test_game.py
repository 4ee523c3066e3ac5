"""A new member takes a course, and the game answers: points arrive, a level, achievements, a place."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.product import Product
from tests.browser.test_learning import SECONDS, answer, build, looked_at, profile_of, settled
from tests.browser.visiting import sign_up, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Yield a running site without demo data, with the achievements that a site begins with."""
    running = Product(tmp_path_factory.mktemp("game"))
    running.manage("seed_achievements")
    yield running
    running.stop()


# A toast is there for nine seconds: what each said is kept by the tab.
LISTEN = """new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) if (node.matches?.("[data-toast]")) {
    sessionStorage.setItem("told", `${sessionStorage.getItem("told") ?? ""} | ${node.textContent.replace(/\\s+/g, " ")}`);
  }
}).observe(document, { childList: true, subtree: true });"""


def is_told(page: Page, words: str) -> None:
    """Wait until a toast has said something."""
    page.wait_for_function("words => (sessionStorage.getItem('told') ?? '').includes(words)", arg=words, timeout=30_000)


def rank(page: Page) -> int | None:
    """Return one's place of all time, as the API tells it."""
    answered = page.request.get("/api/gamification/leaderboard?timeframe=all_time")
    assert answered.ok, answered.text()
    place: int | None = answered.json()["me"]["rank"]
    return place


def test_a_course_brings_points_levels_achievements_and_a_place(product: Product, browser: Browser):
    teacher, learner = profile_of(browser, product), profile_of(browser, product)
    mara, tom = teacher.new_page(), learner.new_page()
    tom.add_init_script(LISTEN)
    faults: list[str] = []
    tom.on("pageerror", lambda error: faults.append(str(error)))
    tom.on("console", lambda said: faults.append(f"{said.text} {said.location}") if said.type == "error" else None)
    sign_up(mara, product, "mara")
    sign_up(tom, product, "tom")
    build(mara)
    assert rank(tom) is None

    tom.goto("/courses/")
    tom.get_by_role("link", name=re.compile("Reading the sea")).first.click()
    tom.get_by_role("button", name="Enrol").click()
    expect(tom).to_have_url(re.compile("/lessons/"))
    until(tom, "document.querySelector('video')?.readyState > 0")
    tom.evaluate("() => { const v = document.querySelector('video'); v.muted = true; return v.play() }")
    until(tom, f"document.querySelector('video').currentTime > {SECONDS - 1}")
    until(tom, "document.querySelector('video').ended")
    settled(tom)
    expect(tom.locator("#lesson-note[data-done]")).to_be_visible()
    is_told(tom, "For finishing “Ebb and flood”")
    is_told(tom, "Unlocked: First Steps")
    tom.evaluate("document.querySelectorAll('#moments [data-close]').forEach((button) => button.click())")

    tom.locator("#lesson-next a[rel=next]").click()
    tom.mouse.wheel(0, 4000)
    expect(tom.locator("#lesson-note[data-done]")).to_be_visible()
    is_told(tom, "+50")

    tom.locator("#lesson-next a[rel=next]").click()
    answer(tom, "The moon")
    expect(tom.get_by_role("heading", name="Passed", exact=True)).to_be_visible()
    is_told(tom, "For a perfect score")
    is_told(tom, "You reached level 3")
    is_told(tom, "Unlocked: Course Graduate")
    assert tom.request.get("/api/learning/enrolments").json()["results"][0]["certificate"]

    # three lessons, a perfect quiz, a course, a day, two achievements
    earned = 3 * 50 + 150 + 500 + 20 + 2 * 200
    tom.goto("/dashboard/progress/")
    expect(tom.get_by_role("heading", name=f"{earned:,} XP")).to_be_visible()
    expect(tom.get_by_text("for finishing “Tide tables”")).to_be_visible()
    tom.goto("/dashboard/achievements/")
    expect(tom.get_by_text("2 of 12 unlocked, 250 points.")).to_be_visible()
    assert rank(tom) == 1

    product.manage("verify_stats")
    assert faults == []
    own = ["/", "/profile/", "/dashboard/achievements/", "/dashboard/progress/", "/settings/game/", "/members/tom/"]
    looked_at(tom, own)

    tom.goto("/settings/game/")
    tom.get_by_label("Calm mode").check()
    tom.get_by_role("button", name="Save").click()
    tom.goto("/")
    assert "XP" not in tom.locator("body").inner_text()
    teacher.close()
    learner.close()
