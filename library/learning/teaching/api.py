"""The API on which courses are built: sections, lessons, their order, and who teaches."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import staffing
from accounts.models import User
from library.learning import building, enrolling, publishing
from library.learning.catalogue.api import CourseApiView, known
from library.learning.catalogue.serializers import (
    CourseOrderIn,
    CourseVersionIn,
    CourseVersionOut,
    LessonChangeIn,
    LessonIn,
    LessonOut,
    SectionChangeIn,
    SectionIn,
    SectionOut,
    TeacherIn,
    outlined,
    person,
)
from library.learning.models import Course, Lesson, Section, What
from library.learning.teaching import queries
from library.people import access as people
from library.serializers import OwnerOut

SECTION = OpenApiExample(
    "Opens after a week", {"title": "What moves", "opens_after_days": 7, "version": 3}, request_only=True
)
LESSON = OpenApiExample(
    "A text",
    {
        "section": "0199c1f0-0000-7000-8000-000000000001",
        "kind": "text",
        "title": "What you need",
        "text": "Warm clothes.",
        "version": 4,
    },
    request_only=True,
)


class BuildingView(CourseApiView):
    """What the endpoints of who builds a course share. All changes name the `version` that was seen: 409 `stale_version`."""

    def section(self, course: Course, uuid: str) -> Section:
        """Return a section of the course, or 404."""
        return get_object_or_404(Section, course=course, uuid=known(uuid), deleted_at=None)

    def lesson(self, course: Course, uuid: str) -> Lesson:
        """Return a lesson of the course, or 404."""
        found = queries.lesson_of(self.request.user, course.uuid, known(uuid))
        if found is None:
            raise Http404
        return found

    def told(self, form: LessonChangeIn, lesson: Lesson | None = None) -> dict[str, Any]:
        """Return a lesson's own columns that were given. Raises ValidationError for a video that is not one's own."""
        told = {name: value for name, value in form.validated_data.items() if name in building.LESSON_FIELDS}
        if told.get("video"):
            also = lesson.video_id if lesson else None
            told["video"] = building.videos_of(self.member(), also=also).filter(uuid=told["video"]).first()
            if told["video"] is None:
                raise ValidationError({"video": "Choose one of your own videos."}, code="not_your_video")
        return told

    def version(self) -> int:
        """Return the version that a DELETE names, in its body or as `?version=`. Raises ValidationError."""
        form = CourseVersionIn(data=self.request.data or self.request.query_params)
        form.is_valid(raise_exception=True)
        return form.validated_data["version"]

    def shown(self, lesson: Lesson, version: int) -> dict[str, object]:
        """Return a lesson as who builds it sees it."""
        return LessonOut(lesson, context={"version": version}).data


class SectionsView(BuildingView):
    """GET the sections of a course with their lessons, as anybody may see them. POST adds one at the end."""

    @extend_schema(
        operation_id="list_sections", summary="The outline of a course", responses={200: SectionOut(many=True)}
    )
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        course = self.course(uuid)
        return Response(outlined(publishing.sections_of(course), publishing.lessons_of(course)))

    @extend_schema(
        operation_id="add_section",
        summary="Add a section",
        request=SectionIn,
        responses={201: SectionOut},
        examples=[SECTION],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Add one."""
        course, form = self.taught(uuid), self.read(SectionIn)
        told = dict(form.validated_data)
        version = told.pop("version")
        with building.editing(course.uuid, self.member(), version, What.SECTION_ADDED, told["title"]) as edited:
            section = building.add_section(edited, **told)
        return Response(outlined([section], [])[0] | {"version": edited.version}, status=status.HTTP_201_CREATED)


class SectionView(BuildingView):
    """PATCH a section; DELETE takes it out with its lessons. `version` stands in the body or in the address."""

    @extend_schema(
        operation_id="change_section", summary="Change a section", request=SectionChangeIn, responses={200: SectionOut}
    )
    def patch(self, request: Request, uuid: str, section: str) -> Response:
        """Change it."""
        course = self.taught(uuid)
        row, form = self.section(course, section), self.read(SectionChangeIn)
        told = dict(form.validated_data)
        version = told.pop("version")
        with building.editing(course.uuid, self.member(), version, What.SECTION, row.title) as edited:
            building.change_section(row, **told)
        return Response(outlined([row], publishing.lessons_of(course))[0] | {"version": edited.version})

    @extend_schema(
        operation_id="remove_section",
        summary="Take a section out",
        request=CourseVersionIn,
        responses={200: CourseVersionOut},
    )
    def delete(self, request: Request, uuid: str, section: str) -> Response:
        """Take it out."""
        course = self.taught(uuid)
        row, version = self.section(course, section), self.version()
        with building.editing(course.uuid, self.member(), version, What.SECTION_REMOVED, row.title) as edited:
            building.remove_section(row)
        return Response({"version": edited.version})


class LessonsView(BuildingView):
    """POST adds a lesson at the end of a section. 400 `not_your_video` for a video that is not one's own."""

    @extend_schema(
        operation_id="add_lesson",
        summary="Add a lesson",
        request=LessonIn,
        responses={201: LessonOut},
        examples=[LESSON],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Add one."""
        course, form = self.taught(uuid), self.read(LessonIn)
        given, told = form.validated_data, self.told(form)
        title = told.pop("title")
        with building.editing(course.uuid, self.member(), given["version"], What.LESSON_ADDED, title) as edited:
            section = self.section(edited, str(given["section"]))
            lesson = building.add_lesson(section, given["kind"], title, by=self.member(), **told)
        return Response(self.shown(lesson, edited.version), status=status.HTTP_201_CREATED)


class LessonView(BuildingView):
    """GET a lesson as who builds it sees it; PATCH it; DELETE takes it out. Who completed it keeps that."""

    @extend_schema(operation_id="read_lesson_to_build", summary="A lesson as it is written", responses={200: LessonOut})
    def get(self, request: Request, uuid: str, lesson: str) -> Response:
        """Answer one."""
        course = self.taught(uuid)
        return Response(self.shown(self.lesson(course, lesson), course.version))

    @extend_schema(
        operation_id="change_lesson", summary="Change a lesson", request=LessonChangeIn, responses={200: LessonOut}
    )
    def patch(self, request: Request, uuid: str, lesson: str) -> Response:
        """Change it."""
        course = self.taught(uuid)
        row, form = self.lesson(course, lesson), self.read(LessonChangeIn)
        told, version = self.told(form, row), form.validated_data["version"]
        with building.editing(course.uuid, self.member(), version, What.LESSON, row.title) as edited:
            building.change_lesson(row, by=self.member(), **told)
        return Response(self.shown(row, edited.version))

    @extend_schema(
        operation_id="remove_lesson",
        summary="Take a lesson out",
        request=CourseVersionIn,
        responses={200: CourseVersionOut},
    )
    def delete(self, request: Request, uuid: str, lesson: str) -> Response:
        """Take it out."""
        course = self.taught(uuid)
        row, version = self.lesson(course, lesson), self.version()
        with building.editing(course.uuid, self.member(), version, What.LESSON_REMOVED, row.title) as edited:
            building.remove_lesson(row)
        return Response({"version": edited.version})


class OrderView(BuildingView):
    """PUT the whole order. 409 `stale_list` when it leaves something out or names what is not there."""

    @extend_schema(
        operation_id="order_course",
        summary="Order sections and lessons",
        request=CourseOrderIn,
        responses={200: CourseVersionOut},
    )
    def put(self, request: Request, uuid: str) -> Response:
        """Order them."""
        course, form = self.taught(uuid), self.read(CourseOrderIn)
        order = [(one["section"], one["lessons"]) for one in form.validated_data["order"]]
        with building.editing(course.uuid, self.member(), form.validated_data["version"], What.ORDER) as edited:
            building.reorder(edited, order)
        return Response({"version": edited.version})


class TeachersView(BuildingView):
    """GET who teaches a course, the owner first. POST (its owner, staff) lets somebody build it too."""

    @extend_schema(operation_id="list_teachers", summary="Who teaches", responses={200: OwnerOut(many=True)})
    def get(self, request: Request, uuid: str) -> Response:
        """List them."""
        return Response([person(one) for one in enrolling.teachers_of(self.course(uuid))])

    @extend_schema(
        operation_id="add_teacher",
        summary="Let somebody teach too",
        request=TeacherIn,
        responses={201: CourseVersionOut},
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Add one."""
        course, form = self.taught(uuid), self.read(TeacherIn)
        if not _owns(self.member(), course):
            raise PermissionDenied
        found = people.named(form.validated_data["username"], request.user)
        if found is None:
            raise ValidationError({"username": "There is no member of that name."}, code="not_found")
        version = form.validated_data["version"]
        with building.editing(course.uuid, self.member(), version, What.TEACHERS, found.display_name) as edited:
            building.add_teacher(edited, found, by=self.member())
        return Response({"version": edited.version}, status=status.HTTP_201_CREATED)


class TeacherView(BuildingView):
    """DELETE: its owner or staff take somebody out, and who teaches may leave. 403 for others."""

    @extend_schema(
        operation_id="remove_teacher",
        summary="Take a teacher out",
        request=CourseVersionIn,
        responses={200: CourseVersionOut},
    )
    def delete(self, request: Request, uuid: str, username: str) -> Response:
        """Take them out."""
        course = self.taught(uuid)
        if not _owns(self.member(), course) and self.member().username != username:
            raise PermissionDenied
        found = get_object_or_404(User, username=username, teaching__course=course)
        with building.editing(course.uuid, self.member(), self.version(), What.TEACHERS, found.display_name) as edited:
            building.remove_teacher(edited, found)
        return Response({"version": edited.version})


def _owns(user: User, course: Course) -> bool:
    return staffing.runs_content(user) or user.pk == course.owner_id
