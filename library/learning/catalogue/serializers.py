"""What goes in and out of the API of courses. Shapes only."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from rest_framework import serializers

from accounts.models import User
from library import prose
from library.learning.catalogue.queries import Card
from library.learning.models import Course, Lesson, LessonKind, Level, Review, Section, Status
from library.learning.teaching.forms import (
    CURRENCIES,
    MAX_DAYS,
    MAX_OUTCOME,
    MAX_OUTCOMES,
    MAX_PRICE,
    is_within_reach,
)
from library.models import Category
from library.serializers import LineField, OwnerOut


def person(user: User) -> dict[str, str]:
    """Return somebody as the API shows people."""
    return {"user_id": str(user.uuid), "username": user.username, "name": user.display_name}


class CourseOut(serializers.Serializer):
    """A course as it stands in a list."""

    uuid = serializers.UUIDField()
    slug = serializers.SlugField()
    title = serializers.CharField()
    subtitle = serializers.CharField(allow_blank=True)
    category = serializers.ChoiceField(choices=Category.choices)
    level = serializers.ChoiceField(choices=Level.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    instructor = OwnerOut()
    price = serializers.DecimalField(max_digits=9, decimal_places=2, help_text="0.00 is free.")
    currency = serializers.CharField()
    lessons = serializers.IntegerField()
    duration_seconds = serializers.FloatField(help_text="To watch and read, as far as known.")
    enrolled = serializers.IntegerField()
    reviews = serializers.IntegerField()
    rating = serializers.FloatField(allow_null=True, help_text="The mean of the reviews' stars.")
    progress_percent = serializers.IntegerField(allow_null=True, help_text="Of the caller; null who does not take it.")
    published_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField()
    cover_url = serializers.CharField(allow_blank=True)

    def to_representation(self, card: Card) -> dict[str, Any]:
        """Return the course; addresses are absolute."""
        course, counts = card.course, card.counts
        absolute = self.context["request"].build_absolute_uri
        return {
            "uuid": str(course.uuid),
            "slug": course.slug,
            "title": course.title,
            "subtitle": course.subtitle,
            "category": course.category,
            "level": course.level,
            "status": course.status,
            "instructor": person(course.owner),
            "price": f"{course.price_minor / 100:.2f}",
            "currency": course.currency,
            "lessons": card.contents.lessons,
            "duration_seconds": card.contents.duration_ms / 1000,
            "enrolled": counts.enrolled,
            "reviews": counts.reviews,
            "rating": counts.rating.average if counts.reviews else None,
            "progress_percent": card.progress.percent if card.progress else None,
            "published_at": course.published_at,
            "url": absolute(reverse("learning:course", args=[course.slug])),
            "cover_url": absolute(card.cover_url) if card.cover_url else "",
        }


class OutlineLessonOut(serializers.Serializer):
    """A lesson in an outline."""

    uuid = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=LessonKind.choices)
    title = serializers.CharField()
    is_preview = serializers.BooleanField()
    duration_seconds = serializers.FloatField(allow_null=True)

    def to_representation(self, lesson: Lesson) -> dict[str, Any]:
        """Return the lesson, without what is in it."""
        duration = lesson.item.duration_ms
        return {
            "uuid": str(lesson.uuid),
            "kind": lesson.kind,
            "title": lesson.title,
            "is_preview": lesson.is_preview,
            "duration_seconds": None if duration is None else duration / 1000,
        }


class SectionOut(serializers.Serializer):
    """A section with its lessons."""

    uuid = serializers.UUIDField()
    title = serializers.CharField()
    opens_at = serializers.DateTimeField(allow_null=True)
    opens_after_days = serializers.IntegerField()
    lessons = OutlineLessonOut(many=True)


def outlined(sections: list[Section], lessons: list[Lesson]) -> list[dict[str, Any]]:
    """Return an outline as the API shows it."""
    return [
        {
            "uuid": str(section.uuid),
            "title": section.title,
            "opens_at": section.opens_at,
            "opens_after_days": section.opens_after_days,
            "lessons": OutlineLessonOut([one for one in lessons if one.section_id == section.pk], many=True).data,
        }
        for section in sections
    ]


class CourseDetailOut(CourseOut):
    """A course with everything that its page says."""

    description = serializers.CharField(help_text="Markdown.")
    description_html = serializers.CharField(help_text="Made safe.")
    outcomes = serializers.ListField(child=serializers.CharField())
    is_sequential = serializers.BooleanField()
    has_certificate = serializers.BooleanField()
    prerequisites = serializers.ListField(child=serializers.UUIDField())
    teachers = OwnerOut(many=True)
    sections = SectionOut(many=True)
    version = serializers.IntegerField(help_text="Goes with every change, which is refused when it is old.")

    def to_representation(self, card: Card) -> dict[str, Any]:
        """Return the course. The context has its `outline`, `teachers` and `prerequisites`."""
        course = card.course
        return super().to_representation(card) | {
            "description": course.description,
            "description_html": prose.rendered(course.description),
            "outcomes": course.outcomes,
            "is_sequential": course.is_sequential,
            "has_certificate": course.has_certificate,
            "prerequisites": self.context["prerequisites"],
            "teachers": [person(one) for one in self.context["teachers"]],
            "sections": self.context["outline"],
            "version": course.version,
        }


class ProseIn(serializers.CharField):
    """Markdown."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, **kwargs)


class CourseIn(serializers.Serializer):
    """What a course says about itself. A price of 0 is free."""

    title = LineField(max_length=120)
    subtitle = LineField(max_length=200, required=False, allow_blank=True)
    description = ProseIn(max_length=Course.MAX_TEXT, required=False)
    outcomes = serializers.ListField(child=LineField(max_length=MAX_OUTCOME), max_length=MAX_OUTCOMES, required=False)
    category = serializers.ChoiceField(choices=Category.choices, required=False)
    level = serializers.ChoiceField(choices=Level.choices, required=False)
    price = serializers.DecimalField(max_digits=7, decimal_places=2, min_value=0, max_value=MAX_PRICE, required=False)
    currency = serializers.ChoiceField(choices=CURRENCIES, required=False)
    is_sequential = serializers.BooleanField(required=False)
    has_certificate = serializers.BooleanField(required=False)

    def told(self) -> dict[str, Any]:
        """Return the course's own columns that were given."""
        told = dict(self.validated_data)
        for name in ("version", "prerequisites"):
            told.pop(name, None)
        if "price" in told:
            told["price_minor"] = int(told.pop("price") * 100)
        return told


class CourseVersionIn(serializers.Serializer):
    """Which version of the course the caller saw."""

    version = serializers.IntegerField(min_value=1)


class CourseChangeIn(CourseIn, CourseVersionIn):
    """Any of what a course says about itself, and the version that was seen."""

    title = LineField(max_length=120, required=False)
    prerequisites = serializers.ListField(child=serializers.UUIDField(), required=False)


class SectionIn(CourseVersionIn):
    """A section."""

    title = LineField(max_length=120)
    opens_at = serializers.DateTimeField(required=False, allow_null=True)
    opens_after_days = serializers.IntegerField(min_value=0, max_value=MAX_DAYS, required=False)

    def validate_opens_at(self, at: datetime | None) -> datetime | None:
        """Return the time. Raises ValidationError `value_out_of_range` for one that is too far away."""
        if not is_within_reach(at):
            raise serializers.ValidationError("Choose a time within ten years.", code="value_out_of_range")
        return at


class SectionChangeIn(SectionIn):
    """Any of what a section has."""

    title = LineField(max_length=120, required=False)


class LessonChangeIn(CourseVersionIn):
    """Any of what a lesson has."""

    title = LineField(max_length=120, required=False)
    text = ProseIn(max_length=Course.MAX_TEXT * 5, required=False)
    video = serializers.UUIDField(required=False, allow_null=True, help_text="An item of one's own, a video.")
    is_preview = serializers.BooleanField(required=False)


class LessonIn(LessonChangeIn):
    """A lesson, added to the end of a section."""

    section = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=LessonKind.choices)
    title = LineField(max_length=120)


class LessonOut(serializers.Serializer):
    """A lesson as who builds it sees it."""

    uuid = serializers.UUIDField()
    section = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=LessonKind.choices)
    title = serializers.CharField()
    text = serializers.CharField(help_text="Markdown.")
    video = serializers.UUIDField(allow_null=True)
    is_preview = serializers.BooleanField()
    version = serializers.IntegerField()

    def to_representation(self, lesson: Lesson) -> dict[str, Any]:
        """Return the lesson; the context has the course's `version`."""
        return {
            "uuid": str(lesson.uuid),
            "section": str(lesson.section.uuid),
            "kind": lesson.kind,
            "title": lesson.title,
            "text": lesson.text,
            "video": str(lesson.video.uuid) if lesson.video else None,
            "is_preview": lesson.is_preview,
            "version": self.context["version"],
        }


class OrderedSectionIn(serializers.Serializer):
    """A section and its lessons in order."""

    section = serializers.UUIDField()
    lessons = serializers.ListField(child=serializers.UUIDField())


class CourseOrderIn(CourseVersionIn):
    """The whole order of a course."""

    order = OrderedSectionIn(many=True)


class TeacherIn(CourseVersionIn):
    """Who is to teach too."""

    username = serializers.CharField(max_length=150)


class CourseVersionOut(serializers.Serializer):
    """The version that the change made."""

    version = serializers.IntegerField()


class ReviewIn(serializers.Serializer):
    """What somebody who takes a course thinks of it."""

    stars = serializers.IntegerField(min_value=1, max_value=5)
    text = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")


class ReviewOut(serializers.Serializer):
    """A review."""

    uuid = serializers.UUIDField()
    author = OwnerOut()
    stars = serializers.IntegerField()
    text = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, review: Review) -> dict[str, Any]:
        """Return the review."""
        return {
            "uuid": str(review.uuid),
            "author": person(review.author),
            "stars": review.stars,
            "text": review.text,
            "created_at": review.created_at,
            "updated_at": review.updated_at,
        }
