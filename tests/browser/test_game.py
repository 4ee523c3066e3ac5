"""A new member takes a course, and the game answers: points arrive, a level, achievements, a place."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

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


def tell(product: Product, name: str, days: int) -> None:
    """Let a streak be told to a member."""
    product.manage("shell", "-v0", "-c", f"""
from django.utils import timezone
from accounts.models import User
from gamification.moments import telling
from stats.fields import to_micros
from stats.fresh import Effect
telling.listen([Effect(User.objects.get(username="{name}").uuid.hex, "streak", "{days}", 1, to_micros(timezone.now()))])
""")  # fmt: skip


def waiting(page: Page) -> int:
    """Return how many moments wait for the member."""
    found: list[object] = page.request.get("/api/gamification/moments").json()["moments"]
    return len(found)


def is_marked(page: Page) -> None:
    """Wait until the server knows that everything was shown."""
    for _ in range(100):
        if not waiting(page):
            return
        page.wait_for_timeout(50)
    raise AssertionError("a moment still waits")


def count(page: Page, words: str) -> int:
    """Return how many toasts of a tab have said something."""
    told: int = page.evaluate("words => (sessionStorage.getItem('told') ?? '').split(words).length - 1", words)
    return told


def test_a_toast_on_its_way_to_a_page_that_is_left_comes_on_the_next_and_once(product: Product, browser: Browser):
    profile = profile_of(browser, product)
    ada = profile.new_page()
    ada.add_init_script(LISTEN)
    sign_up(ada, product, "ada")
    tell(product, "ada", 7)
    sent: list[int] = []

    def hold(route: Route) -> None:
        sent.append(route.fetch().status)

    ada.route("**/moments/", hold)
    ada.goto("/courses/")
    while not sent:
        ada.wait_for_timeout(50)
    ada.unroute("**/moments/")
    assert count(ada, "7 days in a row") == 0
    ada.goto("/dashboard/progress/")
    is_told(ada, "7 days in a row")
    is_marked(ada)
    for address in ("/", "/courses/"):
        ada.goto(address)
        ada.wait_for_timeout(1500)
    assert count(ada, "7 days in a row") == 1
    profile.close()


def test_a_toast_whose_link_is_followed_at_once_was_shown(product: Product, browser: Browser):
    profile = profile_of(browser, product)
    eva = profile.new_page()
    eva.add_init_script(LISTEN)
    sign_up(eva, product, "eva")
    tell(product, "eva", 14)

    eva.goto("/courses/")
    eva.locator("#moments").get_by_role("link", name="Your progress").click()
    expect(eva).to_have_url(re.compile("/progress/"))
    eva.wait_for_timeout(1500)

    assert waiting(eva) == 0
    assert count(eva, "14 days in a row") == 1
    profile.close()


def test_what_the_server_does_not_hear_of_is_told_once_on_a_page_and_said_again(product: Product, browser: Browser):
    profile = profile_of(browser, product)
    kim = profile.new_page()
    kim.add_init_script(LISTEN)
    sign_up(kim, product, "kim")
    tell(product, "kim", 21)
    kim.route("**/moments/shown", lambda route: route.abort())

    kim.goto("/courses/")
    is_told(kim, "21 days in a row")
    kim.wait_for_timeout(1600)
    kim.unroute("**/moments/shown")
    assert waiting(kim) == 1
    kim.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    is_marked(kim)

    assert count(kim, "21 days in a row") == 1
    profile.close()


def test_of_two_tabs_one_shows_a_toast(product: Product, browser: Browser):
    profile = profile_of(browser, product)
    first, second = profile.new_page(), profile.new_page()
    for tab in (first, second):
        tab.add_init_script(LISTEN)
    sign_up(first, product, "uma")
    second.goto("/courses/")
    for days in (7, 14, 21):
        first.wait_for_timeout(1600)
        tell(product, "uma", days)
        for tab in (first, second):
            tab.evaluate("document.dispatchEvent(new Event('reported'))")
        is_marked(first)
        assert sum(count(tab, f"{days} days in a row") for tab in (first, second)) == 1
    profile.close()


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
