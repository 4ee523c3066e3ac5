"""Quizzes in the admin: their rules and questions are corrected as an instructor would, attempts are only looked at."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Field, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from accounts.requests import MemberRequest
from library.learning import building
from library.learning.models import What
from library.quizzes import drafts, writing
from library.quizzes.drafts import Choice, Draft
from library.quizzes.models import Attempt, Option, Question, QuestionKind, Quiz

RULES = ("pass_percent", "most_attempts", "time_limit_minutes", "reveals", "shuffles")


class _Kept(ModelAdmin):
    """Rows that come and go on the course's pages alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are made where the course is built."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They are taken out where the course is built; attempts keep what they had."""
        return False


@admin.register(Quiz)
class QuizAdmin(_Kept):
    """How quizzes are taken and passed. Attempts that run go on by the rules they began with."""

    list_display = ("lesson", "course", "pass_percent", "most_attempts", "time_limit_minutes", "reveals")
    list_filter = ("reveals",)
    list_select_related = ("lesson__section__course",)
    search_fields = ("lesson__title", "lesson__section__course__title")
    ordering = ("lesson__section__course__title", "lesson__title")
    fields = ("lesson", "course", *RULES)
    readonly_fields = ("lesson", "course")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quiz]:
        """Leave out those of lessons that were taken out."""
        return super().get_queryset(request).filter(lesson__deleted_at=None)

    @admin.display(description=_("course"), ordering="lesson__section__course__title")
    def course(self, quiz: Quiz) -> str:
        """Return whose lesson it is."""
        return quiz.lesson.section.course.title

    def save_model(self, request: MemberRequest, obj: Quiz, form: Any, change: bool) -> None:
        """Write the rules as a change of the course."""
        if form.changed_data:
            with _editing(request, obj, subject=f"rules {obj.lesson.uuid}"):
                writing.change_rules(obj, **{name: form.cleaned_data[name] for name in form.changed_data})


class OptionFormSet(BaseInlineFormSet):
    """The options of a question, which is checked as a whole: as an instructor's is."""

    def clean(self) -> None:
        """Say what is wrong with the question."""
        super().clean()
        if not any(self.errors):
            found = drafts.faults(draft_of(self.instance, choices_of(self)))
            if found:
                raise ValidationError([fault.detail for fault in found])


class OptionInline(TabularInline):
    """What one chooses from."""

    model = Option
    formset = OptionFormSet
    fields = ("text", "is_right")
    extra = 0

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Return the field, named for who hears the page: the head of a column names no field of a row."""
        found = super().formfield_for_dbfield(db_field, request, **kwargs)
        if found:
            found.widget.attrs["aria-label"] = found.label
        return found

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may see the question."""
        return request.user.has_perm("library.view_question")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the question."""
        return request.user.has_perm("library.change_question")

    has_delete_permission = has_change_permission

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the question, where it has options."""
        return self.has_change_permission(request, obj) and (obj is None or _has_options(obj))


@admin.register(Question)
class QuestionAdmin(_Kept):
    """Questions and their answers. What attempts were asked stays as it was."""

    list_display = ("prompt", "kind", "points", "quiz", "course")
    list_filter = ("kind",)
    list_select_related = ("pool__quiz__lesson__section__course",)
    search_fields = ("prompt", "pool__quiz__lesson__title", "pool__quiz__lesson__section__course__title")
    ordering = ("pool__quiz__lesson__title", "pool__position", "position")
    inlines = (OptionInline,)
    readonly_fields = ("quiz", "course", "kind")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        """Leave out what was taken out."""
        return super().get_queryset(request).filter(deleted_at=None, pool__quiz__lesson__deleted_at=None)

    def get_fields(self, request: HttpRequest, obj: Question | None = None) -> list[str]:
        """Return what a question of its kind has."""
        of_kind = {
            QuestionKind.MULTIPLE.value: ["is_partial"],
            QuestionKind.NUMBER.value: ["number", "tolerance"],
            QuestionKind.TEXT.value: ["accepted"],
        }
        return ["quiz", "course", "kind", "prompt", "explanation", "points", *of_kind.get(obj.kind if obj else "", [])]

    @admin.display(description=_("quiz"), ordering="pool__quiz__lesson__title")
    def quiz(self, question: Question) -> str:
        """Return in which quiz it stands."""
        return str(question.pool.quiz)

    @admin.display(description=_("course"), ordering="pool__quiz__lesson__section__course__title")
    def course(self, question: Question) -> str:
        """Return in which course that is."""
        return question.pool.quiz.lesson.section.course.title

    def save_model(self, request: MemberRequest, obj: Question, form: Any, change: bool) -> None:
        """Wait for the options: both are written together."""

    def save_related(self, request: MemberRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write the question with its options as a change of the course."""
        options = formsets[0]
        options.save(commit=False)  # tells what the admin's own log says of it
        if form.changed_data or options.has_changed():
            question = form.instance
            with _editing(request, question.pool.quiz, subject=f"question {question.uuid}"):
                writing.write_question(question.pool, draft_of(question, choices_of(options)), question)


@admin.register(Attempt)
class AttemptAdmin(_Kept):
    """Who took which quiz, with what result."""

    list_display = ("user", "quiz", "number", "percent", "passed", "started_at", "submitted_at", "voided_at")
    list_filter = ("passed", "is_preview", "started_at")
    list_select_related = ("user", "quiz__lesson")
    search_fields = ("user__username", "quiz__lesson__title")
    date_hierarchy = "started_at"
    ordering = ("-started_at",)
    fields = readonly_fields = (
        "user", "quiz", "number", "is_preview", "started_at", "deadline_at", "submitted_at", "voided_at",
        "earned", "most", "percent", "pass_percent", "passed",
    )  # fmt: skip

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: results follow from the answers; a teacher gives an attempt back on the course's pages."""
        return False


def choices_of(options: BaseInlineFormSet) -> tuple[Choice, ...]:
    """Return the options of a form set that is clean, without those that go."""
    return tuple(
        Choice(form.cleaned_data["text"], form.cleaned_data.get("is_right", False), _uuid(form.instance))
        for form in options.forms
        if form.cleaned_data.get("text") and not form.cleaned_data.get("DELETE")
    )


def draft_of(question: Question, options: tuple[Choice, ...]) -> Draft:
    """Return a question as it would be written."""
    return Draft(
        kind=question.kind,
        prompt=question.prompt,
        explanation=question.explanation,
        points=question.points,
        is_partial=question.is_partial,
        options=options,
        number=question.number,
        tolerance=question.tolerance,
        accepted=tuple(question.accepted) if _are_texts(question.accepted) else (),
    )


def _are_texts(accepted: Any) -> bool:
    return isinstance(accepted, list) and all(isinstance(text, str) for text in accepted)


def _uuid(option: Option) -> str:
    return str(option.uuid) if option.pk else ""


def _has_options(question: Question) -> bool:
    return question.kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE}


def _editing(request: MemberRequest, quiz: Quiz, *, subject: str) -> Any:
    lesson = quiz.lesson
    course = lesson.section.course
    return building.editing(course.uuid, request.user, course.version, What.QUIZ, lesson.title, subject=subject)
