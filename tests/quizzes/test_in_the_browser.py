"""Quizzes in Chromium: answers save themselves, the clock submits, questions are written without a reload."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from library.quizzes import attempts
from library.quizzes.models import Attempt, Question
from tests.browser.visiting import axe
from tests.quizzes.making import learner, make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def log_in(page, client, live_server, user):
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])


def responses(attempt):
    return {answer.kind: answer.response for answer in attempts.answers_of(attempt)}


@pytest.fixture
def complaints(page):
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_answers_save_themselves_and_open_questions_are_asked_about(page, client, live_server, complaints):
    quiz = make_quiz("single", "text", "number", time_limit_minutes=30)
    ana = learner(quiz)
    log_in(page, client, live_server, ana)
    attempt, _ = attempts.start(quiz, ana)
    page.goto(f"/quizzes/attempts/{attempt.uuid}/")
    found = axe(page)

    page.locator(".quiz-option", has_text="A").click()
    page.get_by_label("Your answer, in a few words").fill("Tide")
    expect(page.locator("[data-count]")).to_have_text("2 of 3 answered")
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    kept = responses(attempt)
    page.get_by_label("Your answer, a number").fill("many")
    expect(page.locator("[data-question][data-kind=number] [data-fault]")).to_have_text("This is not a number.")
    page.get_by_label("Your answer, a number").fill("")
    page.reload()
    expect(page.locator("[data-clock]")).to_contain_text("29:")
    expect(page.get_by_label("Your answer, in a few words")).to_have_value("Tide")
    page.get_by_role("button", name="Submit the answers").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 without an answer.")
    page.get_by_role("button", name="Submit anyway").click()
    expect(page.locator(".quiz-verdict")).to_have_text("Not passed")
    found += axe(page)

    assert (kept["text"], len(kept["single"])) == ("Tide", 1)
    assert Attempt.objects.get().percent == 66
    assert found == []
    assert [one for one in complaints if "400" not in one] == []


def test_at_its_end_the_clock_submits_what_was_answered(page, client, live_server):
    quiz = make_quiz("text", time_limit_minutes=1)
    ana = learner(quiz)
    log_in(page, client, live_server, ana)
    attempt, _ = attempts.start(quiz, ana)
    Attempt.objects.update(deadline_at=timezone.now() + timedelta(seconds=3))

    page.goto(f"/quizzes/attempts/{attempt.uuid}/")
    page.get_by_label("Your answer, in a few words").fill("Tide")

    expect(page.locator(".quiz-verdict")).to_have_text("Passed")


def test_a_question_is_written_and_saves_itself(page, client, live_server, complaints):
    quiz = make_quiz("text")
    lesson = quiz.lesson
    log_in(page, client, live_server, lesson.section.course.owner)
    page.goto(f"/teach/quizzes/{lesson.uuid}/")
    found = axe(page)

    page.get_by_role("link", name="Several choices").click()
    page.get_by_label("Question").fill("What makes a spring tide?")
    for number, text in enumerate(("Sun", "Moon", "Wind", "Rain", "Snow"), start=1):
        page.locator("[data-choice]").nth(number - 1).locator("input.form-control").fill(text)
        page.keyboard.press("Enter")
    page.locator("[data-choice] [name=right]").nth(0).check()
    page.locator("[data-choice] [name=right]").nth(1).check()
    found += axe(page)
    page.get_by_role("button", name="Save the question").click()
    page.get_by_role("link", name="What makes a spring tide?").click()
    page.locator("[data-choice]").nth(4).get_by_role("button").click()
    page.get_by_label("Points", exact=True).fill("3")
    expect(page.locator("[data-save-state]")).to_contain_text("Saved at")
    page.locator("[data-choice] [name=right]").nth(0).uncheck()
    page.locator("[data-choice] [name=right]").nth(1).uncheck()
    expect(page.locator("[data-save-state]")).to_contain_text("Mark what is right.")
    page.goto(f"/teach/quizzes/{lesson.uuid}/results/")
    found += axe(page)

    question = Question.objects.get(kind="multiple")
    rows = [(option.text, option.is_right) for option in question.options.all()]
    assert rows == [("Sun", True), ("Moon", True), ("Wind", False), ("Rain", False)]
    assert question.points == 3
    assert found == []
    assert [one for one in complaints if "400" not in one] == []
