"""What people say about items, for programs."""

from typing import cast

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import access as parameters
from accounts.requests import ActorRequest
from library import comments, marks, pace, ratings
from library.api import LibraryView, as_uuid
from library.models import Comment
from library.talking.serializers import CommentIn, CommentOut, CommentTextIn, RatingIn, RatingOut
from stats.actors import user_actor

COMMENT = OpenApiExample("Answer a comment", {"text": "At the jetty.", "answering": None}, request_only=True)


class SlowDown(Throttled):
    """Somebody writes more often than one may. 429 `rate_limited` with `Retry-After`."""

    def __init__(self, wait: pace.TooFast) -> None:
        super().__init__(detail=str(wait))
        self.wait = wait.wait_s


class CommentsView(LibraryView):
    """GET an item's comments and replies, newest first; with `thread`, the replies to one. POST (members) one.

    201 with it; 429 `rate_limited` with `Retry-After` for who writes more than five a minute or sixty an hour.
    """

    @extend_schema(
        operation_id="list_comments",
        summary="Comments of an item",
        parameters=[
            OpenApiParameter("thread", OpenApiTypes.UUID, description="Only replies below this comment."),
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter("page_size", OpenApiTypes.INT),
        ],
        responses={200: CommentOut(many=True)},
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        parameters.only(request, {"thread", "page", "page_size"})
        rows = comments.standing(self.item(uuid))
        if "thread" in request.query_params:
            rows = rows.filter(parent=get_object_or_404(rows, uuid=as_uuid(request.query_params["thread"])))
        return parameters.paged(self, rows, lambda found: CommentOut(found, many=True).data)

    @extend_schema(
        operation_id="write_comment",
        summary="Comment, or reply",
        request=CommentIn,
        responses={201: CommentOut},
        examples=[COMMENT],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Write one."""
        item, author = self.item(uuid), self.member()
        form = CommentIn(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data.get("answering")
        answering = get_object_or_404(comments.standing(item), uuid=asked) if asked else None
        try:
            comment = comments.write(author, item, form.validated_data["text"], answering=answering)
        except pace.TooFast as wait:
            raise SlowDown(wait) from wait
        return Response(CommentOut(comment).data, status=status.HTTP_201_CREATED)


class CommentView(LibraryView):
    """GET a comment; PATCH its text (who wrote it); DELETE it (who wrote it, whose item it is, staff). 403 for others."""

    @extend_schema(operation_id="read_comment", summary="Read a comment", responses={200: CommentOut})
    def get(self, request: Request, uuid: str, comment: str) -> Response:
        """Answer one."""
        return Response(CommentOut(self.comment(uuid, comment)).data)

    @extend_schema(
        operation_id="change_comment", summary="Change a comment", request=CommentTextIn, responses={200: CommentOut}
    )
    def patch(self, request: Request, uuid: str, comment: str) -> Response:
        """Change its text; it is shown as edited."""
        row = self.comment(uuid, comment)
        if row.author_id != self.member().pk:
            raise PermissionDenied
        form = CommentTextIn(data=request.data)
        form.is_valid(raise_exception=True)
        comments.edit(row, form.validated_data["text"])
        return self.get(request, uuid, comment)

    @extend_schema(operation_id="delete_comment", summary="Delete a comment", responses={204: None})
    def delete(self, request: Request, uuid: str, comment: str) -> Response:
        """Delete it. Its replies stay."""
        row = self.comment(uuid, comment)
        if not comments.is_deletable(row, request.user):
            raise PermissionDenied
        comments.delete(row, self.member())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def comment(self, uuid: str, comment: str) -> Comment:
        """Return a comment that stands on an item that the caller may see."""
        return get_object_or_404(
            comments.standing(self.item(uuid)).select_related("item", "author", "parent", "replying_to"),
            uuid=as_uuid(comment),
        )


class RatingView(LibraryView):
    """GET how an item is rated, and the caller's own stars. PUT one's own: members."""

    @extend_schema(operation_id="read_rating", summary="How an item is rated", responses={200: RatingOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Answer average, number and own stars."""
        item, actor = self.item(uuid), cast("ActorRequest", request._request).actor
        return Response(RatingOut(marks.of(actor, item)).data)

    @extend_schema(
        operation_id="rate_item",
        summary="Rate an item",
        request=RatingIn,
        responses={200: RatingOut},
        examples=[OpenApiExample("Four stars", {"stars": 4}, request_only=True)],
    )
    def put(self, request: Request, uuid: str) -> Response:
        """Give one to five stars. The latest holds; the same again changes nothing."""
        item, actor = self.item(uuid), user_actor(self.member().uuid)
        form = RatingIn(data=request.data)
        form.is_valid(raise_exception=True)
        ratings.rate(actor, item, form.validated_data["stars"])
        return Response(RatingOut(marks.of(actor, item)).data)
