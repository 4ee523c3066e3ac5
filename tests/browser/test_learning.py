"""One person builds a course, another takes it to the certificate; they follow, save, review and discuss."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.media import mp4
from tests.browser.product import Product
from tests.browser.visiting import axe, delivered, sign_up, until

pytestmark = pytest.mark.browser

SECONDS = 8
VIEWS = {"light": (1280, 800, "light"), "dark": (1280, 800, "dark"), "phone": (390, 844, "light")}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Yield a running site without demo data."""
    running = Product(tmp_path_factory.mktemp("school"))
    yield running
    running.stop()


def profile_of(browser: Browser, product: Product) -> BrowserContext:
    """Return a fresh browser profile on the site."""
    context = browser.new_context(base_url=product.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    return context


def test_a_course_from_the_first_word_to_the_certificate(product: Product, browser: Browser):
    teacher, learner = profile_of(browser, product), profile_of(browser, product)
    mara, tom = teacher.new_page(), learner.new_page()
    faults: list[str] = []
    for page in (mara, tom):
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(f"{said.text} {said.location}") if said.type == "error" else None)
    sign_up(mara, product, "mara")
    sign_up(tom, product, "tom")

    course = build(mara)
    tom.goto("/courses/")
    tom.get_by_role("link", name=re.compile("Reading the sea")).first.click()
    tom.get_by_role("button", name="Enrol").click()
    expect(tom).to_have_url(re.compile("/lessons/"))

    until(tom, "document.querySelector('video')?.readyState > 0")
    tom.evaluate(
        "() => { const v = document.querySelector('video'); v.muted = true; v.currentTime = v.duration - 0.4 }"
    )
    tom.evaluate("document.querySelector('video').play()")
    until(tom, "document.querySelector('video').ended")
    settled(tom)
    tom.get_by_role("button", name="Check now").click()
    tom.wait_for_timeout(700)
    assert "data-done" not in tom.locator("#lesson-note").evaluate("note => note.outerHTML")

    tom.evaluate("() => { const v = document.querySelector('video'); v.currentTime = 0; return v.play() }")
    until(tom, f"document.querySelector('video').currentTime > {SECONDS - 1}")
    until(tom, "document.querySelector('video').ended")
    settled(tom)
    expect(tom.locator("#lesson-note[data-done]")).to_be_visible()

    tom.locator("#lesson-next a[rel=next]").click()
    expect(tom.get_by_role("heading", name="Tide tables")).to_be_visible()
    tom.mouse.wheel(0, 4000)
    expect(tom.locator("#lesson-note[data-done]")).to_be_visible()

    tom.locator("#lesson-next a[rel=next]").click()
    answer(tom, "The wind")
    expect(tom.get_by_role("heading", name="Not passed", exact=True)).to_be_visible()
    tom.get_by_role("button", name="Try again").click()
    answer(tom, "The moon", begun=True)
    expect(tom.get_by_role("heading", name="Passed", exact=True)).to_be_visible()

    tom.goto("/learning/")
    tom.goto(course)
    tom.get_by_text("Completed").first.wait_for()
    tom.locator("#reviews label", has=tom.locator("input[value='5']")).click()
    tom.locator("#reviews textarea").fill("The fist at arm's length made it click.")
    tom.get_by_role("button", name="Post the review").click()
    expect(tom.locator(".review")).to_have_count(1)

    tom.goto(f"{course}discussions/ask/")
    tom.get_by_label("Question").first.fill("Why twice a day?")
    tom.locator("form[data-once] textarea").first.fill("I would have thought **once**.")
    tom.get_by_role("button", name="Ask", exact=True).click()
    expect(tom.get_by_text("Why twice a day?").first).to_be_visible()

    tom.goto("/members/mara/")
    tom.get_by_role("button", name=re.compile("Follow")).first.click()
    expect(tom.get_by_role("button", name=re.compile("Follow")).first).to_have_attribute("aria-pressed", "true")

    mara.goto("/notifications/")
    told = mara.locator(".toldrow").all_inner_texts()
    assert any("follow" in one.lower() for one in told), told
    assert any("Why twice a day?" in one or "asked" in one.lower() for one in told), told

    certificate = tom.request.get("/api/learning/enrolments").json()["results"][0]["certificate"]
    assert certificate
    product.manage("verify_stats")
    assert faults == []
    looked_at(tom, ["/courses/", course, "/learning/", "/members/mara/", "/following/", "/playlists/", "/watch-later/",
                    "/notifications/", "/settings/notifications/", "/settings/privacy/", "/invite/", f"{course}discussions/"])  # fmt: skip
    looked_at(mara, ["/teach/", *course_pages(mara)])
    teacher.close()
    learner.close()


def build(page: Page) -> str:
    """Build and publish a course of two sections: a video, a text, a quiz. Returns its address."""
    page.goto("/teach/new/")
    page.get_by_label("Title").fill("Reading the sea")
    page.get_by_role("button", name="Begin the course").click()
    page.wait_for_url("**/teach/courses/**")
    outline = page.url
    for name in ("At the shore", "Out there"):
        page.get_by_label("Name of the new section").fill(name)
        page.get_by_role("button", name="Add section").click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    for section, title, kind in (("At the shore", "Ebb and flood", "Video"), ("Out there", "Tide tables", "Text"), ("Out there", "What did you see", "Quiz")):  # fmt: skip
        page.goto(outline)
        block = page.locator(".block", has=page.get_by_role("heading", name=section))
        block.get_by_label(f"Name of a new lesson in {section}").fill(title)
        block.get_by_label("Kind").select_option(label=kind)
        block.get_by_role("button", name="Add lesson").click()
        page.wait_for_load_state()
    page.goto(outline)
    page.locator(".lessonrow a", has_text="Ebb and flood").click()
    page.locator("input[data-upload-video]").set_input_files(
        {"name": "ebb.mp4", "mimeType": "video/mp4", "buffer": mp4(SECONDS, width=320, height=180)}
    )
    expect(page.locator(".videopick img")).to_be_visible()
    expect(page.locator("input[name=video]")).to_be_checked()
    save(page)
    page.goto(outline)
    page.locator(".lessonrow a", has_text="Tide tables").click()
    page.locator("textarea[name=text]").fill(
        "# Tables\n\nHigh water comes *twice* a day, and each time a little later than the day before."
    )
    save(page)
    page.goto(outline)
    page.locator(".lessonrow a", has_text="What did you see").click()
    page.get_by_role("link", name="Write the questions").click()
    page.get_by_role("link", name="One choice").first.click()
    page.locator("textarea[name=prompt]").fill("What pulls the water?")
    for number, option in enumerate(("The wind", "The moon")):
        page.locator("[data-choice] input[type=text], [data-choice] input.form-control").nth(number).fill(option)
    page.locator("[data-choice] input[name=right]").nth(1).check()
    page.get_by_role("button", name="Save the question").click()
    expect(page.get_by_text("What pulls the water?").first).to_be_visible()
    page.goto(f"{outline}details/")
    page.get_by_label("Description").fill("What the tide does, and how to know it before.")
    page.locator("[name=outcomes]").fill("Tell ebb from flood")
    save(page)
    page.goto(outline)
    page.get_by_role("button", name="Publish").first.click()
    expect(page.get_by_role("button", name="Archive the course")).to_be_visible()
    address = page.get_by_role("link", name="See it as a learner").first.get_attribute("href")
    assert address
    return address


def save(page: Page) -> None:
    """Save what is on an instructor's page, and wait until it says so."""
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator("[data-save-state]").first).to_contain_text("Saved at")


def answer(page: Page, option: str, *, begun: bool = False) -> None:
    """Take the quiz."""
    if not begun:
        page.get_by_role("button", name="Start the quiz").click()
    page.locator(".quiz-option", has_text=option).click()
    page.get_by_role("button", name="Submit the answers").click()
    page.wait_for_load_state()


def settled(page: Page) -> None:
    """Send what waits in the browser, and wait until it is applied."""
    delivered(page)
    for _ in range(100):
        if page.request.get("/readyz").json()["backlog"] == 0:
            return
        page.wait_for_timeout(50)


def course_pages(page: Page) -> list[str]:
    """Return the pages of the course that somebody builds."""
    page.goto("/teach/")
    outline = page.locator("a[href^='/teach/courses/']").first.get_attribute("href") or ""
    return [outline, f"{outline}details/", f"{outline}people/"]


def looked_at(page: Page, paths: list[str]) -> None:
    """Look at pages in each light and on a phone: nothing serious for axe, nothing wider than the screen."""
    faults: list[str] = []
    for view, (wide, high, scheme) in VIEWS.items():
        page.set_viewport_size({"width": wide, "height": high})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for path in paths:
            page.goto(path)
            if page.evaluate("document.documentElement.scrollWidth") > wide:
                faults.append(f"{path} in {view}: wider than the screen")
            faults += [f"{path} in {view}: {fault}" for fault in axe(page)]
    assert faults == []
