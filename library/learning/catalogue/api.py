"""The API of courses: finding, reading, reviewing, and, for who teaches, changing them."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, NotAuthenticated, NotFound, PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import staffing
from accounts.api import access as parameters
from accounts.models import User
from accounts.requests import ActorRequest
from library import browsing
from library.learning import access, building, enrolling, publishing, reviews
from library.learning.building import Refused
from library.learning.catalogue import queries
from library.learning.catalogue.serializers import (
    CourseChangeIn,
    CourseDetailOut,
    CourseIn,
    CourseOut,
    CourseVersionIn,
    CourseVersionOut,
    ReviewIn,
    ReviewOut,
    outlined,
)
from library.learning.models import Course, Level, Review, What
from library.learning.teaching import answers
from library.models import Category

FORBIDDEN = {"not_enrolled", "own_course"}
FILTERS: dict[str, list[str]] = {
    "category": list(Category.values),
    "level": list(Level.values),
    "price": list(queries.PRICES),
    "rating": list(queries.RATINGS),
    "order": list(queries.ORDERS),
}
EXAMPLE = OpenApiExample(
    "A free course",
    {"title": "Reading the night sky", "subtitle": "With your eyes alone.", "category": "science", "level": "beginner"},
    request_only=True,
)
PATCH = OpenApiExample("Another price", {"price": "29.50", "version": 7}, request_only=True)


class CourseRefused(APIException):
    """A course refuses something: 409 (403 and 422 for some codes), with the version and changes when it is stale."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.detail, refused.code)
        self.status_code = 403 if refused.code in FORBIDDEN else answers.status_of(refused)
        self.extra = answers.extra_of(refused)


class CourseApiView(APIView):
    """What the endpoints of courses share: anybody may read what is published, members may write."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    def handle_exception(self, exc: Exception) -> Response:
        """Answer what a course refuses as a problem."""
        return super().handle_exception(CourseRefused(exc) if isinstance(exc, Refused) else exc)

    def course(self, uuid: str) -> Course:
        """Return a course that the caller may look at; drafts of others, deleted and unknown ones are the same 404."""
        return get_object_or_404(access.visible_to(self.request.user), uuid=known(uuid))

    def taught(self, uuid: str) -> Course:
        """Return a course that the caller builds. 403 for one that they may only look at."""
        course = self.course(uuid)
        if not access.teaches(self.member(), course):
            raise PermissionDenied
        return course

    def member(self) -> User:
        """Return the member who calls. 401 for nobody, 403 for a source's key."""
        if not isinstance(self.request.user, User):
            raise NotAuthenticated if self.request.auth is None else PermissionDenied
        return self.request.user

    def read(self, form: Any, **kwargs: Any) -> Any:
        """Return what was sent, checked by a serializer. Raises ValidationError."""
        told = form(data=self.request.data, **kwargs)
        told.is_valid(raise_exception=True)
        return told

    def detail(self, course: Course) -> dict[str, Any]:
        """Return a course with everything that its page says. At most nine queries."""
        context = {
            "request": self.request,
            "outline": outlined(publishing.sections_of(course), publishing.lessons_of(course)),
            "teachers": enrolling.teachers_of(course),
            "prerequisites": [str(uuid) for uuid in course.prerequisites.values_list("uuid", flat=True)],
        }
        return CourseDetailOut(queries.cards([course], self.request.user)[0], context=context).data

    def page(self, rows: QuerySet[Any], shown: Any) -> Response:
        """Answer a page of `rows`, shown by a function of a list of them."""
        return parameters.paged(self, rows, shown)


class CoursesView(CourseApiView):
    """GET the published courses, or with `scope=teaching` those that one builds. POST begins one, as a draft."""

    @extend_schema(
        operation_id="list_courses",
        summary="Find courses",
        parameters=[
            OpenApiParameter("search", description="Words of title, sentence, outcomes or instructor."),
            OpenApiParameter("q", description="The same as `search`."),
            *(OpenApiParameter(name, enum=choices) for name, choices in FILTERS.items()),
            OpenApiParameter("scope", enum=["all", "teaching"], description="`all` unless told."),
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter("page_size", OpenApiTypes.INT),
        ],
        responses={200: CourseOut(many=True)},
    )
    def get(self, request: Request) -> Response:
        """List courses."""
        asked, is_own = self._asked(request)
        courses = queries.listed()
        if is_own:
            me = self.member()
            courses = Course.objects.filter(Q(owner=me) | Q(pk__in=me.teaching.values("course")))
        found = queries.found(courses.select_related("owner"), **asked)
        answer = self.page(found, self._shown)
        if asked["text"] and "page" not in request.query_params:
            browsing.note_search(cast("ActorRequest", request._request), asked["text"], answer.data["count"])
        return answer

    @extend_schema(
        operation_id="create_course",
        summary="Begin a course",
        request=CourseIn,
        responses={201: CourseDetailOut},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Begin a course."""
        owner, form = self.member(), self.read(CourseIn)
        course = building.create(owner, **form.told())
        return Response(self.detail(course), status=status.HTTP_201_CREATED)

    def _shown(self, rows: list[Course]) -> list[dict[str, Any]]:
        cards = queries.cards(rows, self.request.user)
        return list(CourseOut(cards, many=True, context={"request": self.request}).data)

    def _asked(self, request: Request) -> tuple[dict[str, Any], bool]:
        parameters.only(request, {*FILTERS, "search", "q", "scope", "page", "page_size"})
        given = request.query_params
        for name in given:
            if len(given.getlist(name)) > 1:
                raise ValidationError({name: "This parameter is given more than once."}, code="repeated_parameter")
        for name, choices in ({"scope": ["all", "teaching"]} | FILTERS).items():
            if name in given and given[name] not in choices:
                raise ValidationError({name: f"One of {', '.join(choices)}."}, code="invalid_choice")
        text = " ".join(parameters.text(request, name, queries.MAX_SEARCH) for name in ("search", "q"))
        asked = {name: given[name] for name in FILTERS if name in given}
        return asked | {"text": text.strip()}, given.get("scope") == "teaching"


class CourseView(CourseApiView):
    """GET a course; PATCH what it says about itself; DELETE a draft that nobody takes.

    A change names the `version` that was seen: 409 `stale_version` when it is another by now, with the `version` of now
    and the `changes` since. 422 `prerequisite_cycle`. DELETE: 409 `course_in_use` for a course that was published or
    that somebody takes, which is archived instead.
    """

    @extend_schema(operation_id="read_course", summary="Read a course", responses={200: CourseDetailOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Answer one course."""
        return Response(self.detail(self.course(uuid)))

    @extend_schema(
        operation_id="change_course",
        summary="Change what a course says",
        request=CourseChangeIn,
        responses={200: CourseDetailOut},
        examples=[PATCH],
    )
    def patch(self, request: Request, uuid: str) -> Response:
        """Change it."""
        course, form = self.taught(uuid), self.read(CourseChangeIn)
        with building.editing(course.uuid, self.member(), form.validated_data["version"]) as edited:
            building.change(edited, **form.told())
            if "prerequisites" in form.validated_data:
                building.set_prerequisites(edited, self._before(form.validated_data["prerequisites"]))
        return Response(self.detail(edited))

    @extend_schema(operation_id="delete_course", summary="Delete a draft", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Delete it."""
        course = self.taught(uuid)
        if not (staffing.runs_content(self.member()) or course.owner_id == self.member().pk):
            raise PermissionDenied
        publishing.delete(course, self.member())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _before(self, uuids: list[UUID]) -> list[Course]:
        courses = list(access.visible_to(self.member()).filter(uuid__in=uuids))
        if len(courses) != len(set(uuids)):
            raise ValidationError({"prerequisites": "There is no such course."}, code="not_found")
        return courses


class StateView(CourseApiView):
    """POST with the `version` that was seen. 200 with the new one; 409 `stale_version`."""

    what: What
    act: Callable[[Course], None]

    def post(self, request: Request, uuid: str) -> Response:
        """Do it."""
        course, form = self.taught(uuid), self.read(CourseVersionIn)
        with building.editing(course.uuid, self.member(), form.validated_data["version"], self.what) as edited:
            self.act(edited)
        return Response({"version": edited.version})


class PublishView(StateView):
    """Let people find and take a course, for the first time or again. 409 `not_ready` names what is `missing`."""

    what = What.PUBLISHED
    act = staticmethod(publishing.publish)

    @extend_schema(
        operation_id="publish_course",
        summary="Publish a course",
        request=CourseVersionIn,
        responses={200: CourseVersionOut},
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Publish it."""
        return super().post(request, uuid)


class ArchiveView(StateView):
    """Take nobody new; who is in the course goes on. 409 `not_published`."""

    what = What.ARCHIVED
    act = staticmethod(publishing.archive)

    @extend_schema(
        operation_id="archive_course",
        summary="Archive a course",
        request=CourseVersionIn,
        responses={200: CourseVersionOut},
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Archive it."""
        return super().post(request, uuid)


class ReviewsView(CourseApiView):
    """GET the reviews of a course, newest first. POST one's own, which replaces an earlier one.

    201 with the first, 200 with a later one; 403 `not_enrolled`, `own_course`.
    """

    @extend_schema(operation_id="list_reviews", summary="Reviews of a course", responses={200: ReviewOut(many=True)})
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        parameters.only(request, {"page", "page_size"})
        return self.page(reviews.of(self.course(uuid)), lambda rows: ReviewOut(rows, many=True).data)

    @extend_schema(
        operation_id="write_review",
        summary="Review a course",
        request=ReviewIn,
        responses={201: ReviewOut, 200: ReviewOut},
        examples=[OpenApiExample("Five stars", {"stars": 5, "text": "Made me go outside."}, request_only=True)],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Write one."""
        course, author, form = self.course(uuid), self.member(), self.read(ReviewIn)
        review, is_new = reviews.write(author, course, **form.validated_data)
        return Response(ReviewOut(review).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class ReviewView(CourseApiView):
    """DELETE a review: who wrote it, and staff. 403 for others."""

    @extend_schema(operation_id="delete_review", summary="Take a review away", responses={204: None})
    def delete(self, request: Request, uuid: str, review: str) -> Response:
        """Take it away."""
        rows = Review.objects.select_related("author", "course")
        row = get_object_or_404(rows, course=self.course(uuid), uuid=known(review))
        if not reviews.is_deletable(row, self.member()):
            raise PermissionDenied
        reviews.delete(row, self.member())
        return Response(status=status.HTTP_204_NO_CONTENT)


def known(text: str) -> UUID:
    """Return a UUID of the address. Raises NotFound for what is none."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
