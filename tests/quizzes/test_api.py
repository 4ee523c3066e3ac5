"""The API of who takes quizzes: enrolled, stranger, teacher, nobody, bad input; nothing tells what is right too early."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from library.quizzes import attempts, writing
from library.quizzes.models import Attempt, Reveals
from tests.factories import api_client, make_course, make_question, make_staff, make_user
from tests.quizzes.making import as_json, given, learner, make_quiz

pytestmark = pytest.mark.django_db

API = "/api/learning/quizzes"
UNKNOWN = "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b"


def url(quiz, rest=""):
    return f"{API}/{quiz.lesson.uuid}{rest}"


def of(attempt, rest=""):
    return f"{API}/attempts/{attempt.uuid}{rest}"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_quiz_is_begun_answered_and_passed(slash):
    quiz = make_quiz("single", "number")
    client = api_client(learner(quiz))

    begun = client.post(url(quiz, f"/attempts{slash}"))
    attempt = Attempt.objects.get(uuid=begun.json()["uuid"])
    right = given(attempt)
    kept = client.put(of(attempt, f"/answers{slash}"), as_json(right[:1]), format="json")
    done = client.post(of(attempt, f"/submit{slash}"), as_json(right[1:]), format="json").json()

    assert (begun.status_code, kept.status_code) == (201, 200)
    assert (done["percent"], done["passed"], done["earned"], done["most"]) == (100, True, 2.0, 2)
    assert {question["verdict"] for question in done["questions"]} == {"right"}
    assert done["questions"][0]["explanation"] == "Because the moon pulls."
    told = client.get(url(quiz, slash)).json()
    assert (told["state"], told["standing"]["passed"], told["standing"]["best_percent"]) == ("ready", True, 100)


def test_nothing_that_marks_leaves_the_server_before_the_attempt_is_submitted(client):
    quiz = make_quiz(reveals=Reveals.END, most_attempts=2)
    lesson = quiz.lesson
    make_question(lesson, "text", prompt="A word?", accepted=("SECRET-WORD",), explanation="SECRET-WHY")
    make_question(lesson, "number", prompt="How many?", number=9876543210123, explanation="SECRET-WHY")
    ana = learner(quiz)
    api = api_client(ana)
    client.force_login(ana)

    begun = api.post(url(quiz, "/attempts"))
    attempt = Attempt.objects.get(uuid=begun.json()["uuid"])
    answers = as_json(given(attempt, right=False))
    said = [
        begun,
        api.post(url(quiz, "/attempts")),
        api.get(url(quiz)),
        api.get(url(quiz, "/attempts")),
        api.get(of(attempt)),
        api.put(of(attempt, "/answers"), answers, format="json"),
        api.get(of(attempt)),
        client.get(f"/quizzes/attempts/{attempt.uuid}/"),
        client.get(url(quiz, "/questions")),
        api.post(of(attempt, "/submit"), answers, format="json"),
        api.get(of(attempt)),
        client.get(f"/quizzes/attempts/{attempt.uuid}/"),
    ]

    for response in said:
        text = response.content.decode()
        for secret in ("SECRET", "9876543210123", "is_right", "explanation", "is-right", '"key"'):
            assert secret not in text, (secret, response.request["PATH_INFO"])
    attempt, _ = attempts.start(quiz, ana)
    last = api.post(of(attempt, "/submit"), {}, format="json").json()
    assert last["reveals"] is True
    assert "SECRET-WORD" in json.dumps(last)


def test_a_second_submission_is_409_and_a_late_one_too():
    quiz = make_quiz(time_limit_minutes=1)
    ana = learner(quiz)
    client = api_client(ana)
    attempt, _ = attempts.start(quiz, ana)
    client.post(of(attempt, "/submit"), {}, format="json")
    again = client.post(of(attempt, "/submit"), as_json(given(attempt)), format="json")
    kept = client.put(of(attempt, "/answers"), as_json(given(attempt)), format="json")
    late, _ = attempts.start(quiz, ana, now=timezone.now() - timedelta(minutes=5))
    told = [client.put(of(late, "/answers"), {}, format="json"), client.post(of(late, "/submit"), {}, format="json")]

    assert [(one.status_code, one.json()["code"]) for one in (again, kept, *told)] == [
        (409, "already_submitted"),
        (409, "already_submitted"),
        (409, "time_is_up"),
        (409, "time_is_up"),
    ]
    assert client.get(of(late)).json()["percent"] == 0


def test_an_overdue_attempt_is_marked_by_looking_at_it():
    quiz = make_quiz(time_limit_minutes=1)
    ana = learner(quiz)
    late, _ = attempts.start(quiz, ana, now=timezone.now() - timedelta(minutes=5))

    assert api_client(ana).get(of(late)).json()["passed"] is False


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([{"question": UNKNOWN, "value": "1"}], "unknown_question"),
        ([{"question": "'; DROP TABLE", "value": "1"}], "unknown_question"),
        ([{"question": "Q", "options": [UNKNOWN]}], "unknown_option"),
        ([{"question": "Q", "options": ["x"]}], "unknown_option"),
        ([{"question": "Q", "value": "A"}], "invalid_answer"),
        ([{"question": "Q", "options": []}, {"question": "Q", "options": []}], "repeated_question"),
        ([{"question": "Q", "options": ["x"] * 51}], "too_long"),
        ([{"value": "1"}], "required"),
        ("none", "not_a_list"),
        ([{"question": UNKNOWN}] * 501, "too_many"),
    ],
)
def test_answers_that_cannot_be_are_400_and_change_nothing(answers, code):
    quiz = make_quiz()
    ana = learner(quiz)
    attempt, _ = attempts.start(quiz, ana)
    question = str(attempts.answers_of(attempt)[0].question.uuid)
    body = json.loads(json.dumps({"answers": answers}).replace('"Q"', f'"{question}"'))

    for response in (
        api_client(ana).put(of(attempt, "/answers"), body, format="json"),
        api_client(ana).post(of(attempt, "/submit"), body, format="json"),
    ):
        assert (response.status_code, response.json()["code"]) == (400, code)
    attempt.refresh_from_db()
    assert (attempt.submitted_at, attempts.answers_of(attempt)[0].response) == (None, None)


def test_an_option_of_another_quiz_is_refused():
    quiz, other = make_quiz(), make_quiz()
    ana = learner(quiz)
    attempt, _ = attempts.start(quiz, ana)
    foreign = str(other.pools.get().questions.get().options.first().uuid)
    question = str(attempts.answers_of(attempt)[0].question.uuid)

    told = api_client(ana).post(
        of(attempt, "/submit"), {"answers": [{"question": question, "options": [foreign]}]}, format="json"
    )

    assert (told.status_code, told.json()["errors"][0]["path"]) == (400, "answers.0")
    assert told.json()["code"] == "unknown_option"


def test_an_attempt_is_ones_own():
    quiz = make_quiz()
    course = quiz.lesson.section.course
    ana = learner(quiz)
    attempt, _ = attempts.start(quiz, ana)
    stranger, classmate = make_user(), learner(quiz)

    for who in (stranger, classmate, course.owner, make_staff()):
        client = api_client(who)
        assert client.get(of(attempt)).status_code == 404
        assert client.put(of(attempt, "/answers"), {}, format="json").status_code == 404
        assert client.post(of(attempt, "/submit"), {}, format="json").status_code == 404
    assert api_client().get(of(attempt)).status_code == 401
    attempts.submit(attempt)
    assert [api_client(who).get(of(attempt)).status_code for who in (classmate, course.owner)] == [404, 200]
    assert api_client(course.owner).post(of(attempt, "/submit"), {}, format="json").status_code == 404


def test_who_may_not_see_the_course_finds_no_quiz():
    quiz = make_quiz(course=make_course(published=False))
    owner = quiz.lesson.section.course.owner

    told = [api_client(who).get(url(quiz)).status_code for who in (owner, make_staff(), make_user(), None)]

    assert told == [200, 200, 404, 401]
    assert api_client(make_user()).post(url(quiz, "/attempts")).status_code == 404
    assert api_client(owner).get(f"{API}/{UNKNOWN}").status_code == 404


def test_who_is_not_enrolled_cannot_begin_and_a_teacher_only_tries():
    quiz = make_quiz()
    refused = api_client(make_user()).post(url(quiz, "/attempts"))
    trial = api_client(quiz.lesson.section.course.owner).post(url(quiz, "/attempts"))

    assert (refused.status_code, refused.json()["code"]) == (403, "not_enrolled")
    assert (trial.status_code, trial.json()["is_preview"]) == (201, True)


def test_a_lesson_that_was_taken_out_has_no_quiz_any_more():
    quiz = make_quiz()
    ana = learner(quiz)
    attempt, _ = attempts.start(quiz, ana)
    quiz.lesson.deleted_at = timezone.now()
    quiz.lesson.save()

    client = api_client(ana)
    assert [client.get(one).status_code for one in (url(quiz), of(attempt))] == [404, 404]
    assert client.post(of(attempt, "/submit"), {}, format="json").status_code == 404


def test_attempts_are_listed_in_few_queries(django_assert_max_num_queries):
    quiz = make_quiz(*["single"] * 5)
    ana = learner(quiz)
    for _ in range(5):
        attempts.submit(attempts.start(quiz, ana)[0])
    client = api_client(ana)

    with django_assert_max_num_queries(12):
        answer = client.get(url(quiz, "/attempts?page_size=3")).json()
    with django_assert_max_num_queries(12):
        client.get(url(quiz))
    with django_assert_max_num_queries(12):
        client.get(f"{API}/attempts/{answer['results'][0]['uuid']}")

    assert (answer["count"], len(answer["results"])) == (5, 3)
    assert client.get(url(quiz, "/attempts?sort=x")).json()["code"] == "unknown_parameter"


def test_an_empty_quiz_is_409():
    quiz = make_quiz()
    writing.remove_question(quiz.pools.get().questions.get())

    told = api_client(learner(quiz)).post(url(quiz, "/attempts"))

    assert (told.status_code, told.json()["code"]) == (409, "quiz_empty")
