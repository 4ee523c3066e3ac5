"""The API of who takes a quiz. Marking is the server's; what is right never leaves it before an attempt is submitted."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from accounts.api import access as parameters
from accounts.api.access import IsMember
from accounts.models import User
from accounts.requests import ActorRequest
from library.api import as_uuid
from library.learning import access
from library.learning.models import Lesson
from library.quizzes import attempts, pages, queries, sheets
from library.quizzes.models import Attempt, Quiz
from library.quizzes.refusals import Fault, Refused, WrongAnswers
from library.quizzes.responses import Given
from library.quizzes.serializers import (
    QuizAnswersIn,
    QuizAttemptInFullOut,
    QuizAttemptOut,
    QuizOut,
    QuizSavedOut,
)

ANSWERS = OpenApiExample(
    "A choice and a number",
    {
        "answers": [
            {
                "question": "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b",
                "options": ["0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5c"],
            },
            {"question": "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5d", "value": "3.14"},
        ]
    },
    request_only=True,
)


class QuizRefused(APIException):
    """What cannot be done now, with the code and status of the refusal."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.detail, refused.code)
        self.status_code = refused.status


def wrong(faults: list[Fault]) -> ValidationError:
    """Return faults as 400, each with its path and code."""
    nested: dict[str, Any] = {}
    for fault in faults:
        error = ValidationError(fault.detail, fault.code).detail
        nested.setdefault(fault.path, []).extend(error if isinstance(error, list) else [error])
    return ValidationError(nested)


class QuizView(APIView):
    """What the endpoints of quizzes share: members alone, and one and the same 404 for what one may not see."""

    permission_classes = [IsMember]

    def member(self) -> User:
        """Return the member who calls."""
        return cast("User", self.request.user)

    def lesson(self, uuid: str) -> Lesson:
        """Return a lesson with a quiz, whose course the caller may see."""
        return get_object_or_404(queries.lessons_for(self.member()), uuid=as_uuid(uuid))

    def quiz(self, uuid: str) -> Quiz:
        """Return the quiz of such a lesson; 404 while nobody has written one."""
        lesson = self.lesson(uuid)
        if not hasattr(lesson, "quiz"):
            raise NotFound
        return lesson.quiz

    def attempt(self, uuid: str, *, own: bool = False) -> Attempt:
        """Return an attempt that the caller may see, or answer. One past its deadline is marked first."""
        rows = queries.own_attempts(self.member()) if own else queries.attempts_for(self.member())
        attempt = get_object_or_404(rows, uuid=as_uuid(uuid))
        if not own and attempt.submitted_at is None and attempts.is_overdue(attempt, timezone.now()):
            attempts.close_overdue(Attempt.objects.filter(pk=attempt.pk))
            attempt = get_object_or_404(rows, pk=attempt.pk)
        return attempt

    def in_full(self, attempt: Attempt) -> dict[str, Any]:
        """Return an attempt with its questions. Two queries."""
        answers = attempts.answers_of(attempt)
        if attempt.submitted_at is None:
            context = {"sheets": sheets.asked(answers), "reveals": False}
        else:
            stands = attempts.standing(attempt.quiz, attempt.user)
            own = attempt.user_id == self.member().pk
            reveals = not own or attempts.reveals(attempt.quiz, attempt, stands)
            context = {"sheets": sheets.reviewed(answers, reveals=reveals), "reveals": reveals}
        return QuizAttemptInFullOut(attempt, context=context).data

    def given(self, request: Request) -> list[Given]:
        """Return the answers that are sent. Raises ValidationError."""
        form = QuizAnswersIn(data=request.data)
        form.is_valid(raise_exception=True)
        return [
            Given(one["question"], tuple(one.get("options", ())), one.get("value", ""), f"answers.{index}")
            for index, one in enumerate(form.validated_data.get("answers", ()))
        ]


class QuizDetailView(QuizView):
    """GET how a quiz is taken, and how the caller stands with it. 404 for who may not see the course."""

    @extend_schema(operation_id="read_quiz", summary="A quiz, and how you stand with it", responses={200: QuizOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Answer it, without questions: those come with an attempt."""
        parameters.only(request, ())
        quiz, user = self.quiz(uuid), self.member()
        course = quiz.lesson.section.course
        enrolment = access.enrolment_of(user, course)
        panel = pages.lesson_context(cast("ActorRequest", request._request), quiz.lesson, enrolment)["quiz_panel"]
        stands, rules = panel.stands, panel.quiz
        told = {
            "lesson": quiz.lesson.uuid,
            "title": quiz.lesson.title,
            "course": course,
            "questions": panel.questions,
            **{name: getattr(rules, name) for name in ("pass_percent", "most_attempts", "time_limit_minutes")},
            "reveals": rules.reveals,
            "shuffles": rules.shuffles,
            "state": panel.state,
            "standing": {
                "attempts": len(stands.attempts),
                "attempts_left": stands.left,
                "running": stands.running and stands.running.uuid,
                "best_percent": stands.best and stands.best.percent,
                "passed": stands.passed,
            },
        }
        return Response(QuizOut(told).data)


class QuizAttemptsView(QuizView):
    """GET the caller's attempts, newest first. POST begins one: 201, or 200 with the one that runs already.

    403 `not_enrolled`, `lesson_not_open`; 409 `no_attempts_left`, `quiz_empty`; 429 `too_many_attempts`. Of who teaches
    the course and does not take it, it is a trial that counts nowhere.
    """

    @extend_schema(
        operation_id="list_quiz_attempts",
        summary="Your attempts at a quiz",
        parameters=[OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT)],
        responses={200: QuizAttemptOut(many=True)},
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        parameters.only(request, {"page", "page_size"})
        rows = queries.own_attempts(self.member()).filter(quiz=self.quiz(uuid)).order_by("-started_at", "-id")
        listed = cast("Any", api_settings.DEFAULT_PAGINATION_CLASS)()
        found = listed.paginate_queryset(rows, request, view=self)
        return listed.get_paginated_response(QuizAttemptOut(found, many=True).data)

    @extend_schema(
        operation_id="start_quiz_attempt",
        summary="Begin a quiz, or go on",
        request=None,
        responses={200: QuizAttemptInFullOut, 201: QuizAttemptInFullOut},
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Begin."""
        quiz, user = self.quiz(uuid), self.member()
        course = quiz.lesson.section.course
        preview = access.enrolment_of(user, course) is None and access.teaches(user, course)
        try:
            attempt, is_new = attempts.start(quiz, user, preview=preview)
        except Refused as refused:
            raise QuizRefused(refused) from refused
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(self.in_full(attempt), status=code)


class QuizAttemptView(QuizView):
    """GET an attempt: one's own, or what a learner submitted in a course that one teaches.

    While it runs, its questions and the answers so far; once it is submitted, what was earned, and what is right where
    the quiz reveals it.
    """

    @extend_schema(
        operation_id="read_quiz_attempt", summary="An attempt in full", responses={200: QuizAttemptInFullOut}
    )
    def get(self, request: Request, uuid: str) -> Response:
        """Answer it."""
        parameters.only(request, ())
        return Response(self.in_full(self.attempt(uuid)))


class QuizAnswersView(QuizView):
    """PUT answers of a running attempt, to keep them; questions that are not named stay as they are.

    400 `unknown_question`, `unknown_option`, `too_many_options`, `invalid_answer`, `invalid_number`,
    `repeated_question`, `too_long`, `invalid_characters`: then nothing is kept. 409 `already_submitted`, `time_is_up`,
    `attempt_voided`.
    """

    @extend_schema(
        operation_id="save_quiz_answers",
        summary="Keep answers",
        request=QuizAnswersIn,
        responses={200: QuizSavedOut},
        examples=[ANSWERS],
    )
    def put(self, request: Request, uuid: str) -> Response:
        """Keep them."""
        attempt = self.attempt(uuid, own=True)
        given = self.given(request)
        try:
            saved_at = attempts.save(attempt, given)
        except Refused as refused:
            raise QuizRefused(refused) from refused
        except WrongAnswers as answers:
            raise wrong(answers.faults) from answers
        return Response(QuizSavedOut({"saved_at": saved_at, "deadline_at": attempt.deadline_at}).data)


class QuizSubmitView(QuizView):
    """POST to submit an attempt, with the last answers or without. Once: again is 409 `already_submitted`.

    After the deadline it is 409 `time_is_up`: what was kept by then has been marked. Wrong answers are 400 as for
    keeping them, and nothing is submitted. 403 `not_enrolled` for who lost the course meanwhile.
    """

    @extend_schema(
        operation_id="submit_quiz_attempt",
        summary="Submit",
        request=QuizAnswersIn,
        responses={200: QuizAttemptInFullOut},
        examples=[ANSWERS],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Mark it."""
        attempt = self.attempt(uuid, own=True)
        given = self.given(request)
        try:
            done = attempts.submit(attempt, given)
        except Refused as refused:
            raise QuizRefused(refused) from refused
        except WrongAnswers as answers:
            raise wrong(answers.faults) from answers
        return Response(self.in_full(done))
