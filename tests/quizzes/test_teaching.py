"""Who teaches writes quizzes, by pages and API; two who write the same lose nothing."""

import json

import pytest

from library.learning.models import Course
from library.quizzes import attempts, statistics
from library.quizzes.models import Question, Quiz
from tests.factories import api_client, make_course, make_lesson, make_question, make_section, make_staff, make_user
from tests.quizzes.making import given, learner, make_quiz

pytestmark = pytest.mark.django_db

UNKNOWN = "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b"


def url(lesson, rest=""):
    return f"/api/learning/quizzes/{lesson.uuid}{rest}"


def page(lesson, rest=""):
    return f"/teach/quizzes/{lesson.uuid}/{rest}"


def version(lesson):
    return Course.objects.get(sections__lessons=lesson).version


def lesson_of(owner=None):
    return make_lesson(make_section(make_course(owner)), "quiz", "What was it?")


def choice(lesson, **fields):
    told = {"kind": "single", "prompt": "Which?", "options": [{"text": "A", "is_right": True}, {"text": "B"}]}
    return {"version": version(lesson), **told, **fields}


def form(lesson, **fields):
    pool = Quiz.objects.get(lesson=lesson).pools.first()
    told = {
        "version": version(lesson), "kind": "single", "pool": str(pool.uuid), "prompt": "Which?", "points": "2",
        "tolerance": "0", "option-text-0": "Ebb", "option-text-1": "", "option-text-2": "Flood", "right": "2",
    }  # fmt: skip
    return told | fields


def test_a_quiz_is_written_on_its_pages(client):
    lesson = lesson_of()
    client.force_login(lesson.section.course.owner)
    client.get(page(lesson))

    made = client.post(page(lesson, "questions/new/?kind=single"), form(lesson))
    question = Question.objects.get()
    rows = [(option.text, option.is_right) for option in question.options.all()]
    rules = {
        "pass_percent": 50, "most_attempts": 2, "time_limit_minutes": 5, "reveals": "end", "version": version(lesson),
    }  # fmt: skip
    client.post(page(lesson), rules)

    assert made["Location"] == f"{page(lesson)}#{question.uuid}"
    assert (question.points, rows) == (2, [("Ebb", False), ("Flood", True)])
    quiz = Quiz.objects.get()
    assert (quiz.pass_percent, quiz.most_attempts, quiz.time_limit_minutes, quiz.shuffles) == (50, 2, 5, False)
    assert "Which?" in client.get(page(lesson)).content.decode()


def test_a_question_keeps_the_ids_of_its_options(client):
    quiz = make_quiz("single")
    lesson, question = quiz.lesson, quiz.pools.get().questions.get()
    client.force_login(lesson.section.course.owner)
    first = question.options.first()

    client.post(
        page(lesson, f"questions/{question.uuid}/"),
        form(lesson, **{"option-id-0": str(first.uuid), "right": "0"}),
    )

    assert {(option.text, option.uuid == first.uuid) for option in question.options.all()} == {
        ("Ebb", True),
        ("Flood", False),
    }


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"prompt": " "}, "Write the question."),
        ({"right": "9"}, "Mark what is right."),
        ({"option-text-2": ""}, "Write two options or more."),
        ({"option-text-0": "Flood"}, "Two options are the same."),
        ({"points": "0"}, "greater than or equal to 1"),
        ({"kind": "number"}, "Write the right number."),
        ({"kind": "number", "number": "many"}, "This is not a number."),
        ({"kind": "number", "number": "5", "tolerance": "-1"}, "A tolerance is 0 or more."),
        ({"kind": "text", "accepted": "  \n"}, "Write at least one answer that is right."),
        ({"kind": "essay"}, "essay is not one of the available choices"),
        ({"pool": UNKNOWN}, "not one of the available choices"),
        ({"option-id-0": UNKNOWN}, "This is no option of this question."),
    ],
)
def test_what_is_wrong_with_a_question_is_said_and_nothing_is_written(client, fields, says):
    lesson = lesson_of()
    client.force_login(lesson.section.course.owner)
    client.get(page(lesson))

    told = client.post(page(lesson, "questions/new/"), form(lesson, **fields))

    assert told.status_code == 400
    assert says in told.content.decode()
    assert not Question.objects.exists()


def test_two_who_write_one_question_lose_nothing(client):
    quiz = make_quiz("text", "text")
    lesson, (one, other) = quiz.lesson, quiz.pools.get().questions.all()
    client.force_login(lesson.section.course.owner)
    seen = version(lesson)
    mine = form(lesson, kind="text", accepted="ebb", prompt="Mine?", version=seen)

    client.post(page(lesson, f"questions/{one.uuid}/"), mine | {"prompt": "Theirs?"})
    stale = client.post(page(lesson, f"questions/{one.uuid}/"), mine)
    aside = client.post(page(lesson, f"questions/{other.uuid}/"), mine)
    script = client.post(page(lesson, f"questions/{one.uuid}/"), mine, headers={"Accept": "application/json"})

    assert (stale.status_code, aside.status_code, script.status_code) == (409, 302, 409)
    assert script.json()["code"] == "stale_version"
    assert "Mine?" in stale.content.decode()
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.prompt, other.prompt) == ("Theirs?", "Mine?")


def test_questions_and_pools_move_and_go(client):
    quiz = make_quiz("text", "text", "text")
    lesson = quiz.lesson
    client.force_login(lesson.section.course.owner)
    first, second, third = quiz.pools.get().questions.all()

    client.post(page(lesson, "pools/"), {"title": "Hard", "draws": 1, "version": version(lesson)})
    hard = quiz.pools.get(title="Hard")
    client.post(page(lesson, "move/"), {"moved": str(third.uuid), "to": "down", "version": version(lesson)})
    client.post(page(lesson, "move/"), {"moved": str(second.uuid), "to": "up", "version": version(lesson)})
    client.post(page(lesson, f"questions/{first.uuid}/remove/"), {"version": version(lesson)})

    pools = [[one.pk for one in pool.questions.filter(deleted_at=None)] for pool in quiz.pools.all()]
    assert pools == [[second.pk], [third.pk]]
    refused = client.post(page(lesson, f"pools/{hard.uuid}/"), {"remove": "1", "version": version(lesson)}, follow=True)
    assert "Take its questions out first." in refused.content.decode()
    client.post(page(lesson, f"questions/{third.uuid}/remove/"), {"version": version(lesson)})
    client.post(page(lesson, f"pools/{hard.uuid}/"), {"remove": "1", "version": version(lesson)})
    assert quiz.pools.count() == 1


def test_the_whole_order_is_dragged_or_refused_as_old(client):
    quiz = make_quiz("text", "text")
    lesson, pool = quiz.lesson, quiz.pools.get()
    client.force_login(lesson.section.course.owner)
    first, second = pool.questions.all()
    script = {"Accept": "application/json"}

    def send(order):
        told = {"order": json.dumps(order), "version": version(lesson)}
        return client.post(page(lesson, "order/"), told, headers=script)

    done = send([[str(pool.uuid), [str(second.uuid), str(first.uuid)]]])
    short = send([[str(pool.uuid), [str(second.uuid)]]])
    none = send("nonsense")

    assert (done.status_code, done.json()) == (200, {"version": version(lesson)})
    assert (short.status_code, short.json()["code"]) == (409, "stale_list")
    assert none.status_code == 400
    assert list(pool.questions.all()) == [second, first]


def test_the_pages_are_for_who_teaches(client):
    quiz = make_quiz("text")
    lesson, question = quiz.lesson, quiz.pools.get().questions.get()
    paths = ["", "results/", "questions/new/", f"questions/{question.uuid}/"]

    for who, status in ((learner(quiz), 404), (make_user(), 404), (make_staff(), 200)):
        client.force_login(who)
        assert [client.get(page(lesson, path)).status_code for path in paths] == [status] * len(paths)
    client.force_login(make_user())
    assert client.post(page(lesson, f"questions/{question.uuid}/remove/"), {"version": 9}).status_code == 404
    client.logout()
    assert "/accounts/login/" in client.get(page(lesson))["Location"]


def test_a_quiz_is_written_by_api():
    lesson = lesson_of()
    client = api_client(lesson.section.course.owner)

    rules = client.patch(url(lesson), {"version": version(lesson), "pass_percent": 80}, format="json")
    made = client.post(url(lesson, "/questions"), choice(lesson), format="json")
    question = made.json()["pools"][0]["questions"][0]
    options = [option | {"text": option["text"] * 2} for option in question["options"]]
    changed = client.put(
        url(lesson, f"/questions/{question['uuid']}"), choice(lesson, kind="multiple", options=options), format="json"
    )
    pool = client.post(url(lesson, "/pools"), {"version": version(lesson), "title": "Hard", "draws": 2}, format="json")
    pools = [one["uuid"] for one in pool.json()["pools"]]
    order = [{"pool": pools[1], "questions": [question["uuid"]]}, {"pool": pools[0], "questions": []}]
    ordered = client.put(url(lesson, "/order"), {"version": version(lesson), "pools": order}, format="json")

    assert [one.status_code for one in (rules, made, changed, pool, ordered)] == [200, 201, 200, 201, 200]
    assert Quiz.objects.get().pass_percent == 80
    after = changed.json()["pools"][0]["questions"][0]
    assert [(one["id"], one["text"]) for one in after["options"]] == [(one["id"], one["text"]) for one in options]
    assert [one["title"] for one in ordered.json()["pools"]] == ["Hard", ""]
    gone = client.delete(url(lesson, f"/questions/{question['uuid']}?version={version(lesson)}"))
    emptied = client.delete(url(lesson, f"/pools/{pools[1]}?version={version(lesson)}"))
    assert (gone.status_code, emptied.status_code) == (200, 200)
    assert emptied.json()["version"] == version(lesson)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"options": [{"text": "A", "is_right": True}]}, "too_few"),
        ({"options": [{"text": "A"}, {"text": "B"}]}, "no_right_option"),
        ({"options": [{"text": "A", "is_right": True}, {"text": "B", "is_right": True}]}, "too_many_right"),
        ({"options": [{"text": "A", "is_right": True}, {"text": "A"}]}, "repeated_option"),
        ({"options": [{"text": "A", "is_right": True, "id": UNKNOWN}, {"text": "B"}]}, "unknown_option"),
        ({"kind": "number"}, "required"),
        ({"kind": "number", "number": "1e40"}, "max_digits"),
        ({"kind": "text", "accepted": []}, "required"),
        ({"kind": "lottery"}, "invalid_choice"),
        ({"points": 101}, "value_out_of_range"),
        ({"prompt": "x" * 5001}, "too_long"),
        ({"version": -1}, "value_out_of_range"),
    ],
)
def test_a_question_that_cannot_be_is_400(body, code):
    lesson = lesson_of()

    told = api_client(lesson.section.course.owner).post(
        url(lesson, "/questions"), choice(lesson, **body), format="json"
    )

    assert (told.status_code, told.json()["code"]) == (400, code)
    assert not Question.objects.exists()


def test_an_old_version_is_409_and_says_what_changed():
    quiz = make_quiz("text")
    lesson, question = quiz.lesson, quiz.pools.get().questions.get()
    client = api_client(lesson.section.course.owner)
    old = choice(lesson)
    client.put(url(lesson, f"/questions/{question.uuid}"), old, format="json")

    told = client.put(url(lesson, f"/questions/{question.uuid}"), old | {"prompt": "Late"}, format="json")
    order = client.put(url(lesson, "/order"), {"version": version(lesson), "pools": []}, format="json")
    gone = client.delete(url(lesson, f"/questions/{question.uuid}"))

    assert [(one.status_code, one.json()["code"]) for one in (told, order, gone)] == [
        (409, "stale_version"),
        (409, "stale_list"),
        (409, "stale_version"),
    ]
    assert told.json()["changes"]
    question.refresh_from_db()
    assert question.prompt == "Which?"


def test_the_instructors_api_is_403_for_learners_and_404_for_strangers_of_drafts():
    quiz = make_quiz("text")
    lesson, question = quiz.lesson, quiz.pools.get().questions.get()
    draft = make_quiz("text", course=make_course(published=False)).lesson
    calls = [
        ("get", "/questions", None),
        ("post", "/questions", choice(lesson)),
        ("put", f"/questions/{question.uuid}", choice(lesson)),
        ("delete", f"/questions/{question.uuid}?version=1", None),
        ("post", "/pools", {"version": 1}),
        ("patch", "", {"version": 1, "pass_percent": 1}),
        ("put", "/order", {"version": 1, "pools": []}),
        ("get", "/statistics", None),
    ]

    for who, seen, hidden in ((learner(quiz), 403, 404), (make_user(), 403, 404), (None, 401, 401)):
        client = api_client(who)
        for method, rest, body in calls:
            for about, status in ((lesson, seen), (draft, hidden)):
                told = getattr(client, method)(url(about, rest), body, format="json")
                assert told.status_code == status, (method, rest)
                assert "tide" not in json.dumps(told.json())


def test_the_numbers_of_a_quiz_are_those_of_what_was_submitted(client, django_assert_max_num_queries):
    quiz = make_quiz("single", "text")
    owner = quiz.lesson.section.course.owner
    ana, ben = learner(quiz), learner(quiz)
    for who, right in ((ana, False), (ana, True), (ben, False)):
        attempt, _ = attempts.start(quiz, who)
        attempts.submit(attempt, given(attempt, right=right))
    attempts.start(quiz, ben)
    attempts.submit(attempts.start(quiz, owner, preview=True)[0])

    overview, (choices, text) = statistics.overview(quiz), statistics.by_question(quiz)
    with django_assert_max_num_queries(12):
        told = api_client(owner).get(url(quiz.lesson, "/statistics")).json()
    client.force_login(owner)
    client.get("/")
    with django_assert_max_num_queries(16):
        shown = client.get(page(quiz.lesson, "results/")).content.decode()

    assert (overview.attempts, overview.people, overview.passed, overview.pass_percent) == (3, 2, 1, 50.0)
    assert round(overview.average, 3) == 33.333
    assert (choices.asked, choices.right, text.right, round(text.earned_percent)) == (3, 1, 1, 33)
    assert {pick.text: pick.count for pick in choices.chosen}["A"] == 1
    assert sum(pick.count for pick in choices.chosen) == 3
    assert told["overview"]["people"] == 2
    assert told["questions"][0]["right_percent"] == pytest.approx(33.333, abs=0.01)
    assert "1 of 2 people" in shown


def test_an_attempt_is_given_back_by_api():
    quiz = make_quiz(most_attempts=1)
    ana = learner(quiz)
    attempt = attempts.submit(attempts.start(quiz, ana)[0])
    back = f"/api/learning/quizzes/attempts/{attempt.uuid}/give-back"

    refused = api_client(ana).post(back).status_code
    done = api_client(quiz.lesson.section.course.owner).post(back).status_code
    second, _ = attempts.start(quiz, ana)
    attempts.submit(second, given(second))
    passed = api_client(make_staff()).post(f"/api/learning/quizzes/attempts/{second.uuid}/give-back")

    assert (refused, done) == (404, 204)
    assert (passed.status_code, passed.json()["code"]) == (409, "attempt_passed")


def test_a_pool_of_taken_out_questions_can_go_while_attempts_keep_them():
    quiz = make_quiz("text")
    ana = learner(quiz)
    attempt, _ = attempts.start(quiz, ana)
    question = make_question(quiz.lesson, "text")
    client = api_client(quiz.lesson.section.course.owner)
    pool = quiz.pools.get()
    client.post(url(quiz.lesson, "/pools"), {"version": version(quiz.lesson)}, format="json")
    for one in (*pool.questions.all(), question):
        client.delete(url(quiz.lesson, f"/questions/{one.uuid}?version={version(quiz.lesson)}"))

    told = client.delete(url(quiz.lesson, f"/pools/{pool.uuid}?version={version(quiz.lesson)}"))

    assert told.status_code == 200
    assert attempts.submit(attempt, given(attempt)).percent == 100
