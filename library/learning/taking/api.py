"""The API of learners: enrolments, lessons as they are taken, certificates."""

from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import access as parameters
from accounts.api.access import IsMember
from accounts.models import User
from accounts.requests import ActorRequest
from library.learning import access, certificates, enrolling, outline, progress, reading
from library.learning.models import Course, Enrolment, EnrolmentState, LessonKind
from library.learning.taking import entering
from library.learning.taking import pages as learning
from library.learning.taking.awards import awarded
from library.learning.taking.entering import Place
from library.learning.taking.serializers import (
    LOCKED,
    BeatIn,
    CertificateOut,
    CompletedOut,
    EnrolmentAnswerIn,
    EnrolmentIn,
    EnrolmentOut,
    GrantIn,
    LessonTakenOut,
    ReadingOut,
    progress_of,
)


class EnrolmentRefused(APIException):
    """Somebody cannot take a course: 403 with the code of the refusal."""

    status_code = status.HTTP_403_FORBIDDEN

    def __init__(self, refused: enrolling.Refused) -> None:
        super().__init__(refused.detail, refused.code)


class Locked(APIException):
    """A lesson that is not open yet; `opens_at` says when, where a date decides."""

    status_code = status.HTTP_403_FORBIDDEN
    default_code = "lesson_locked"

    def __init__(self, step: outline.Step) -> None:
        super().__init__(LOCKED[step.lock])
        self.extra = {"reason": step.lock, "opens_at": step.opens_at}


class NotCompleted(APIException):
    """The facts do not suffice; `percent` of `needed_percent` is done."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "not_completed"

    def __init__(self, place: Place) -> None:
        fact = cast("Any", place.fact)
        super().__init__(fact.missing)
        self.extra = {"percent": fact.percent, "needed_percent": fact.needed_percent, "kind": fact.kind}


class LearnerView(APIView):
    """What the endpoints of learners share."""

    permission_classes: list[type[BasePermission]] = [IsMember]

    def member(self) -> User:
        """Return the member who calls."""
        return cast("User", self.request.user)

    def listed(self, rows: QuerySet[Enrolment], *, own: bool) -> Response:
        """Answer a page of enrolments. Two queries, two more for the own ones' progress."""
        return parameters.paged(self, rows, lambda found: self.shown(found, own=own))

    def shown(self, rows: list[Enrolment], *, own: bool) -> list[dict[str, Any]]:
        """Return enrolments as the API shows them. Two queries for the own ones, else none."""
        far = progress.of_courses(self.member(), [row.course for row in rows]) if own else {}
        return list(EnrolmentOut(rows, many=True, context={"request": self.request, "progress": far}).data)

    def place(self, uuid: str) -> Place:
        """Return a lesson that the caller may open. 404 for who is not enrolled, 403 while it is locked."""
        place = entering.enter(self.request.user, known(uuid))
        if place.step.lock == outline.ENROL:
            raise NotFound
        if place.step.lock:
            raise Locked(place.step)
        return place


class EnrolmentsView(LearnerView):
    """GET the own enrolments, the latest first. POST takes a course, or asks for one that has a price.

    201 with the enrolment, `active` or `requested`; 200 if it is there already. 403 `prerequisites_missing`,
    `own_course` or `not_published`.
    """

    @extend_schema(
        operation_id="list_enrolments",
        summary="Your courses",
        parameters=[
            OpenApiParameter("state", enum=EnrolmentState.values),
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int),
        ],
        responses={200: EnrolmentOut(many=True)},
    )
    def get(self, request: Request) -> Response:
        """List them."""
        parameters.only(request, {"state", "page", "page_size"})
        rows = Enrolment.objects.filter(user=self.member()).select_related("course", "user", "certificate")
        if state := request.query_params.get("state"):
            if state not in EnrolmentState.values:
                raise ValidationError({"state": f"One of {', '.join(EnrolmentState.values)}."}, code="invalid_choice")
            rows = rows.filter(state=state)
        return self.listed(rows.order_by("-requested_at", "-pk"), own=True)

    @extend_schema(
        operation_id="enrol",
        summary="Take a course",
        request=EnrolmentIn,
        responses={201: EnrolmentOut, 200: EnrolmentOut},
        examples=[
            OpenApiExample("A course", {"course": "0199c1f0-0000-7000-8000-000000000001"}, request_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Enrol."""
        form = EnrolmentIn(data=request.data)
        form.is_valid(raise_exception=True)
        user = self.member()
        course = get_object_or_404(access.visible_to(user), uuid=form.validated_data["course"])
        stood = Enrolment.objects.filter(user=user, course=course).exclude(state=EnrolmentState.REVOKED).exists()
        try:
            enrolment = enrolling.enrol(user, course)
        except enrolling.Refused as refused:
            raise EnrolmentRefused(refused) from refused
        return Response(self.shown([enrolment], own=True)[0], status=200 if stood else 201)


class EnrolmentView(LearnerView):
    """An enrolment, for who takes the course and who teaches it. DELETE takes the own request back.

    PATCH is for teachers: `active` grants a request, `revoked` refuses it or takes the course away.
    """

    def enrolment(self, uuid: str) -> Enrolment:
        """Return the enrolment; 404 for who has nothing to do with it."""
        rows = Enrolment.objects.select_related("course__owner", "user", "certificate")
        row = get_object_or_404(rows, uuid=known(uuid))
        if row.user_id != self.member().pk and not access.teaches(self.member(), row.course):
            raise NotFound
        return row

    @extend_schema(operation_id="read_enrolment", summary="An enrolment", responses={200: EnrolmentOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Answer it."""
        row = self.enrolment(uuid)
        return Response(self.shown([row], own=row.user_id == self.member().pk)[0])

    @extend_schema(
        operation_id="answer_enrolment",
        summary="Grant, refuse or revoke",
        request=EnrolmentAnswerIn,
        responses={200: EnrolmentOut},
        examples=[OpenApiExample("Grant", {"state": "active"}, request_only=True)],
    )
    def patch(self, request: Request, uuid: str) -> Response:
        """Answer a request, or take a course away."""
        row, by = self.enrolment(uuid), self.member()
        if not access.teaches(by, row.course):
            self.permission_denied(request)
        form = EnrolmentAnswerIn(data=request.data)
        form.is_valid(raise_exception=True)
        if form.validated_data["state"] == EnrolmentState.ACTIVE:
            try:
                enrolling.grant(row.course, row.user, by)
            except enrolling.Refused as refused:
                raise EnrolmentRefused(refused) from refused
        elif row.state == EnrolmentState.REQUESTED:
            enrolling.refuse(row, by)
        else:
            enrolling.revoke(row, by)
        return self.get(request, uuid)

    @extend_schema(operation_id="withdraw_enrolment", summary="Take a request back", responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Take the own request back. 403 for one that was granted, and for another's."""
        row = self.enrolment(uuid)
        if row.user_id != self.member().pk or row.state != EnrolmentState.REQUESTED:
            self.permission_denied(request)
        enrolling.withdraw(row)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CourseEnrolmentsView(LearnerView):
    """Who takes a course, and who asks to: for its teachers. POST lets a member take it, whether they asked or not."""

    def course(self, uuid: str) -> Course:
        """Return the course. 404 for who may not see it, 403 for who only may see it."""
        course = get_object_or_404(access.visible_to(self.member()), uuid=known(uuid))
        if not access.teaches(self.member(), course):
            self.permission_denied(self.request)
        return course

    @extend_schema(
        operation_id="list_course_enrolments",
        summary="Who takes a course",
        parameters=[
            OpenApiParameter("state", enum=EnrolmentState.values, description="`active` unless told."),
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int),
        ],
        responses={200: EnrolmentOut(many=True)},
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them, the latest first."""
        course = self.course(uuid)
        parameters.only(request, {"state", "page", "page_size"})
        state = request.query_params.get("state", EnrolmentState.ACTIVE)
        if state not in EnrolmentState.values:
            raise ValidationError({"state": f"One of {', '.join(EnrolmentState.values)}."}, code="invalid_choice")
        rows = Enrolment.objects.filter(course=course, state=state).select_related("course", "user", "certificate")
        return self.listed(rows.order_by("-requested_at", "-pk"), own=False)

    @extend_schema(
        operation_id="grant_course",
        summary="Let a member take a course",
        request=GrantIn,
        responses={201: EnrolmentOut},
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Grant it."""
        course = self.course(uuid)
        form = GrantIn(data=request.data)
        form.is_valid(raise_exception=True)
        user = get_object_or_404(User, uuid=form.validated_data["user_id"], is_active=True)
        try:
            enrolment = enrolling.grant(course, user, self.member())
        except enrolling.Refused as refused:
            raise EnrolmentRefused(refused) from refused
        return Response(self.shown([enrolment], own=False)[0], status=status.HTTP_201_CREATED)


class LessonView(LearnerView):
    """A lesson as the caller may take it: text, film, and how far they are.

    404 for who is not enrolled (previews are for everybody), 403 `lesson_locked` while it is not open. Play reports go
    to `/api/events` with the lesson's `item`; what was watched before the lesson was read here does not count.
    """

    permission_classes = [AllowAny]

    @extend_schema(operation_id="read_lesson", summary="Take a lesson", responses={200: LessonTakenOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Answer it."""
        place = self.place(uuid)
        entering.settle(request.user, place)
        return Response(LessonTakenOut(place, context={"request": request}).data)


class ReadingView(LearnerView):
    """POST every 10 s while a text lesson is being read. The time between reports is what counts, 20 s at most."""

    @extend_schema(
        operation_id="report_reading",
        summary="Report reading",
        request=BeatIn,
        responses={200: ReadingOut},
        examples=[OpenApiExample("Half way down", {"reached": 500}, request_only=True)],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Note it."""
        place = self.place(uuid)
        if place.lesson.kind != LessonKind.TEXT or not place.is_measured:
            raise NotFound
        form = BeatIn(data=request.data)
        form.is_valid(raise_exception=True)
        told = form.validated_data
        counted = learning.is_counted(cast("ActorRequest", request._request))
        sitting, fact = reading.beat(self.member(), place.lesson, told.get("sitting"), told["reached"], counted=counted)
        answer = {
            "sitting": sitting.uuid,
            "read_seconds": sitting.read_ms / 1000,
            "percent": fact.percent,
            "is_completed": fact.is_completed,
        }
        return Response(ReadingOut(answer).data)


class CompleteView(LearnerView):
    """POST that a lesson is complete: the server looks at the facts, and takes nobody's word.

    200 if it is, however often it is asked; 409 `not_completed` with what is missing; 404 for who is not enrolled. The
    points are those that the completion brought, once: what was complete before brings 0.
    """

    @extend_schema(
        operation_id="complete_lesson", summary="Complete a lesson", request=None, responses={200: CompletedOut}
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Look at the facts."""
        place = self.place(uuid)
        fact, enrolment = place.fact, place.enrolment
        if enrolment is None or fact is None:
            raise NotFound
        if not place.step.is_done:
            raise NotCompleted(place)
        progress.settle(enrolment, effects=place.effects)
        row = Enrolment.objects.select_related("certificate").get(pk=enrolment.pk)
        issued = getattr(row, "certificate", None)
        done_at = place.lesson.done.values_list("completed_at", flat=True).get(user=self.member())
        answer = {
            "message": "Lesson completed",
            "lesson": place.lesson.uuid,
            "is_new": not fact.is_done,
            "completed_at": done_at,
            "progress": progress_of(progress.of(self.member(), place.course)),
            "course_completed_at": row.completed_at,
            "certificate": issued and issued.uuid,
            **awarded(self.member(), place.effects),
        }
        return Response(CompletedOut(answer).data)


class CertificateView(LearnerView):
    """GET a certificate, for everybody who has its id."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="read_certificate", summary="Check a certificate", responses={200: CertificateOut})
    def get(self, request: Request, uuid: str) -> Response:
        """Answer it."""
        found = get_object_or_404(certificates.all_issued(), uuid=known(uuid))
        address = reverse("learning:certificate", args=[found.uuid])
        answer = {
            "uuid": found.uuid,
            "name": found.name,
            "title": found.title,
            "issued_at": found.issued_at,
            "teacher": found.enrolment.course.owner.display_name,
            "url": request.build_absolute_uri(address),
        }
        return Response(CertificateOut(answer).data)


def known(text: str) -> UUID:
    """Return an id of an address. 404 for what is none."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
