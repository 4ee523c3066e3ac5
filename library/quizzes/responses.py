"""From what somebody sends to what is stored as their answer. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from library.quizzes import marking
from library.quizzes.models import Answer, QuestionKind
from library.quizzes.refusals import Fault, WrongAnswers

MAX_TEXT = 500
CHOICES = {QuestionKind.SINGLE, QuestionKind.MULTIPLE}


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was sent: the ids of options, or what was written. Neither takes the answer back."""

    question: str
    options: tuple[str, ...] = ()
    value: str = ""
    path: str = ""


def checked(answers: Sequence[Answer], given: Iterable[Given]) -> dict[int, Any]:
    """Return by answer's number what is to be stored: a list of options, a text, or None.

    Raises WrongAnswers: `unknown_question` (foreign, taken out before, or not drawn), `repeated_question`,
    `unknown_option`, `too_many_options`, `invalid_answer` (of another kind), `invalid_number`, `too_long`,
    `invalid_characters`.
    """
    by_question = {str(answer.question.uuid): answer for answer in answers}
    stored: dict[int, Any] = {}
    faults = []
    for one in given:
        answer = by_question.get(_canonical(one.question))
        if answer is None:
            faults.append(Fault(one.path, "unknown_question", _("This question is not part of this attempt.")))
        elif answer.pk in stored:
            faults.append(Fault(one.path, "repeated_question", _("This question is answered twice.")))
        else:
            stored[answer.pk], fault = _chosen(answer, one) if answer.kind in CHOICES else _written(answer, one)
            faults += [fault] if fault else []
    if faults:
        raise WrongAnswers(faults)
    return stored


def _chosen(answer: Answer, given: Given) -> tuple[Any, Fault | None]:
    if given.value:
        return None, Fault(given.path, "invalid_answer", _("Choose from the options."))
    known = [option["id"] for option in answer.asked["options"]]
    chosen = {_canonical(option) for option in given.options}
    if not chosen <= set(known):
        return None, Fault(given.path, "unknown_option", _("This is no option of this question."))
    if len(chosen) > 1 and answer.kind == QuestionKind.SINGLE:
        return None, Fault(given.path, "too_many_options", _("Choose one."))
    return [option for option in known if option in chosen] or None, None


def _written(answer: Answer, given: Given) -> tuple[Any, Fault | None]:
    if given.options:
        return None, Fault(given.path, "invalid_answer", _("This question has no options. Write the answer."))
    text = given.value.strip()
    if len(text) > MAX_TEXT:
        return None, Fault(given.path, "too_long", _("At most %(most)d characters.") % {"most": MAX_TEXT})
    if "\0" in text or not _is_unicode(text):
        return None, Fault(given.path, "invalid_characters", _("There are characters in it that cannot be stored."))
    if text and answer.kind == QuestionKind.NUMBER and not marking.readings(text):
        return None, Fault(given.path, "invalid_number", _("This is not a number."))
    return text or None, None


def _canonical(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
