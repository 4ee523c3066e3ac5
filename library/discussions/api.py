"""Discussions of courses, for programs."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import access as parameters
from accounts.api.access import IsMember
from accounts.models import User
from library import pace
from library.api import as_uuid
from library.discussions import reading, seats, writing
from library.discussions.models import Post, Thread
from library.discussions.seats import Seat
from library.discussions.serializers import AcceptedIn, PostChangeIn, PostOut, QuestionIn, TextIn, ThreadOut
from library.learning import access
from library.learning.models import Lesson
from library.talking.api import SlowDown

QUESTION = OpenApiExample(
    "A question about a lesson",
    {
        "title": "Why does the dough tear?",
        "text": "It tears when I *fold* it.",
        "lesson": "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b",
    },
    request_only=True,
)


class DiscussionView(APIView):
    """What these endpoints share: members who teach the course or take it. 403 `not_enrolled` for others."""

    permission_classes = [IsMember]

    def seat(self, course: str) -> Seat:
        """Return where the caller sits in a course that they may see."""
        user = self.member()
        seat = seats.of(user, get_object_or_404(access.visible_to(user), uuid=as_uuid(course)))
        if not seat.may_talk:
            raise PermissionDenied("Only who teaches or takes this course takes part.", "not_enrolled")
        return seat

    def thread(self, seat: Seat, thread: str) -> Thread:
        """Return a discussion of the course."""
        rows = Thread.objects.filter(course=seat.course, deleted_at=None).select_related("course", "lesson", "author")
        return get_object_or_404(rows, uuid=as_uuid(thread))

    def post_of(self, thread: Thread, post: Any) -> Post:
        """Return a post of the discussion that stands."""
        row = get_object_or_404(Post.objects.select_related("author"), thread=thread, deleted_at=None, uuid=post)
        row.thread = thread
        return row

    def member(self) -> User:
        """Return the member who calls."""
        return cast("User", self.request.user)

    def paged(self, rows: QuerySet, out: Any) -> Response:
        """Answer a page of rows."""
        return parameters.paged(self, rows, out)


class ThreadsView(DiscussionView):
    """GET the discussions of a course. POST a question. 201 with it; 429 `rate_limited` with `Retry-After`."""

    @extend_schema(
        operation_id="list_discussions",
        summary="Discussions of a course",
        parameters=[
            OpenApiParameter("search", description="Words that title or posts have, 200 characters at most."),
            OpenApiParameter("lesson", OpenApiTypes.UUID),
            OpenApiParameter("order", enum=list(reading.ORDERS), description="`active` unless told."),
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter("page_size", OpenApiTypes.INT),
        ],
        responses={200: ThreadOut(many=True)},
    )
    def get(self, request: Request, course: str) -> Response:
        """List them."""
        parameters.only(request, {"search", "lesson", "order", "page", "page_size"})
        seat, given = self.seat(course), request.query_params
        text = parameters.text(request, "search", reading.MAX_SEARCH)
        order = given.get("order", "active")
        if order not in reading.ORDERS:
            raise ValidationError({"order": f"One of {', '.join(reading.ORDERS)}."}, code="invalid_choice")
        lesson = self.lesson(seat, as_uuid(given["lesson"])) if "lesson" in given else None
        rows = reading.threads(seat.course, lesson=lesson, text=text, order=order)
        return self.paged(rows, lambda page: ThreadOut(page, many=True).data)

    @extend_schema(
        operation_id="ask_question", summary="Ask", request=QuestionIn, responses={201: ThreadOut}, examples=[QUESTION]
    )
    def post(self, request: Request, course: str) -> Response:
        """Ask."""
        seat, form = self.seat(course), QuestionIn(data=request.data)
        form.is_valid(raise_exception=True)
        told = dict(form.validated_data)
        about = told.pop("lesson", None)
        try:
            thread = writing.ask(self.member(), seat.course, **told, lesson=self.lesson(seat, about) if about else None)
        except pace.TooFast as wait:
            raise SlowDown(wait) from wait
        return Response(ThreadOut(thread).data, status=status.HTTP_201_CREATED)

    def lesson(self, seat: Seat, uuid: Any) -> Lesson:
        """Return a lesson of the course."""
        return get_object_or_404(Lesson, section__course=seat.course, deleted_at=None, uuid=uuid)


class ThreadView(DiscussionView):
    """GET one discussion."""

    @extend_schema(operation_id="read_discussion", summary="Read a discussion", responses={200: ThreadOut})
    def get(self, request: Request, course: str, thread: str) -> Response:
        """Answer it."""
        return Response(ThreadOut(self.thread(self.seat(course), thread)).data)


class PostsView(DiscussionView):
    """GET the posts of a discussion: the question, the accepted answer, the others as written. POST an answer."""

    @extend_schema(
        operation_id="list_posts",
        summary="Posts of a discussion",
        parameters=[OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT)],
        responses={200: PostOut(many=True)},
    )
    def get(self, request: Request, course: str, thread: str) -> Response:
        """List them."""
        parameters.only(request, {"page", "page_size"})
        seat = self.seat(course)
        about = self.thread(seat, thread)
        context = {"thread": about, "seat": seat}
        return self.paged(reading.posts(about), lambda page: PostOut(page, many=True, context=context).data)

    @extend_schema(operation_id="answer_question", summary="Answer", request=TextIn, responses={201: PostOut})
    def post(self, request: Request, course: str, thread: str) -> Response:
        """Answer."""
        seat = self.seat(course)
        about, form = self.thread(seat, thread), TextIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            post = writing.answer(self.member(), about, form.validated_data["text"])
        except pace.TooFast as wait:
            raise SlowDown(wait) from wait
        shown = PostOut(post, context={"thread": about, "seat": seat}).data
        return Response(shown, status=status.HTTP_201_CREATED)


class PostView(DiscussionView):
    """PATCH a post (who wrote it); DELETE it (who wrote it, and who teaches the course). 403 for others."""

    @extend_schema(operation_id="change_post", summary="Change a post", request=PostChangeIn, responses={200: PostOut})
    def patch(self, request: Request, course: str, thread: str, post: str) -> Response:
        """Change what it says."""
        seat = self.seat(course)
        row = self.post_of(self.thread(seat, thread), as_uuid(post))
        if row.author_id != self.member().pk:
            raise PermissionDenied
        form = PostChangeIn(data=request.data)
        form.is_valid(raise_exception=True)
        writing.edit(row, **form.validated_data)
        row.refresh_from_db(fields=["text", "edited_at"])
        return Response(PostOut(row, context={"thread": row.thread, "seat": seat}).data)

    @extend_schema(operation_id="delete_post", summary="Delete a post", responses={204: None})
    def delete(self, request: Request, course: str, thread: str, post: str) -> Response:
        """Delete it. A question that somebody answered leaves its place, unless a teacher takes all of it away."""
        seat = self.seat(course)
        row = self.post_of(self.thread(seat, thread), as_uuid(post))
        if row.author_id != self.member().pk and not seat.teaches:
            raise PermissionDenied
        writing.delete(row, self.member(), seat)
        return Response(status=status.HTTP_204_NO_CONTENT)


class AcceptedView(DiscussionView):
    """PUT which answer helped: who asked, and who teaches the course. 403 for others."""

    @extend_schema(
        operation_id="accept_answer", summary="Accept an answer", request=AcceptedIn, responses={200: ThreadOut}
    )
    def put(self, request: Request, course: str, thread: str) -> Response:
        """Accept one, or with null none."""
        seat = self.seat(course)
        about = self.thread(seat, thread)
        if not (seat.teaches or about.author_id == self.member().pk):
            raise PermissionDenied
        form = AcceptedIn(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data["post"]
        post = self.post_of(about, asked) if asked else None
        if post is not None and post.is_question:
            raise Http404
        writing.accept(about, post, self.member())
        return Response(ThreadOut(self.thread(seat, thread)).data)
