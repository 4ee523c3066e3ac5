"""What goes in and out of the API of learners. Shapes only."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from library.learning.models import Enrolment, EnrolmentState, LessonKind
from library.learning.outline import LATER, ORDER
from library.learning.progress import Progress
from library.learning.reading import END
from library.learning.taking.entering import Place


class EnrolmentIn(serializers.Serializer):
    course = serializers.UUIDField(help_text="The course's id.")


class GrantIn(serializers.Serializer):
    user_id = serializers.UUIDField(help_text="The member's id.")


class EnrolmentAnswerIn(serializers.Serializer):
    state = serializers.ChoiceField(
        choices=[EnrolmentState.ACTIVE, EnrolmentState.REVOKED],
        help_text="`active` grants a request, `revoked` refuses it or takes the course away.",
    )


class BeatIn(serializers.Serializer):
    sitting = serializers.UUIDField(required=False, help_text="As the first answer said; without it one begins.")
    reached = serializers.IntegerField(min_value=0, max_value=END, help_text="How far down, in thousandths.")


class CourseRefOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()


class PersonOut(serializers.Serializer):
    user_id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField()


class ProgressOut(serializers.Serializer):
    done = serializers.IntegerField(help_text="Lessons completed, of those that the course has now.")
    total = serializers.IntegerField()
    percent = serializers.IntegerField()
    next_lesson = serializers.UUIDField(allow_null=True)


class EnrolmentOut(serializers.Serializer):
    """An enrolment; the context's `progress` has how far by course, `people` whether to say who."""

    uuid = serializers.UUIDField()
    course = CourseRefOut()
    user = PersonOut()
    state = serializers.ChoiceField(choices=EnrolmentState.choices)
    price_minor = serializers.IntegerField()
    currency = serializers.CharField()
    requested_at = serializers.DateTimeField()
    enrolled_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    progress = ProgressOut(allow_null=True, help_text="Only among the own enrolments.")
    certificate = serializers.UUIDField(allow_null=True)

    def to_representation(self, row: Enrolment) -> dict[str, Any]:
        """Return the enrolment; addresses are absolute."""
        course, user = row.course, row.user
        far: Progress | None = self.context.get("progress", {}).get(row.course_id)
        issued = getattr(row, "certificate", None)
        address = reverse("learning:course", args=[course.slug])
        return {
            "uuid": str(row.uuid),
            "course": {
                "uuid": str(course.uuid),
                "slug": course.slug,
                "title": course.title,
                "url": self.context["request"].build_absolute_uri(address),
            },
            "user": {"user_id": str(user.uuid), "username": user.username, "name": user.display_name},
            "state": row.state,
            "price_minor": row.price_minor,
            "currency": row.currency,
            "requested_at": row.requested_at,
            "enrolled_at": row.enrolled_at,
            "completed_at": row.completed_at,
            "progress": far and progress_of(far),
            "certificate": issued and str(issued.uuid),
        }


class StepOut(serializers.Serializer):
    percent = serializers.IntegerField(help_text="How much of the lesson is watched or read.")
    needed_percent = serializers.IntegerField(help_text="How much of it completes the lesson.")
    missing = serializers.CharField(help_text="What is missing, in words; empty if nothing is.")


class LessonTakenOut(serializers.Serializer):
    """A lesson as a learner finds it."""

    uuid = serializers.UUIDField()
    item = serializers.UUIDField(help_text="What plays of this lesson are about, with `content_type` lesson.")
    course = CourseRefOut()
    section = serializers.CharField()
    kind = serializers.ChoiceField(choices=LessonKind.choices)
    title = serializers.CharField()
    text = serializers.CharField(help_text="Markdown.")
    duration_seconds = serializers.FloatField(allow_null=True)
    file_url = serializers.CharField(help_text="The film; answers ranges. Empty if there is none.")
    url = serializers.CharField()
    is_completed = serializers.BooleanField()
    completed_at = serializers.DateTimeField(allow_null=True)
    so_far = StepOut(allow_null=True)
    next_lesson = serializers.UUIDField(allow_null=True)

    def to_representation(self, place: Place) -> dict[str, Any]:
        """Return the lesson; addresses are absolute."""
        lesson, course, fact = place.lesson, place.course, place.fact
        absolute = self.context["request"].build_absolute_uri
        has_file = lesson.video is not None and bool(lesson.video.media.file)
        address = [course.slug, lesson.uuid]
        return {
            "uuid": str(lesson.uuid),
            "item": str(lesson.item.uuid),
            "course": {
                "uuid": str(course.uuid),
                "slug": course.slug,
                "title": course.title,
                "url": absolute(reverse("learning:course", args=[course.slug])),
            },
            "section": lesson.section.title,
            "kind": lesson.kind,
            "title": lesson.title,
            "text": lesson.text,
            "duration_seconds": None if lesson.item.duration_ms is None else lesson.item.duration_ms / 1000,
            "file_url": absolute(reverse("learning:lesson-file", args=address)) if has_file else "",
            "url": absolute(reverse("learning:lesson", args=address)),
            "is_completed": place.step.is_done,
            "completed_at": fact and fact.done_at,
            "so_far": fact
            and {"percent": fact.percent, "needed_percent": fact.needed_percent, "missing": fact.missing},
            "next_lesson": place.after and str(place.after.lesson.uuid),
        }


class ReadingOut(serializers.Serializer):
    sitting = serializers.UUIDField()
    read_seconds = serializers.FloatField()
    percent = serializers.IntegerField()
    is_completed = serializers.BooleanField()


class AwardOut(serializers.Serializer):
    rule = serializers.CharField()
    amount = serializers.IntegerField()


class CompletedOut(serializers.Serializer):
    message = serializers.CharField()
    lesson = serializers.UUIDField()
    is_new = serializers.BooleanField(help_text="Whether this call completed it.")
    completed_at = serializers.DateTimeField()
    progress = ProgressOut()
    course_completed_at = serializers.DateTimeField(allow_null=True)
    certificate = serializers.UUIDField(allow_null=True)
    xp_awarded = serializers.IntegerField(help_text="Points that this call's completion brought.")
    awards = AwardOut(many=True, help_text="What they are for.")
    level = serializers.IntegerField(help_text="The level now.")
    level_up = serializers.BooleanField(help_text="Whether it is a higher one than before.")


class CertificateOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    name = serializers.CharField(help_text="As the person was called then.")
    title = serializers.CharField(help_text="As the course was called then.")
    issued_at = serializers.DateTimeField()
    teacher = serializers.CharField()
    url = serializers.CharField()


def progress_of(far: Progress) -> dict[str, Any]:
    """Return a course's progress as the API shows it."""
    return {
        "done": len(far.done),
        "total": far.total,
        "percent": far.percent,
        "next_lesson": far.next_lesson and str(far.next_lesson.uuid),
    }


LOCKED = {
    LATER: "This lesson opens later.",
    ORDER: "Complete the lessons before this one first.",
}
