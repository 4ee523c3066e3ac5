"""The API of who writes quizzes. Every change names the version of the course that was seen, and answers the new one."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import access as parameters
from library.api import as_uuid
from library.learning import building
from library.learning.models import Lesson, What
from library.learning.teaching import answers
from library.quizzes import attempts, queries, statistics, writing
from library.quizzes.api import QuizDetailView, QuizRefused, QuizView, wrong
from library.quizzes.drafts import Choice, Draft
from library.quizzes.models import Pool, Question
from library.quizzes.refusals import Refused
from library.quizzes.serializers import (
    QuizOrderIn,
    QuizPoolIn,
    QuizQuestionIn,
    QuizQuestionsOut,
    QuizRulesIn,
    QuizStatisticsOut,
    QuizVersionOut,
)

VERSION = OpenApiParameter("version", OpenApiTypes.INT, required=True, description="The course's version that you saw.")
QUESTION = OpenApiExample(
    "One choice",
    {
        "version": 7,
        "kind": "single",
        "prompt": "How often does the tide come in on most coasts?",
        "explanation": "The earth turns below two bulges of water.",
        "options": [{"text": "Once a day"}, {"text": "Twice a day", "is_right": True}],
    },
    request_only=True,
)


class BuildingRefused(APIException):
    """What a course refuses: 409 `stale_version` with the changes since, `stale_list` and the like."""

    def __init__(self, refused: building.Refused) -> None:
        super().__init__(refused.detail, refused.code)
        self.status_code = answers.status_of(refused)
        self.extra = answers.extra_of(refused)


class InstructorView(QuizView):
    """What these endpoints share: who may see the course and not build it gets 403, others 404."""

    def built(self, uuid: str) -> Lesson:
        """Return a lesson whose quiz the caller may write."""
        lesson = queries.lessons_built_by(self.member()).filter(uuid=as_uuid(uuid)).first()
        if lesson is None:
            self.lesson(uuid)
            raise PermissionDenied
        return lesson

    def pool(self, lesson: Lesson, uuid: Any) -> Pool:
        """Return a pool of the quiz."""
        return get_object_or_404(Pool.objects.select_related("quiz"), quiz__lesson=lesson, uuid=as_uuid(str(uuid)))

    def question(self, lesson: Lesson, uuid: str) -> Question:
        """Return a question that stands in the quiz."""
        rows = Question.objects.filter(pool__quiz__lesson=lesson, deleted_at=None).select_related("pool__quiz")
        return get_object_or_404(rows.prefetch_related("options"), uuid=as_uuid(uuid))

    def read(self, request: Request, form: type[serializers.Serializer]) -> dict[str, Any]:
        """Return what was sent. Raises ValidationError."""
        told = form(data=request.data)
        told.is_valid(raise_exception=True)
        return dict(told.validated_data)

    def version(self, request: Request) -> int:
        """Return the version in the query."""
        parameters.only(request, {"version"})
        return parameters.whole(request, "version", 0, 2**31, default=0)

    def change(self, lesson: Lesson, version: int, subject: str, write: Any) -> int:
        """Do `write` as one change of the course, and return the new version."""
        course = lesson.section.course
        try:
            with building.editing(
                course.uuid, self.member(), version, What.QUIZ, lesson.title, subject=subject
            ) as edited:
                write()
        except building.Refused as refused:
            raise BuildingRefused(refused) from refused
        except writing.NotWritten as refused:
            raise wrong(refused.faults) from refused
        return edited.version

    def contents(self, lesson: Lesson, version: int) -> dict[str, Any]:
        """Return the quiz with all that is right. Four queries."""
        pools = queries.pools_of(writing.quiz_of(lesson))
        return QuizQuestionsOut({"version": version, "pools": pools}).data


class QuizRulesView(QuizDetailView, InstructorView):
    """GET how a quiz is taken, and how the caller stands with it. PATCH its rules, who teaches the course."""

    @extend_schema(
        operation_id="change_quiz", summary="Change the rules", request=QuizRulesIn, responses={200: QuizVersionOut}
    )
    def patch(self, request: Request, uuid: str) -> Response:
        """Change what is given, keep the rest."""
        lesson = self.built(uuid)
        told = self.read(request, QuizRulesIn)
        version = told.pop("version")
        new = self.change(
            lesson, version, f"rules {lesson.uuid}", lambda: writing.change_rules(writing.quiz_of(lesson), **told)
        )
        return Response({"version": new})


class QuizQuestionsView(InstructorView):
    """GET all pools and questions, with what is right. POST a question. Who teaches the course alone; 403 for others.

    400 with the code of what is wrong: `required`, `too_few`, `no_right_option`, `too_many_right`, `repeated_option`,
    `too_many` and the like. 409 `stale_version` is for who changes the same as somebody else; adding is never stale.
    """

    @extend_schema(
        operation_id="list_quiz_questions", summary="All questions, with answers", responses={200: QuizQuestionsOut}
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        parameters.only(request, ())
        lesson = self.built(uuid)
        return Response(self.contents(lesson, lesson.section.course.version))

    @extend_schema(
        operation_id="add_quiz_question",
        summary="Add a question",
        request=QuizQuestionIn,
        responses={201: QuizQuestionsOut},
        examples=[QUESTION],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Add one at the end of a pool."""
        lesson = self.built(uuid)
        told = self.read(request, QuizQuestionIn)
        quiz = writing.quiz_of(lesson)
        pool = self.pool(lesson, told["pool"]) if told.get("pool") else get_object_or_404(quiz.pools.all()[:1])
        new = self.change(
            lesson, told["version"], building.ADDING, lambda: writing.write_question(pool, draft_of(told))
        )
        return Response(self.contents(lesson, new), status=status.HTTP_201_CREATED)


class QuizQuestionView(InstructorView):
    """PUT a question anew; options keep their `id`. DELETE takes it out; attempts that have it keep it."""

    @extend_schema(
        operation_id="write_quiz_question",
        summary="Write a question anew",
        request=QuizQuestionIn,
        responses={200: QuizQuestionsOut},
        examples=[QUESTION],
    )
    def put(self, request: Request, uuid: str, question: str) -> Response:
        """Replace it."""
        lesson = self.built(uuid)
        row = self.question(lesson, question)
        told = self.read(request, QuizQuestionIn)
        pool = self.pool(lesson, told["pool"]) if told.get("pool") else row.pool
        new = self.change(
            lesson,
            told["version"],
            f"question {row.uuid}",
            lambda: writing.write_question(pool, draft_of(told), row),
        )
        return Response(self.contents(lesson, new))

    @extend_schema(
        operation_id="remove_quiz_question",
        summary="Take a question out",
        parameters=[VERSION],
        responses={200: QuizVersionOut},
    )
    def delete(self, request: Request, uuid: str, question: str) -> Response:
        """Take it out."""
        lesson = self.built(uuid)
        row = self.question(lesson, question)
        new = self.change(lesson, self.version(request), f"question {row.uuid}", lambda: writing.remove_question(row))
        return Response({"version": new})


class QuizPoolsView(InstructorView):
    """POST a pool: an attempt gets `draws` of its questions, by chance."""

    @extend_schema(
        operation_id="add_quiz_pool", summary="Add a pool", request=QuizPoolIn, responses={201: QuizQuestionsOut}
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Add one."""
        lesson = self.built(uuid)
        told = self.read(request, QuizPoolIn)
        version = told.pop("version")
        new = self.change(lesson, version, building.ADDING, lambda: writing.add_pool(writing.quiz_of(lesson), **told))
        return Response(self.contents(lesson, new), status=status.HTTP_201_CREATED)


class QuizPoolView(InstructorView):
    """PUT a pool's name and draws. DELETE one without questions: 400 `not_empty`, `last_pool`."""

    @extend_schema(
        operation_id="change_quiz_pool", summary="Change a pool", request=QuizPoolIn, responses={200: QuizQuestionsOut}
    )
    def put(self, request: Request, uuid: str, pool: str) -> Response:
        """Change it."""
        lesson = self.built(uuid)
        row = self.pool(lesson, pool)
        told = self.read(request, QuizPoolIn)
        version = told.pop("version")
        new = self.change(lesson, version, f"pool {row.uuid}", lambda: writing.change_pool(row, **told))
        return Response(self.contents(lesson, new))

    @extend_schema(
        operation_id="remove_quiz_pool",
        summary="Take a pool out",
        parameters=[VERSION],
        responses={200: QuizVersionOut},
    )
    def delete(self, request: Request, uuid: str, pool: str) -> Response:
        """Take it out."""
        lesson = self.built(uuid)
        row = self.pool(lesson, pool)
        new = self.change(lesson, self.version(request), f"pool {row.uuid}", lambda: writing.remove_pool(row))
        return Response({"version": new})


class QuizOrderView(InstructorView):
    """PUT the whole order: each pool and question exactly once, or it is 409 `stale_list`."""

    @extend_schema(
        operation_id="order_quiz", summary="Order the questions", request=QuizOrderIn, responses={200: QuizQuestionsOut}
    )
    def put(self, request: Request, uuid: str) -> Response:
        """Order them."""
        lesson = self.built(uuid)
        told = self.read(request, QuizOrderIn)
        order: list[tuple[UUID, list[UUID]]] = [(one["pool"], one["questions"]) for one in told["pools"]]
        new = self.change(
            lesson,
            told["version"],
            f"order {lesson.uuid}",
            lambda: writing.reorder(writing.quiz_of(lesson), order),
        )
        return Response(self.contents(lesson, new))


class QuizStatisticsView(InstructorView):
    """GET how a quiz goes: in all, and question by question. Who teaches the course alone."""

    @extend_schema(operation_id="read_quiz_statistics", summary="How a quiz goes", responses={200: QuizStatisticsOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Answer the numbers."""
        parameters.only(request, ())
        quiz = writing.quiz_of(self.built(uuid))
        told = {"overview": statistics.overview(quiz), "questions": statistics.by_question(quiz)}
        return Response(QuizStatisticsOut(told).data)


class QuizGiveBackView(InstructorView):
    """POST to give an attempt back to a learner: it counts nowhere, and can be made again. 409 `attempt_passed`."""

    @extend_schema(
        operation_id="give_quiz_attempt_back", summary="Give an attempt back", request=None, responses={204: None}
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Give it back."""
        rows = queries.attempts_taught_by(self.member())
        try:
            attempts.give_back(get_object_or_404(rows, uuid=as_uuid(uuid)), self.member())
        except Refused as refused:
            raise QuizRefused(refused) from refused
        return Response(status=status.HTTP_204_NO_CONTENT)


def draft_of(told: dict[str, Any]) -> Draft:
    """Return the question that was sent."""
    options = told.get("options", ())
    return Draft(
        kind=told["kind"],
        prompt=told["prompt"],
        explanation=told["explanation"],
        points=told["points"],
        is_partial=told["is_partial"],
        options=tuple(Choice(one["text"], one["is_right"], str(one.get("id", ""))) for one in options),
        number=told.get("number"),
        tolerance=told["tolerance"],
        accepted=tuple(told.get("accepted", ())),
    )
