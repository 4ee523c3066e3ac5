"""A course is built in Chromium: texts save themselves, lessons are dragged, nobody's words are lost."""

import re

import pytest
from playwright.sync_api import Page, expect

from library.learning import building
from library.learning.models import Lesson, What
from tests.factories import PASSWORD, make_course, make_lesson, make_section

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_lesson_saves_itself_keeps_what_is_typed_and_is_dragged(page: Page):
    course = make_course(published=False)
    shore, sea = make_section(course, "Shore"), make_section(course, "Sea")
    lesson = make_lesson(shore, title="Ebb")
    make_lesson(sea, title="Swell")
    page.goto("/accounts/login/")
    page.fill("input[name=login]", course.owner.username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/")

    page.goto(f"/teach/courses/{course.uuid}/lessons/{lesson.uuid}/")
    text = page.locator("textarea[name=text]")
    text.fill("The sea **goes**.")
    expect(page.locator("[data-save-state]")).to_have_class(re.compile("is-saved"))
    course.refresh_from_db()
    told = {"what": What.LESSON, "about": "Ebb", "subject": str(lesson.uuid)}
    with building.editing(course.uuid, course.owner, course.version, **told):
        building.change_lesson(lesson, by=course.owner, text="What another wrote.")
    text.fill("The sea goes, and comes.")
    expect(page.locator("[data-stale]")).to_contain_text("What another wrote.")
    page.click("[data-stale-reload]")
    expect(text).to_have_value("What another wrote.")
    page.click("[data-kept-back]")
    expect(page.locator("[data-save-state]")).to_have_class(re.compile("is-saved"))
    lesson.refresh_from_db()
    assert lesson.text == "The sea goes, and comes."

    page.goto(f"/teach/courses/{course.uuid}/")
    handle = page.locator("[data-lesson]", has_text="Ebb").locator("[data-handle]").bounding_box()
    target = page.locator("[data-lesson]", has_text="Swell").bounding_box()
    assert handle
    assert target
    page.mouse.move(handle["x"] + 5, handle["y"] + 15)
    page.mouse.down()
    page.mouse.move(target["x"] + 80, target["y"] + target["height"] - 5, steps=4)
    page.mouse.up()
    expect(page.locator("[data-save-state]")).to_have_class(re.compile("is-saved"))
    assert list(Lesson.objects.filter(section=sea).values_list("title", flat=True)) == ["Swell", "Ebb"]
