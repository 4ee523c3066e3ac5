"""A lesson in Chromium: what the player and the page report, and what that completes."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from playwright.sync_api import expect

from library.learning.models import LessonDone
from stats import drain
from stats.models import InboxBatch, Play
from tests.factories import make_course, make_enrolment, make_item, make_lesson, make_section, make_user
from tests.library import samples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECONDS = 4


@pytest.fixture
def draining(live_server) -> Iterator[None]:
    """Take what the browser sends to the log, as the drain does beside a running site."""
    over = threading.Event()

    def work():
        pace = drain.Pace()
        while not over.wait(0.3):
            if InboxBatch.objects.exists():
                drain.drain_once(pace)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


def log_in(context, client, live_server, user):
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])


def address(lesson):
    return f"/courses/{lesson.section.course.slug}/lessons/{lesson.uuid}/"


def test_seeking_to_the_end_completes_nothing_and_watching_completes_lesson_and_course(
    page, client, live_server, draining
):
    teacher = make_user()
    film = make_item(teacher, file=samples.film(seconds=SECONDS), duration_ms=SECONDS * 1000, visibility="private")
    lesson = make_lesson(make_section(make_course(teacher, "Tides")), "video", "Low water", video=film)
    ana = make_enrolment(lesson.section.course)
    log_in(page.context, client, live_server, ana)
    page.goto(address(lesson))
    video, note = page.locator("video"), page.locator("#lesson-note")
    expect(note.locator("b")).to_have_text("0 % watched")

    video.evaluate(f"video => {{ video.currentTime = {SECONDS} - 0.6; return video.play() }}")
    expect(video).to_have_js_property("ended", True)
    page.goto("/learning/")
    page.goto(address(lesson))
    expect(note).to_contain_text("completes the lesson")
    for _ in range(40):
        if Play.objects.filter(actor=ana.uuid).exists():
            break
        page.wait_for_timeout(200)
    page.get_by_role("button", name="Check now").click()
    expect(note.locator("b")).not_to_have_text("0 % watched")
    assert not LessonDone.objects.exists()

    video.evaluate("video => { video.currentTime = 0; return video.play() }")
    expect(video).to_have_js_property("ended", True)

    expect(note).to_contain_text("You completed this course.")
    expect(page.locator("#lesson-outline")).to_contain_text("1 of 1")
    page.locator("#lesson-note").get_by_role("link", name="See the certificate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ana.display_name)


def test_a_text_is_complete_after_it_was_read_to_its_end(page, client, live_server):
    section = make_section(make_course(title="Tides"))
    lesson = make_lesson(section)
    after = make_lesson(section, title="Springs and neaps")
    log_in(page.context, client, live_server, make_enrolment(section.course))
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(address(lesson))

    expect(page.locator("#lesson-note")).to_contain_text("Lesson completed.")

    expect(page.locator("#lesson-outline")).to_contain_text("1 of 2")
    page.locator("body").press("n")
    expect(page).to_have_url(f"{live_server.url}{address(after)}")
    assert said == []


@pytest.mark.parametrize("path", ["lesson", "/learning/", "/learning/?show=completed"])
def test_a_page_fits_a_phone_and_breaks_no_policy(browser, client, live_server, path):
    lesson = make_lesson(make_section(make_course(title="A rather long title " * 5)), title="Averyverylongword" * 6)
    context = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 800})
    log_in(context, client, live_server, make_enrolment(lesson.section.course))
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)

    page.goto(address(lesson) if path == "lesson" else path)

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert said == []
    context.close()
