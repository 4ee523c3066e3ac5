"""Reports and decisions, for programs."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import access as parameters
from accounts.api.access import IsMember
from accounts.models import User
from accounts.staffing import Area, Level, permission
from library import pace
from library.api import as_uuid
from library.models import Reason, Report
from library.moderation import finding, reports
from library.moderation.reports import Case
from library.serializers import OwnerOut
from library.talking.api import SlowDown
from library.talking.forms import lines
from library.talking.serializers import person

EXAMPLE = OpenApiExample("Advertising", {"reason": "spam", "note": "The same below every video."}, request_only=True)


class ReportIn(serializers.Serializer):
    reason = serializers.ChoiceField(choices=Reason.choices)
    note = serializers.CharField(max_length=Report.MAX_NOTE, required=False, allow_blank=True, default="")

    def validate_note(self, note: str) -> str:
        """Return the note with its lines."""
        return lines(note)


class AppealIn(serializers.Serializer):
    note = serializers.CharField(max_length=Report.MAX_NOTE)

    def validate_note(self, note: str) -> str:
        """Return the note with its lines. Raises ValidationError when nothing is left of it."""
        if said := lines(note):
            return said
        raise serializers.ValidationError("Say why.", code="blank")


class ReportOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True, help_text="Empty for an appeal.")
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    state = serializers.CharField()


class CaseOut(serializers.Serializer):
    """One thing with all open reports about it."""

    kind = serializers.ChoiceField(choices=[subject.key for subject in reports.SUBJECTS])
    uuid = serializers.UUIDField()
    author = OwnerOut(allow_null=True)
    text = serializers.CharField()
    url = serializers.CharField(help_text="Where it stands.")
    since = serializers.DateTimeField(help_text="When it was first reported.")
    reports = ReportOut(many=True)

    def to_representation(self, case: Case) -> dict[str, Any]:
        """Return the case."""
        return {
            "kind": case.subject.key,
            "uuid": str(case.about.uuid),
            "author": person(case.author),
            "text": case.text,
            "url": self.context["request"].build_absolute_uri(case.address),
            "since": case.since,
            "reports": ReportOut(case.reports, many=True).data,
        }


class DecisionIn(serializers.Serializer):
    decision = serializers.ChoiceField(choices=["uphold", "dismiss"])


class ReportView(APIView):
    """POST what is wrong with something of somebody else's. 201 with the report; again changes it.

    429 `rate_limited` with `Retry-After` for who reports very much.
    """

    permission_classes = [IsMember]
    takes: type[serializers.Serializer] = ReportIn

    def report(self, request: Request, key: str, about: Any) -> Response:
        """Take the report."""
        form = self.takes(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            made = reports.report(cast("User", request.user), reports.SUBJECT[key], about, **form.validated_data)
        except pace.TooFast as wait:
            raise SlowDown(wait) from wait
        return Response(ReportOut(made).data, status=status.HTTP_201_CREATED)


def _described(name: str, summary: str) -> Any:
    return extend_schema(
        operation_id=name, summary=summary, request=ReportIn, responses={201: ReportOut}, examples=[EXAMPLE]
    )


class ItemReportView(ReportView):
    """Report an item."""

    @_described("report_item", "Report an item")
    def post(self, request: Request, uuid: str) -> Response:
        """Report it."""
        return self.report(request, "item", finding.item(request.user, as_uuid(uuid)))


class AppealView(ReportView):
    """POST why the staff should look again at an own item that they hid. 201 with the appeal; again changes it."""

    takes = AppealIn

    @extend_schema(
        operation_id="appeal_item",
        summary="Ask the staff to look again at a hidden item",
        request=AppealIn,
        responses={201: ReportOut},
        examples=[OpenApiExample("An own picture", {"note": "I took this picture myself."}, request_only=True)],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Ask."""
        return self.report(request, "appeal", finding.hidden(request.user, as_uuid(uuid)))


class CommentReportView(ReportView):
    """Report a comment."""

    @_described("report_comment", "Report a comment")
    def post(self, request: Request, uuid: str, comment: str) -> Response:
        """Report it."""
        return self.report(request, "comment", finding.comment(request.user, as_uuid(uuid), as_uuid(comment)))


class PostReportView(ReportView):
    """Report a post of a discussion."""

    @_described("report_post", "Report a post of a discussion")
    def post(self, request: Request, course: str, thread: str, post: str) -> Response:
        """Report it."""
        about = finding.post(request.user, {"uuid": as_uuid(course)}, as_uuid(thread), as_uuid(post))
        return self.report(request, "post", about)


class QueueView(APIView):
    """GET what was reported and waits, the oldest first. Staff alone."""

    permission_classes = [permission(Area.CONTENT)]

    @extend_schema(
        operation_id="list_reports",
        summary="What was reported",
        parameters=[OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT)],
        responses={200: CaseOut(many=True)},
    )
    def get(self, request: Request) -> Response:
        """List it."""
        parameters.only(request, {"page", "page_size"})
        context = {"request": request}
        waiting = reports.subjects_waiting()
        return parameters.paged(
            self, waiting, lambda rows: CaseOut(reports.cases(rows), many=True, context=context).data
        )


class DecisionView(APIView):
    """POST the decision about a thing: `uphold` takes it away, `dismiss` leaves it. Staff alone.

    Of an appeal (key `appeal`), `uphold` lets the owner decide again who sees the item, `dismiss` leaves it hidden.
    """

    permission_classes = [permission(Area.CONTENT, Level.CHANGE)]

    @extend_schema(
        operation_id="decide_report", summary="Decide", request=DecisionIn, responses={200: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request, key: str, uuid: str) -> Response:
        """Decide. 200 with how many reports that were."""
        subject = reports.SUBJECT.get(key)
        if subject is None:
            raise NotFound
        about = get_object_or_404(subject.rows(), uuid=as_uuid(uuid))
        form = DecisionIn(data=request.data)
        form.is_valid(raise_exception=True)
        uphold = form.validated_data["decision"] == "uphold"
        return Response({"decided": reports.decide(subject, about, cast("User", request.user), uphold=uphold)})
