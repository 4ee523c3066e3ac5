"""How an act is written down: what it asks for, what would happen, how it happens to some people, how it is undone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import User
from accounts.staffing import Area, Level
from analytics.people.models import BulkTarget, MailState, TargetState


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done, by whom, at which moment. `params` is what the act's form made of what was typed."""

    uuid: str
    params: Mapping[str, Any]
    by: User
    now: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one member. `before` and `after` are JSON, for an undo."""

    state: TargetState
    reason: str = ""
    before: Any = None
    after: Any = None
    mail: MailState = MailState.NONE


DONE = Outcome(TargetState.DONE)


def skipped(reason: Any) -> Outcome:
    """Return that a member stays as before, and why."""
    return Outcome(TargetState.SKIPPED, str(reason)[:120])


@dataclass(frozen=True, slots=True)
class Prospect:
    """How many of the chosen people something would happen to; `acts` is False for those who stay as they are."""

    people: int
    words: str
    acts: bool = True


Targets = QuerySet[BulkTarget]
Run = Callable[[Sequence[User], Job], dict[int, Outcome]]
Undo = Callable[[Sequence[User], Mapping[int, BulkTarget], Job], dict[int, Outcome]]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do to many members. Its key is stored: never rename it.

    `prospects(targets, job)` counts, in a few queries, what would happen to how many; `told(people, job)` says it of some
    people by their number. `run` does it to at most `chunk` people inside an open `ledger.recording()`, their rows locked in
    the order of their numbers; `undo` takes back what `run` left in the targets. Without `undo` it cannot be taken back.
    """

    key: str
    label: Any
    text: Any
    icon: str
    area: Area
    level: Level
    form: type[forms.Form]
    verb: Callable[[Mapping[str, Any], int], str]
    prospects: Callable[[Targets, Job], list[Prospect]]
    told: Callable[[Sequence[User], Job], dict[int, str]]
    run: Run
    undo: Undo | None = None
    chunk: int = 200
    is_download: bool = False
    confirms: Any = ""

    @property
    def is_undoable(self) -> bool:
        """Whether it can be taken back; templates would call `undo`."""
        return self.undo is not None
