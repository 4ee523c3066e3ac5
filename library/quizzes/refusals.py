"""What may be refused to who takes a quiz: one code, status and sentence for pages and API."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, tuple[int, Promise]] = {
    "not_enrolled": (403, _("Enrol in the course to take its quizzes.")),
    "lesson_not_open": (403, _("This quiz is not open to you yet.")),
    "quiz_empty": (409, _("This quiz has no questions yet.")),
    "no_attempts_left": (409, _("You have used all attempts.")),
    "too_many_attempts": (429, _("You have begun this quiz very often today. Go on tomorrow.")),
    "already_submitted": (409, _("This attempt was submitted before. Its result stands.")),
    "time_is_up": (409, _("The time was up. What you had answered by then was marked.")),
    "attempt_voided": (409, _("This attempt was given back to you. Begin a new one.")),
    "attempt_passed": (409, _("A passed attempt stays as it is.")),
}


class Refused(Exception):
    """Something that cannot be done now; nothing changed by it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.status, sentence = SENTENCES[code]
        self.detail = str(sentence)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one answer: where, as a code for programs and as a sentence for people."""

    path: str
    code: str
    detail: str


class WrongAnswers(Exception):
    """Answers that cannot be answers to what was asked. None of them is kept."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults
