"""Forms of the pages on which a quiz is written. What a question lacks is found by `drafts`."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from library.learning.teaching.forms import LineField, ProseField, VersionField
from library.quizzes import drafts, marking
from library.quizzes.drafts import Choice, Draft
from library.quizzes.models import Pool, Question, QuestionKind, Quiz, Reveals
from library.quizzes.refusals import Fault

BLANK_OPTIONS = 4
MAX_ROWS = 60


class RulesForm(forms.Form):
    """How a quiz is taken and passed."""

    pass_percent = forms.IntegerField(
        label=_("To pass"), min_value=1, max_value=100, help_text=_("Percent of the points.")
    )
    most_attempts = forms.IntegerField(
        label=_("Attempts"), min_value=0, max_value=100, help_text=_("0: as many as people like.")
    )
    time_limit_minutes = forms.IntegerField(
        label=_("Minutes for an attempt"), min_value=0, max_value=600, help_text=_("0: no limit.")
    )
    reveals = forms.ChoiceField(
        label=_("Right answers and explanations are shown"), choices=Reveals.choices, widget=forms.RadioSelect
    )
    shuffles = forms.BooleanField(label=_("Questions and options in mixed order"), required=False)
    version = VersionField()

    def told(self) -> dict[str, Any]:
        """Return the quiz's own columns. Only after `is_valid()`."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


def rules_of(quiz: Quiz, version: int) -> dict[str, Any]:
    """Return the rules of a quiz in the words of `RulesForm`."""
    names = ("pass_percent", "most_attempts", "time_limit_minutes", "reveals", "shuffles")
    return {name: getattr(quiz, name) for name in names} | {"version": version}


class PoolForm(forms.Form):
    """A pool's name, and how many questions an attempt gets of it."""

    title = LineField(label=_("Name"), max_length=120, required=False)
    draws = forms.IntegerField(label=_("Questions drawn"), min_value=0, max_value=200, required=False)
    version = VersionField()

    def told(self) -> dict[str, Any]:
        """Return the pool's own columns. Only after `is_valid()`."""
        return {"title": self.cleaned_data["title"], "draws": self.cleaned_data["draws"] or 0}


class NumberField(forms.CharField):
    """A number as people write it; point or comma begins the decimals."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        """Return the number, None without one. Raises ValidationError."""
        text = super().clean(value)
        if not text:
            return None
        readings = marking.readings(text.replace(",", "."))
        plain = [reading for reading in readings if str(reading) == text.replace(",", ".")]
        if not readings:
            raise forms.ValidationError(_("This is not a number."), code="invalid_number")
        return (plain or sorted(readings))[0]


class QuestionForm(forms.Form):
    """A whole question. Its options are rows `option-text-0`, `option-id-0`, … and `right` has the rows that are right."""

    kind = forms.ChoiceField(label=_("Kind"), choices=QuestionKind.choices, widget=forms.RadioSelect)
    pool = forms.ModelChoiceField(label=_("Pool"), queryset=Pool.objects.none(), to_field_name="uuid", empty_label=None)
    prompt = ProseField(
        label=_("Question"),
        max_length=Question.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "true"}),
        error_messages={"required": _("Write the question.")},
    )
    options = forms.CharField(required=False)
    is_partial = forms.BooleanField(
        label=_("Points for a part"),
        required=False,
        help_text=_("Each right choice counts up, each wrong one down. Otherwise it is all or nothing."),
    )
    number = NumberField(
        label=_("Right number"),
        max_length=marking.MAX_NUMBER,
        error_messages={"required": _("Write the right number.")},
    )
    tolerance = NumberField(
        label=_("Give or take"), max_length=marking.MAX_NUMBER, required=False, help_text=_("0: exactly this number.")
    )
    accepted = forms.CharField(
        label=_("Answers that are right"),
        max_length=drafts.MAX_ACCEPTED * (drafts.MAX_ACCEPTED_TEXT + 2),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write at least one answer that is right.")},
        help_text=_("One a line. Capitals, spaces and punctuation around it make no difference."),
    )
    explanation = ProseField(
        label=_("Explanation"),
        max_length=Question.MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "true"}),
        help_text=_("Shown with the result. Say why it is right, and what leads astray."),
    )
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=100)
    version = VersionField()

    use_required_attribute = False  # a browser cannot point at what another kind hides

    def __init__(self, *args: Any, quiz: Quiz, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pool = cast("forms.ModelChoiceField", self.fields["pool"])
        pool.queryset = quiz.pools.all()
        names = {one.pk: one.title or _("Pool %d") % place for place, one in enumerate(quiz.pools.all(), start=1)}
        pool.label_from_instance = lambda obj: names[obj.pk]  # type: ignore[method-assign]
        kind = self.data.get("kind")
        self.fields["number"].required = kind in {None, QuestionKind.NUMBER}
        self.fields["accepted"].required = kind in {None, QuestionKind.TEXT}

    def clean(self) -> dict[str, Any]:
        """Find what the question lacks. Raises ValidationError by field."""
        if not self.errors:
            self.refuse(drafts.faults(self.draft()))
        return self.cleaned_data

    def refuse(self, faults: list[Fault]) -> None:
        """Show faults at their fields."""
        for fault in faults:
            field = fault.path if fault.path in self.fields else None
            self.add_error(field, forms.ValidationError(fault.detail, code=fault.code))

    def draft(self) -> Draft:
        """Return the question as it was written."""
        good = self.cleaned_data
        lines = (line.strip() for line in good["accepted"].splitlines())
        return Draft(
            kind=good["kind"],
            prompt=good["prompt"],
            explanation=good["explanation"],
            points=good["points"],
            is_partial=good["is_partial"],
            options=tuple(row for row in self.rows() if row.text),
            number=good["number"],
            tolerance=good["tolerance"] or Decimal(0),
            accepted=tuple(dict.fromkeys(line for line in lines if line)),
        )

    def rows(self) -> list[Choice]:
        """Return the options as they were sent, or as they are."""
        if not self.is_bound:
            return list(self.initial.get("rows", ()))
        right = set(cast("QueryDict", self.data).getlist("right"))
        return [
            Choice(
                LineField(required=False).clean(self.data.get(f"option-text-{index}", "")),
                str(index) in right,
                self.data.get(f"option-id-{index}", ""),
            )
            for index in range(MAX_ROWS)
            if f"option-text-{index}" in self.data
        ]

    def shown_rows(self) -> list[Choice]:
        """Return the options with some blank ones below, so that there is room without a script."""
        rows = self.rows()
        return rows + [Choice("")] * max(1, BLANK_OPTIONS - len(rows))


def question_as_told(question: Question, version: int) -> dict[str, Any]:
    """Return a question in the words of `QuestionForm`. One query, unless its options are there."""
    names = ("kind", "prompt", "explanation", "points", "is_partial")
    return {name: getattr(question, name) for name in names} | {
        "pool": str(question.pool.uuid),
        "number": "" if question.number is None else marking.plain(question.number),
        "tolerance": marking.plain(question.tolerance),
        "accepted": "\n".join(question.accepted),
        "rows": [Choice(option.text, option.is_right, str(option.uuid)) for option in question.options.all()],
        "version": version,
    }
