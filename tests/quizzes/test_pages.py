"""The pages of who takes a quiz, without a script."""

from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from library.learning.models import LessonDone
from library.quizzes import attempts
from library.quizzes.models import Attempt
from tests.factories import make_question, make_user
from tests.quizzes.making import as_form, given, learner, make_quiz

pytestmark = pytest.mark.django_db


def lesson_page(quiz):
    lesson = quiz.lesson
    return f"/courses/{lesson.section.course.slug}/lessons/{lesson.uuid}/"


def text(response):
    return " ".join(unescape(response.content.decode()).split())


def test_a_quiz_is_taken_from_its_lesson_to_its_result(client):
    quiz = make_quiz("single", "multiple", "number", "text", time_limit_minutes=10)
    ana = learner(quiz)
    client.force_login(ana)
    lesson = text(client.get(lesson_page(quiz)))

    begun = client.post(f"/quizzes/{quiz.lesson.uuid}/start/")
    attempt = Attempt.objects.get(user=ana)
    taking = text(client.get(begun["Location"]))
    done = client.post(begun["Location"], as_form(given(attempt)), follow=True)

    assert "Start the quiz" in lesson
    assert "10 min" in lesson
    assert begun["Location"] == f"/quizzes/attempts/{attempt.uuid}/"
    assert "Question 4" in taking
    assert int(taking.split('data-left-ms="')[1].split('"')[0]) > 590_000
    assert "Passed" in text(done)
    assert "Because the moon pulls." in text(done)
    assert LessonDone.objects.filter(user=ana).exists()
    assert "You passed this quiz" in text(client.get(lesson_page(quiz)))


def test_a_failed_quiz_says_what_was_wrong_and_can_be_taken_again(client):
    quiz = make_quiz("text", most_attempts=2)
    client.force_login(learner(quiz))
    page = client.post(f"/quizzes/{quiz.lesson.uuid}/start/")["Location"]
    attempt = Attempt.objects.get()

    told = text(client.post(page, as_form(given(attempt, right=False)), follow=True))

    assert "Not passed" in told
    assert "1 attempt left" in told
    assert "Try again" in told
    assert "<dd>wind</dd>" in told
    client.post(client.post(f"/quizzes/{quiz.lesson.uuid}/start/")["Location"], {})
    assert "used all attempts" in text(client.get(lesson_page(quiz)))
    again = client.post(f"/quizzes/{quiz.lesson.uuid}/start/", follow=True)
    assert "You have used all attempts." in text(again)


def test_answers_can_be_kept_for_later_and_stand_there_again(client):
    quiz = make_quiz("text", "single")
    client.force_login(learner(quiz))
    page = client.post(f"/quizzes/{quiz.lesson.uuid}/start/")["Location"]
    attempt = Attempt.objects.get()

    left = client.post(page, as_form(given(attempt)) | {"later": "1"})

    assert left["Location"] == lesson_page(quiz)
    assert "Go on with the quiz" in text(client.get(lesson_page(quiz)))
    shown = text(client.get(page))
    assert 'value="Tide"' in shown
    assert shown.count("checked") == 1
    client.post(page, {"later": "1"})
    assert not any(answer.response for answer in attempts.answers_of(attempt))


def test_a_wrong_answer_is_told_at_its_question_and_the_others_are_kept(client):
    quiz = make_quiz("number", "text")
    client.force_login(learner(quiz))
    page = client.post(f"/quizzes/{quiz.lesson.uuid}/start/")["Location"]
    attempt = Attempt.objects.get()
    form = as_form(given(attempt))
    number = next(name for name, value in form.items() if value == "42")

    told = client.post(page, form | {number: "many", "q-<script>": "x"})

    attempt.refresh_from_db()
    assert told.status_code == 400
    assert "This is not a number." in text(told)
    assert sorted(filter(None, (answer.response for answer in attempts.answers_of(attempt)))) == ["Tide"]
    assert attempt.submitted_at is None


def test_a_form_that_comes_twice_or_late_leads_to_the_result_that_stands(client):
    quiz = make_quiz("text", time_limit_minutes=1)
    ana = learner(quiz)
    client.force_login(ana)
    first, _ = attempts.start(quiz, ana)
    right = as_form(given(first))
    attempts.submit(first)
    twice = text(client.post(f"/quizzes/attempts/{first.uuid}/", right, follow=True))
    late, _ = attempts.start(quiz, ana, now=timezone.now() - timedelta(minutes=2))
    too_late = text(client.post(f"/quizzes/attempts/{late.uuid}/", as_form(given(late)), follow=True))

    assert "This attempt was submitted before." in twice
    assert "The time was up." in too_late
    assert list(Attempt.objects.values_list("percent", flat=True)) == [0, 0]


def test_an_overdue_attempt_shows_its_result(client):
    quiz = make_quiz("text", time_limit_minutes=1)
    ana = learner(quiz)
    client.force_login(ana)
    late, _ = attempts.start(quiz, ana, now=timezone.now() - timedelta(minutes=2))

    assert "Not passed" in text(client.get(lesson_page(quiz)))
    assert "No answer" in text(client.get(f"/quizzes/attempts/{late.uuid}/"))


def test_a_strangers_attempt_is_nowhere(client):
    quiz = make_quiz()
    attempt, _ = attempts.start(quiz, learner(quiz))
    page = f"/quizzes/attempts/{attempt.uuid}/"

    assert "/accounts/login/" in client.get(page)["Location"]
    for who in (make_user(), quiz.lesson.section.course.owner):
        client.force_login(who)
        assert client.get(page).status_code == 404
        assert client.post(page, {}).status_code == 404
    attempts.submit(attempt)
    assert client.get(page).status_code == 200
    assert client.post(page, {}).status_code == 404


def test_who_teaches_sees_every_answer_and_gives_an_attempt_back(client):
    quiz = make_quiz(most_attempts=1, reveals="end")
    ana = learner(quiz)
    attempt = attempts.submit(attempts.start(quiz, ana)[0])
    client.force_login(quiz.lesson.section.course.owner)
    page = f"/quizzes/attempts/{attempt.uuid}/"

    assert "Because the moon pulls." in text(client.get(page))
    client.post(f"{page}give-back/")

    assert client.get(page).status_code == 404
    assert attempts.standing(quiz, ana).left == 1
    client.force_login(ana)
    assert client.post(f"{page}give-back/").status_code == 404


def test_what_is_right_waits_for_the_end_when_the_quiz_says_so(client):
    quiz = make_quiz("text", most_attempts=2, reveals="end")
    ana = learner(quiz)
    client.force_login(ana)
    first = attempts.submit(attempts.start(quiz, ana)[0])
    before = text(client.get(f"/quizzes/attempts/{first.uuid}/"))
    second, _ = attempts.start(quiz, ana)
    attempts.submit(second, given(second))
    after = text(client.get(f"/quizzes/attempts/{first.uuid}/"))

    assert "Because the moon pulls." not in before
    assert "tide" not in before
    assert "Because the moon pulls." in after


def test_a_question_cannot_bring_a_script(client):
    quiz = make_quiz("text")
    make_question(
        quiz.lesson, "text", prompt="<script>alert(1)</script> ![x](https://spy.example/x.png) [y](javascript:alert(1))"
    )
    client.force_login(learner(quiz))

    page = client.get(client.post(f"/quizzes/{quiz.lesson.uuid}/start/")["Location"]).content.decode()

    assert "<script>alert" not in page
    assert "spy.example" not in page.replace("&", "")
    assert 'href="javascript' not in page


def test_pages_cost_few_queries(client, django_assert_max_num_queries):
    quiz = make_quiz(*["single"] * 8)
    ana = learner(quiz)
    client.force_login(ana)
    for _ in range(4):
        done = attempts.submit(attempts.start(quiz, ana)[0])
    running, _ = attempts.start(quiz, ana)
    client.get("/")

    for attempt in (running, done):
        with django_assert_max_num_queries(16):
            client.get(f"/quizzes/attempts/{attempt.uuid}/")
