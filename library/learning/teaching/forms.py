"""Forms of the instructor's pages. Shapes only."""

import json
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from library.forms import one_line
from library.learning import building
from library.learning.models import Course, Lesson, LessonKind, Level
from library.models import Category
from stats.models import Item

CURRENCIES = ("EUR", "USD", "GBP", "CHF")
MAX_OUTCOMES = 12
MAX_OUTCOME = 160
MAX_PRICE = 10_000
MAX_DAYS = 365
LONGEST_WAIT = timedelta(days=10 * 365)


def is_within_reach(at: datetime | None) -> bool:
    """Whether a time is one that every time zone can show, and that somebody may live to see."""
    return at is None or abs(at - timezone.now()) <= LONGEST_WAIT


class LineField(forms.CharField):
    """Text on one line, without what cannot be seen."""

    def to_python(self, value: Any) -> str:
        """Return the cleaned text."""
        return one_line(super().to_python(value) or "")


class ProseField(forms.CharField):
    """Markdown, with lines that end alike and without what no text has."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """Return the cleaned text."""
        text = super().to_python(value) or ""
        return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text.replace("\r\n", "\n").replace("\r", "\n"))


class VersionField(forms.IntegerField):
    """Which version of the course the editor saw."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> int:
        """Return the version, 0 for none: that is no version, so it is refused as an old one."""
        text = str(value or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class NewCourseForm(forms.Form):
    """What a course needs to begin with."""

    title = LineField(label=_("Title"), max_length=120)
    subtitle = LineField(label=_("In one sentence"), max_length=200, required=False)
    category = forms.ChoiceField(label=_("Category"), choices=Category.choices, initial=Category.LEARNING)
    level = forms.ChoiceField(label=_("For whom"), choices=Level.choices, initial=Level.ALL)


class DetailsForm(NewCourseForm):
    """What the page of a course says, and how it is taken."""

    description = ProseField(
        label=_("Description"),
        max_length=Course.MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("What it is about and for whom. Markdown works: **bold**, lists, links."),
    )
    outcomes = forms.CharField(
        label=_("What people learn"),
        max_length=MAX_OUTCOMES * (MAX_OUTCOME + 2),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One thing a line, up to twelve."),
    )
    price = forms.DecimalField(
        label=_("Price"),
        min_value=0,
        max_value=MAX_PRICE,
        decimal_places=2,
        help_text=_("0 is free: everybody can begin at once. With a price, you let each person in yourself."),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    is_sequential = forms.BooleanField(
        label=_("Lessons are taken in order"),
        required=False,
        help_text=_("The next lesson opens when the one before it is done."),
    )
    has_certificate = forms.BooleanField(
        label=_("Who completes it gets a certificate"), required=False, help_text=_("With a page that can be checked.")
    )
    prerequisites = forms.ModelMultipleChoiceField(
        label=_("Courses that come before this one"),
        queryset=Course.objects.none(),
        to_field_name="uuid",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    version = VersionField()

    def __init__(self, *args: Any, before: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["prerequisites"].queryset = before  # type: ignore[attr-defined]
        if not before.exists():
            del self.fields["prerequisites"]

    def clean_outcomes(self) -> list[str]:
        """Return the lines that say something."""
        lines = list(filter(None, (one_line(line) for line in self.cleaned_data["outcomes"].splitlines())))
        if len(lines) > MAX_OUTCOMES:
            raise ValidationError(_("These are more than twelve."), code="too_many")
        if any(len(line) > MAX_OUTCOME for line in lines):
            raise ValidationError(_("A line has at most 160 letters."), code="too_long")
        return lines

    def told(self) -> dict[str, Any]:
        """Return the course's own columns. Only after `is_valid()`."""
        price = {"price_minor": int(self.cleaned_data["price"] * 100)}
        return {name: self.cleaned_data[name] for name in building.COURSE_FIELDS if name in self.cleaned_data} | price


def details_of(course: Course) -> dict[str, Any]:
    """Return the course in the words of `DetailsForm`. One query."""
    told = {name: getattr(course, name) for name in building.COURSE_FIELDS}
    return told | {
        "outcomes": "\n".join(course.outcomes),
        "price": f"{course.price_minor / 100:.2f}",
        "prerequisites": list(course.prerequisites.values_list("uuid", flat=True)),
        "version": course.version,
    }


class SectionForm(forms.Form):
    """A section's name, and when it opens."""

    title = LineField(label=_("Name of the section"), max_length=120)
    opens_at = forms.DateTimeField(
        label=_("Opens on"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    opens_after_days = forms.IntegerField(
        label=_("Days after enrolling"), required=False, min_value=0, max_value=MAX_DAYS
    )
    version = VersionField()

    def clean_opens_at(self) -> datetime | None:
        """Return the time. Raises ValidationError for one that is too far away."""
        if not is_within_reach(self.cleaned_data["opens_at"]):
            raise ValidationError(_("Choose a date within ten years."), code="value_out_of_range")
        return self.cleaned_data["opens_at"]

    def told(self) -> dict[str, Any]:
        """Return the section's own columns. Only after `is_valid()`."""
        good = self.cleaned_data
        return {
            "title": good["title"],
            "opens_at": good["opens_at"],
            "opens_after_days": good["opens_after_days"] or 0,
        }


class NewLessonForm(forms.Form):
    """What a lesson needs to begin with."""

    title = LineField(label=_("Name of the lesson"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=LessonKind.choices)
    version = VersionField()


class LessonForm(forms.Form):
    """A lesson: its name, its text, its video, and whether everybody may open it."""

    title = LineField(label=_("Title"), max_length=120)
    video = forms.ModelChoiceField(
        label=_("Video"),
        queryset=Item.objects.none(),
        to_field_name="uuid",
        required=False,
        widget=forms.RadioSelect,
        empty_label=None,
    )
    text = ProseField(
        label=_("Text"),
        max_length=Course.MAX_TEXT * 5,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "true"}),
    )
    is_preview = forms.BooleanField(
        label=_("Open to everybody"),
        required=False,
        help_text=_("Anybody can look at it on the course's page before enrolling."),
    )
    version = VersionField()

    def __init__(self, *args: Any, lesson: Lesson, videos: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if lesson.kind == LessonKind.VIDEO:
            self.fields["video"].queryset = videos  # type: ignore[attr-defined]
            self.fields["text"].label = _("Notes below the video")
            self.fields["text"].widget.attrs["rows"] = 8
        else:
            del self.fields["video"]
        if lesson.kind == LessonKind.QUIZ:
            self.fields["text"].label = _("What to say before the quiz")
            self.fields["text"].widget.attrs["rows"] = 6

    def told(self) -> dict[str, Any]:
        """Return the lesson's own columns. Only after `is_valid()`."""
        return {name: self.cleaned_data[name] for name in building.LESSON_FIELDS if name in self.cleaned_data}


def lesson_as_told(lesson: Lesson, version: int) -> dict[str, Any]:
    """Return the lesson in the words of `LessonForm`."""
    video = lesson.video and lesson.video.uuid
    told = {"title": lesson.title, "text": lesson.text, "is_preview": lesson.is_preview, "version": version}
    return told | ({"video": video} if lesson.kind == LessonKind.VIDEO else {})


class OrderForm(forms.Form):
    """The whole order, as JSON: `[["<section>", ["<lesson>", …]], …]`."""

    order = forms.CharField(max_length=100_000)
    version = VersionField()

    def clean_order(self) -> list[tuple[UUID, list[UUID]]]:
        """Return the order. Raises ValidationError for what is none."""
        try:
            told = json.loads(self.cleaned_data["order"])
            return [(UUID(section), [UUID(lesson) for lesson in lessons]) for section, lessons in told]
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise ValidationError(_("This is no order."), code="invalid_order") from None


class MoveForm(forms.Form):
    """One section or lesson goes up or down by one place."""

    moved = forms.UUIDField()
    to = forms.ChoiceField(choices=[("up", "up"), ("down", "down")])
    version = VersionField()


class VersionForm(forms.Form):
    """Nothing but the version that was seen."""

    version = VersionField()


class TeacherForm(forms.Form):
    """Who teaches too."""

    username = LineField(label=_("Name of the member"), max_length=150)
    version = VersionField()
