"""Quizzes in the admin: corrected as an instructor would, with the same checks; attempts are only looked at."""

import pytest
from django.contrib.auth.models import Group

from library.models import CourseChange, Question, Quiz
from library.quizzes import attempts
from tests.factories import make_staff, make_user
from tests.quizzes.making import given, learner, make_quiz

pytestmark = pytest.mark.django_db

ADMIN = "/admin/library/"


@pytest.fixture
def moderator(client):
    user = make_user("mod", is_staff=True)
    user.groups.add(Group.objects.get(name="moderator"))
    client.force_login(user)
    return client


def sent(question, **changes):
    """Return the form of a question as the admin shows it, with changes; `options` are (text, is right) pairs."""
    told = changes.pop("options", None)
    stored = list(question.options.all())
    rows = told if told is not None else [(option.text, option.is_right) for option in stored]
    form = {
        "prompt": question.prompt,
        "explanation": question.explanation,
        "points": question.points,
        "options-TOTAL_FORMS": max(len(rows), len(stored)),
        "options-INITIAL_FORMS": len(stored),
    }
    for place in range(max(len(rows), len(stored))):
        if place < len(stored):
            form |= {f"options-{place}-id": stored[place].pk, f"options-{place}-question": question.pk}
        if place < len(rows):
            form[f"options-{place}-text"] = rows[place][0]
            form |= {f"options-{place}-is_right": "on"} if rows[place][1] else {}
        else:
            form |= {f"options-{place}-text": stored[place].text, f"options-{place}-DELETE": "on"}
    return {**form, **changes}


def one(quiz, kind):
    return Question.objects.get(pool__quiz=quiz, kind=kind)


def save(client, question, **changes):
    return client.post(f"{ADMIN}question/{question.pk}/change/", sent(question, **changes))


def test_lists_and_pages_show_what_is_there(moderator, django_assert_max_num_queries):
    quiz = make_quiz("single", "multiple", "number", "text")
    attempt = attempts.start(quiz, learner(quiz))[0]
    for path in ("quiz/", "question/", "attempt/"):
        moderator.get(ADMIN + path)
        with django_assert_max_num_queries(12, info=path):
            page = moderator.get(ADMIN + path).content.decode()
        assert "What was it?" in page

    for path in (
        f"quiz/{quiz.pk}/",
        *(f"question/{row.pk}/" for row in Question.objects.all()),
        f"attempt/{attempt.pk}/",
    ):
        assert moderator.get(f"{ADMIN}{path}change/").status_code == 200, path
        assert moderator.get(f"{ADMIN}{path}delete/").status_code == 403, path


def test_rules_are_changed_as_a_change_of_the_course(moderator):
    quiz = make_quiz()
    rules = {"pass_percent": "60", "most_attempts": "2", "time_limit_minutes": "0", "reveals": "end", "shuffles": "on"}

    saved = moderator.post(f"{ADMIN}quiz/{quiz.pk}/change/", rules)
    refused = moderator.post(f"{ADMIN}quiz/{quiz.pk}/change/", rules | {"pass_percent": "101"})

    assert (saved.status_code, refused.status_code) == (302, 200)
    assert list(Quiz.objects.values_list("pass_percent", "most_attempts", "reveals")) == [(60, 2, "end")]
    assert CourseChange.objects.order_by("-pk").values_list("what", "user__username").first() == ("quiz", "mod")


def test_a_question_and_its_options_are_corrected_and_attempts_keep_what_they_were_asked(moderator):
    quiz = make_quiz("single")
    question = one(quiz, "single")
    attempt = attempts.start(quiz, learner(quiz))[0]
    asked = attempt.answers.get().asked
    kept = question.options.first().uuid

    answer = save(
        moderator,
        question,
        prompt="Which is it?",
        points=3,
        options=[("Ebb", False), ("Flood", True), ("Slack", False)],
    )

    assert answer.status_code == 302
    question.refresh_from_db()
    assert (question.prompt, question.points) == ("Which is it?", 3)
    assert list(question.options.values_list("text", "is_right")) == [("Ebb", False), ("Flood", True), ("Slack", False)]
    assert question.options.first().uuid == kept
    assert attempt.answers.get().asked == asked
    attempts.submit(attempt, given(attempt))
    attempt.refresh_from_db()
    assert attempt.percent == 100


@pytest.mark.parametrize(
    ("kind", "wrong", "words"),
    [
        ("single", {"options": [("Ebb", True), ("Flood", True)]}, "Only one option may be right"),
        ("single", {"options": [("Ebb", False), ("Flood", False)]}, "Mark what is right."),
        ("multiple", {"options": [("Ebb", True)]}, "Write two options or more."),
        ("single", {"points": 101}, "1 to 100 points."),
        ("text", {"accepted": "[]"}, "Write at least one answer that is right."),
        ("text", {"accepted": '{"a": 1}'}, "Write at least one answer that is right."),
        ("number", {"number": "", "tolerance": "0"}, "Write the right number."),
        ("number", {"number": "1", "tolerance": "-1"}, "A tolerance is 0 or more."),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(moderator, kind, wrong, words):
    question = one(make_quiz(kind), kind)
    before = (
        Question.objects.filter(pk=question.pk).values().get(),
        list(question.options.values_list("text", "is_right")),
    )

    answer = save(moderator, question, **wrong)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    after = (
        Question.objects.filter(pk=question.pk).values().get(),
        list(question.options.values_list("text", "is_right")),
    )
    assert after == before


def test_who_only_reads_changes_nothing(client):
    question = one(make_quiz("single"), "single")
    reader = make_user("sup", is_staff=True)
    reader.groups.add(Group.objects.get(name="support"))
    client.force_login(reader)

    assert client.get(f"{ADMIN}question/{question.pk}/change/").status_code == 200
    assert save(client, question, prompt="Mine").status_code == 403
    client.force_login(make_staff())
    assert client.get(f"{ADMIN}question/add/").status_code == 403
    assert save(client, question, prompt="Ours").status_code == 302
