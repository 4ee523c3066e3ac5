"""A question as an instructor writes it, and what it lacks. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from library.quizzes.models import Question, QuestionKind
from library.quizzes.refusals import Fault

MAX_OPTIONS = 20
MAX_OPTION = 500
MAX_ACCEPTED = 20
MAX_ACCEPTED_TEXT = 200
LARGEST = Decimal(10) ** 13


@dataclass(frozen=True, slots=True)
class Choice:
    """One option; `uuid` is that of the option it changes, '' for a new one."""

    text: str
    is_right: bool = False
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a question is. What belongs to another kind is left out when it is stored."""

    kind: str
    prompt: str
    explanation: str = ""
    points: int = 1
    is_partial: bool = False
    options: tuple[Choice, ...] = ()
    number: Decimal | None = None
    tolerance: Decimal = Decimal(0)
    accepted: tuple[str, ...] = ()


def faults(draft: Draft) -> list[Fault]:
    """Return what is wrong with a question, nothing for a good one."""
    found = []
    if not draft.prompt.strip():
        found.append(Fault("prompt", "required", _("Write the question.")))
    for name, text in (("prompt", draft.prompt), ("explanation", draft.explanation)):
        if len(text) > Question.MAX_TEXT:
            found.append(Fault(name, "too_long", _("At most %(most)d characters.") % {"most": Question.MAX_TEXT}))
    if not 1 <= draft.points <= 100:
        found.append(Fault("points", "value_out_of_range", _("1 to 100 points.")))
    return found + _of_kind(draft)


def _of_kind(draft: Draft) -> list[Fault]:
    if draft.kind == QuestionKind.NUMBER:
        return _number(draft)
    if draft.kind == QuestionKind.TEXT:
        return _texts(draft)
    return _options(draft)


def _number(draft: Draft) -> list[Fault]:
    if draft.number is None:
        return [Fault("number", "required", _("Write the right number."))]
    if not (abs(draft.number) < LARGEST and draft.tolerance < LARGEST):
        return [Fault("number", "value_out_of_range", _("This number is too large."))]
    if draft.tolerance < 0:
        return [Fault("tolerance", "value_out_of_range", _("A tolerance is 0 or more."))]
    return []


def _texts(draft: Draft) -> list[Fault]:
    if not draft.accepted:
        return [Fault("accepted", "required", _("Write at least one answer that is right."))]
    if len(draft.accepted) > MAX_ACCEPTED:
        return [Fault("accepted", "too_many", _("At most %(most)d answers.") % {"most": MAX_ACCEPTED})]
    if any(len(text) > MAX_ACCEPTED_TEXT for text in draft.accepted):
        return [Fault("accepted", "too_long", _("At most %(most)d characters each.") % {"most": MAX_ACCEPTED_TEXT})]
    return []


def _options(draft: Draft) -> list[Fault]:
    right = sum(option.is_right for option in draft.options)
    if len(draft.options) < 2:
        return [Fault("options", "too_few", _("Write two options or more."))]
    if len(draft.options) > MAX_OPTIONS:
        return [Fault("options", "too_many", _("At most %(most)d options.") % {"most": MAX_OPTIONS})]
    if not all(option.text.strip() for option in draft.options):
        return [Fault("options", "required", _("An option has no text."))]
    if any(len(option.text) > MAX_OPTION for option in draft.options):
        return [Fault("options", "too_long", _("At most %(most)d characters each.") % {"most": MAX_OPTION})]
    if len({option.text.strip() for option in draft.options}) < len(draft.options):
        return [Fault("options", "repeated_option", _("Two options are the same."))]
    if right == 0:
        return [Fault("options", "no_right_option", _("Mark what is right."))]
    if draft.kind == QuestionKind.SINGLE and right > 1:
        return [
            Fault("options", "too_many_right", _("Only one option may be right. Choose “Several choices” for more."))
        ]
    return []
