"""An attempt's questions as people see them: before it is submitted without, afterwards with what was right."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from library import prose
from library.quizzes.models import Answer, QuestionKind


@dataclass(frozen=True, slots=True)
class Option:
    """A choice; `is_right` is None while that is not shown."""

    id: str
    text: str
    is_chosen: bool
    is_right: bool | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One question and its answer. What comes after `value` is filled by `reviewed` alone."""

    question: str
    number: int
    kind: str
    prompt: str
    points: int
    options: tuple[Option, ...]
    value: str
    earned: Decimal | None = None
    verdict: str = ""
    right: str = ""
    explanation: str = ""

    @property
    def prompt_html(self) -> SafeString:
        """The question as it stands in a page."""
        return prose.rendered(self.prompt)

    @property
    def explanation_html(self) -> SafeString:
        """The explanation as it stands in a page."""
        return prose.rendered(self.explanation)

    @property
    def chooses(self) -> bool:
        """Whether one chooses from options, instead of writing."""
        return self.kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE}

    @property
    def is_answered(self) -> bool:
        """Whether there is an answer."""
        return bool(self.value) or any(option.is_chosen for option in self.options)


def asked(answers: Iterable[Answer]) -> list[Sheet]:
    """Return what may be seen while the attempt runs: nothing of the key."""
    return [_asked(answer) for answer in answers]


def reviewed(answers: Iterable[Answer], *, reveals: bool) -> list[Sheet]:
    """Return what may be seen once the attempt is submitted; what is right and why, only if the quiz reveals it."""
    sheets = []
    for answer in answers:
        sheet = replace(_asked(answer), earned=answer.earned, verdict=verdict(answer))
        if reveals:
            right = set(answer.key["right"])
            options = tuple(replace(option, is_right=option.id in right) for option in sheet.options)
            sheet = replace(sheet, options=options, right=_right(answer), explanation=answer.key["explanation"])
        sheets.append(sheet)
    return sheets


def verdict(answer: Answer) -> str:
    """Return `right`, `part`, `wrong` or `none` of a marked answer."""
    if not answer.response:
        return "none"
    if answer.earned == answer.points:
        return "right"
    return "part" if answer.earned else "wrong"


def _asked(answer: Answer) -> Sheet:
    response = answer.response or ""
    chosen = set(response) if isinstance(response, list) else set()
    return Sheet(
        question=str(answer.question.uuid),
        number=answer.position + 1,
        kind=answer.kind,
        prompt=answer.asked["prompt"],
        points=answer.points,
        options=tuple(Option(one["id"], one["text"], one["id"] in chosen) for one in answer.asked["options"]),
        value=response if isinstance(response, str) else "",
    )


def _right(answer: Answer) -> str:
    key = answer.key
    if answer.kind == QuestionKind.NUMBER:
        if Decimal(key["tolerance"]):
            return _("%(number)s, give or take %(tolerance)s") % key
        return key["number"]
    if answer.kind == QuestionKind.TEXT:
        return _(" or ").join(key["accepted"])
    return ""
