"""Quizzes: the owner and the collaborator write them, the enrolled has submitted one attempt and begun another."""

import json
from typing import Any

from library.learning.models import Course, CourseTeacher
from library.quizzes import attempts, writing
from library.quizzes.models import Question
from tests.factories import make_course, make_enrolment, make_lesson, make_question, make_section
from tests.permissions.table import Row
from tests.permissions.world import World

TEACHERS = "{0} {0} 404 404 login {0}"
API_TEACHERS = "{0} {0} 403 403 401 {0}"
RULES = {"pass_percent": 60, "most_attempts": 0, "time_limit_minutes": 0, "reveals": "each"}


def seen(world: World, **rest: object) -> dict[str, Any]:
    """Return the course's version with the rest of what is sent."""
    return {"version": Course.objects.get(pk=world.things["quiz_course"].pk).version, **rest}


def text(world: World) -> dict[str, Any]:
    """Return a question."""
    pool = str(world.things["pool"].uuid)
    return seen(world, kind="text", pool=pool, prompt="What?", points=1, tolerance=0, accepted="ebb")


def text_in_json(world: World) -> dict[str, Any]:
    """Return the same for the API."""
    return text(world) | {"accepted": ["ebb"]}


def whole_order(world: World) -> dict[str, Any]:
    """Return the order as it is."""
    quiz = world.things["pool"].quiz
    rows = Question.objects.filter(pool__quiz=quiz, deleted_at=None)
    order = [
        {"pool": str(pool.uuid), "questions": [str(row.uuid) for row in rows if row.pool_id == pool.pk]}
        for pool in quiz.pools.all()
    ]
    return seen(world, pools=order)


def whole_order_as_text(world: World) -> dict[str, Any]:
    """Return the same for the page's script."""
    told = whole_order(world)
    return told | {"order": json.dumps([[one["pool"], one["questions"]] for one in told["pools"]])}


ROWS = (
    Row("quizzes:start", "POST", "quiz_start", "302 302 302 302 login 302"),
    Row("quizzes:start", "POST", "draft_quiz_start", "302 302 404 404 login 302"),
    Row("quizzes:attempt", "GET", "running", "404 404 200 404 login 404"),
    Row("quizzes:attempt", "POST", "running", "404 404 302 404 login 404"),
    Row("quizzes:attempt", "GET", "submitted", "200 200 200 404 login 200"),
    Row("quizzes:attempt", "POST", "submitted", "404 404 302 404 login 404"),
    Row("quizzes:give-back", "POST", "submitted", TEACHERS.format(302)),
    Row("quizzes:give-back", "POST", "running", "404 404 404 404 login 404"),
    Row("quizzes:build", "GET", "quiz_start", TEACHERS.format(200)),
    Row("quizzes:build", "POST", "quiz_start", TEACHERS.format(302), lambda world: seen(world, **RULES)),
    Row("quizzes:results", "GET", "quiz_start", TEACHERS.format(200)),
    Row(
        "quizzes:move",
        "POST",
        "quiz_start",
        TEACHERS.format(302),
        lambda world: seen(world, moved=str(world.things["pool"].uuid), to="down"),
    ),
    Row("quizzes:order", "POST", "quiz_start", TEACHERS.format(302), whole_order_as_text),
    Row("quizzes:pool-add", "POST", "quiz_start", TEACHERS.format(302), lambda world: seen(world, title="Hard")),
    Row("quizzes:pool", "POST", "quiz_pool", TEACHERS.format(302), lambda world: seen(world, title="Hard", draws=1)),
    Row("quizzes:question-new", "GET", "quiz_start", TEACHERS.format(200)),
    Row("quizzes:question-new", "POST", "quiz_start", TEACHERS.format(302), text),
    Row("quizzes:question", "GET", "quiz_question", TEACHERS.format(200)),
    Row("quizzes:question", "POST", "quiz_question", TEACHERS.format(302), text),
    Row("quizzes:question-remove", "POST", "quiz_question", TEACHERS.format(302), seen),
    Row("quizzes:api-quiz", "GET", "quiz", "200 200 200 200 401 200"),
    Row("quizzes:api-quiz", "GET", "draft_quiz", "200 200 404 404 401 200"),
    Row("quizzes:api-quiz", "PATCH", "quiz", API_TEACHERS.format(200), lambda world: seen(world, pass_percent=50)),
    Row("quizzes:api-quiz", "PATCH", "draft_quiz", "409 409 404 404 401 409", {"version": 0}),
    Row("quizzes:api-attempts", "GET", "quiz", "200 200 200 200 401 200"),
    Row("quizzes:api-attempts", "GET", "draft_quiz", "200 200 404 404 401 200"),
    Row("quizzes:api-attempts", "POST", "quiz", "201 201 200 403 401 201"),
    Row("quizzes:api-attempts", "POST", "draft_quiz", "201 201 404 404 401 201"),
    Row("quizzes:api-attempt", "GET", "running", "404 404 200 404 401 404"),
    Row("quizzes:api-attempt", "GET", "submitted", "200 200 200 404 401 200"),
    Row("quizzes:api-answers", "PUT", "running", "404 404 200 404 401 404"),
    Row("quizzes:api-answers", "PUT", "submitted", "404 404 409 404 401 404"),
    Row("quizzes:api-submit", "POST", "running", "404 404 200 404 401 404"),
    Row("quizzes:api-submit", "POST", "submitted", "404 404 409 404 401 404"),
    Row("quizzes:api-give-back", "POST", "submitted", "204 204 404 404 401 204"),
    Row("quizzes:api-give-back", "POST", "running", "404 404 404 404 401 404"),
    Row("quizzes:api-questions", "GET", "quiz", API_TEACHERS.format(200)),
    Row("quizzes:api-questions", "GET", "draft_quiz", "200 200 404 404 401 200"),
    Row("quizzes:api-questions", "POST", "quiz", API_TEACHERS.format(201), text_in_json),
    Row("quizzes:api-question", "PUT", "api_question", API_TEACHERS.format(200), text_in_json),
    Row("quizzes:api-question", "DELETE", "api_question", API_TEACHERS.format(409)),
    Row("quizzes:api-pools", "POST", "quiz", API_TEACHERS.format(201), lambda world: seen(world, title="Hard")),
    Row("quizzes:api-pool", "PUT", "api_pool", API_TEACHERS.format(200), lambda world: seen(world, draws=1)),
    Row("quizzes:api-pool", "DELETE", "api_pool", API_TEACHERS.format(409)),
    Row("quizzes:api-order", "PUT", "quiz", API_TEACHERS.format(200), whole_order),
    Row("quizzes:api-statistics", "GET", "quiz", API_TEACHERS.format(200)),
)


def prepare(world: World) -> None:
    """Make a quiz in a course that is out, one in a draft, and two attempts."""
    course, draft = make_course(world.owner, "With a quiz"), make_course(world.owner, "Unfinished", published=False)
    for one in (course, draft):
        CourseTeacher.objects.create(course=one, user=world.people["collaborator"])
    enrolled = make_enrolment(course, world.people["enrolled"])
    lesson, hidden = (make_lesson(make_section(one), "quiz", "What was it?") for one in (course, draft))
    question = make_question(lesson)
    make_question(hidden)
    quiz = writing.quiz_of(lesson)
    submitted = attempts.submit(attempts.start(quiz, enrolled)[0])
    running, _ = attempts.start(quiz, enrolled)
    pool = quiz.pools.get()
    world.things |= {"quiz_course": course, "pool": pool}
    world.subjects |= {
        "quiz": {"uuid": lesson.uuid},
        "draft_quiz": {"uuid": hidden.uuid},
        "quiz_start": {"lesson": lesson.uuid},
        "draft_quiz_start": {"lesson": hidden.uuid},
        "running": {"uuid": running.uuid},
        "submitted": {"uuid": submitted.uuid},
        "quiz_pool": {"lesson": lesson.uuid, "pool": pool.uuid},
        "quiz_question": {"lesson": lesson.uuid, "question": question.uuid},
        "api_pool": {"uuid": lesson.uuid, "pool": pool.uuid},
        "api_question": {"uuid": lesson.uuid, "question": question.uuid},
    }
