"""What earns experience points, and how many: the one table of amounts. Pure.

A rule pays once for its cause: a lesson, a quiz, a day, a post. What is undone is taken back.
"""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """What points are given for. Stored: never rename a value."""

    LESSON = "lesson"
    QUIZ_PASSED = "quiz_passed"
    QUIZ_PERFECT = "quiz_perfect"
    COURSE = "course"
    STREAK = "streak"
    ACHIEVEMENT = "achievement"
    REVIEW = "review"
    POST = "post"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Award:
    """How many points a rule pays, how often on one day at most (0: no limit), and the words for it.

    `reason` names the cause by `%(title)s`; `plain` is for a cause that has no title any more.
    """

    rule: Rule
    amount: int
    label: str
    reason: str
    plain: str
    icon: str
    per_day: int = 0


AWARDS = (
    Award(Rule.LESSON, 50, "Lesson finished", "for finishing “%(title)s”", "for finishing a lesson", "book"),
    Award(Rule.QUIZ_PASSED, 100, "Quiz passed", "for passing “%(title)s”", "for passing a quiz", "list-check"),
    Award(
        Rule.QUIZ_PERFECT, 150, "Perfect quiz", "for a perfect score in “%(title)s”", "for a perfect score in a quiz", "star",
    ),
    Award(Rule.COURSE, 500, "Course completed", "for completing “%(title)s”", "for completing a course", "certificate"),
    Award(Rule.STREAK, 20, "Active day", "for being active on %(title)s", "for an active day", "flame"),
    Award(
        Rule.ACHIEVEMENT, 200, "Achievement unlocked", "for unlocking “%(title)s”", "for unlocking an achievement", "trophy",
    ),
    Award(Rule.REVIEW, 50, "First review", "for your first review of a course", "for your first review of a course", "star"),
    Award(
        Rule.POST, 30, "Discussion post", "for a post in “%(title)s”", "for a post in a discussion", "message-circle", per_day=5,
    ),
    Award(Rule.CORRECTION, 0, "Correction", "by staff: %(title)s", "by staff", "edit"),
)  # fmt: skip
AWARD = {award.rule: award for award in AWARDS}
