"""Lets the demo's people take its courses: they watch, read, answer, review and ask, each at its time.

All of it goes through what the pages call, so that what is completed is completed by the facts.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from random import Random
from typing import Any

from accounts.models import User
from library.demo.courses import Learner, Plan
from library.demo.notices import told_at
from library.demo.teaching import lessons_of
from library.discussions import writing as discussions
from library.discussions.models import Thread
from library.learning import enrolling, facts, progress, reading, reviews
from library.learning.models import Course, Enrolment, Lesson, LessonDone, LessonKind, LessonOpened, Review
from library.quizzes import attempts
from library.quizzes.models import Answer, QuestionKind
from library.quizzes.responses import Given
from stats import ledger
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind

Progress = Callable[[int, int], None]

Deed = tuple[datetime, Callable[[], Any]]

BEAT = timedelta(seconds=20)
MOST_BEATS = 40
TRIES = 3


def make_learners(courses: list[tuple[Plan, Course]], people: dict[str, User], now: datetime, told: Progress) -> int:
    """Let everybody take their courses as far as the plan says, in the order of time. Returns how many lessons are done.

    What somebody read is measured against what they read before, so nobody goes back in time.
    """
    deeds = [
        deed
        for plan, course in courses
        for learner in plan.learners
        for deed in _deeds(plan, course, learner, people, now)
    ]
    for number, (at, do) in enumerate(sorted(deeds, key=itemgetter(0)), 1):
        with told_at(at):
            do()
        told(number, len(deeds))
    for plan, course in courses:
        _request(plan, course, people, now)
        _talk(plan, course, people, now)
    return LessonDone.objects.filter(lesson__section__course__in=[course for _, course in courses]).count()


def _deeds(plan: Plan, course: Course, learner: Learner, people: dict[str, User], now: datetime) -> Iterator[Deed]:
    """Yield what a learner has yet to do in a course, each with its time."""
    user, dice = people[learner.username], Random(f"{course.title} {learner.username}")  # noqa: S311
    began_at = now - timedelta(days=learner.days)
    if not Enrolment.objects.filter(course=course, user=user).exists():
        yield began_at, partial(_enrol, course, user, people[plan.owner], began_at)
    steps = lessons_of(course)
    done = set(LessonDone.objects.filter(user=user, lesson__in=steps).values_list("lesson", flat=True))
    pause = (now - began_at) * 0.8 / max(learner.done + 1, len(steps) // 2)
    at = began_at + timedelta(hours=3)
    for lesson in steps[: learner.done]:
        if lesson.video:
            at = max(at, lesson.video.created_at + timedelta(hours=1 + 20 * dice.random()))
        if lesson.pk not in done:
            yield at, partial(DOING[lesson.kind], user, lesson, at, dice, learner.skill)
        at = min(at + pause * (0.4 + dice.random()), now - timedelta(minutes=30))
    yield at, partial(_stop, user, steps[min(learner.done, len(steps) - 1)], at)
    if learner.stars and not Review.objects.filter(course=course, author=user).exists():
        yield at, partial(reviews.write, user, course, learner.stars, learner.review, at=at)


def _enrol(course: Course, user: User, teacher: User, at: datetime) -> None:
    enrolling.enrol(user, course, at=at)
    if course.price_minor:
        enrolling.grant(course, user, teacher, at=at + timedelta(hours=2))


def _stop(user: User, lesson: Lesson, at: datetime) -> None:
    """Leave the course at this lesson; a film that is not done has been begun."""
    Enrolment.objects.filter(course=lesson.section.course, user=user).update(last_lesson=lesson)
    if lesson.video and not LessonDone.objects.filter(user=user, lesson=lesson).exists():
        _begin(user, lesson, at)


def _watch(user: User, lesson: Lesson, at: datetime, _dice: Random, _skill: float) -> None:
    """Play the whole film of a lesson."""
    LessonOpened.objects.get_or_create(user=user, lesson=lesson, defaults={"opened_at": at})
    end_at = at + timedelta(milliseconds=lesson.item.duration_ms or 0)
    with ledger.recording():
        _play(user, lesson, at, 1.0)
    with ledger.recording():
        if facts.of(user, lesson, end_at).is_enough:
            progress.completed(user, lesson, at=end_at)


def _begin(user: User, lesson: Lesson, at: datetime) -> None:
    """Play a part of a film, and leave it there."""
    _, is_new = LessonOpened.objects.get_or_create(user=user, lesson=lesson, defaults={"opened_at": at})
    if is_new:
        with ledger.recording():
            _play(user, lesson, at, 0.4)


def _play(user: User, lesson: Lesson, at: datetime, part: float) -> None:
    seconds = (lesson.item.duration_ms or 0) / 1000
    ledger.record(
        Kind.PLAY,
        user_actor(user.uuid),
        item=lesson.item,
        occurred_at=at,
        play_id=str(uuid7()),
        source="direct",
        duration_seconds=seconds * part,
        item_duration_seconds=seconds,
        ranges=[(0, seconds * part)],
        position_seconds=seconds * part,
    )


def _read(user: User, lesson: Lesson, at: datetime, dice: Random, _skill: float) -> None:
    """Read a text to its end, reporting as its page does."""
    sitting, fact = reading.beat(user, lesson, None, 100, now=at)
    reached = 100
    for _ in range(MOST_BEATS):
        if fact.is_completed:
            break
        at, reached = at + BEAT, reached + dice.randrange(350, 700)
        sitting, fact = reading.beat(user, lesson, sitting.uuid, reached, now=at)


def _answer(user: User, lesson: Lesson, at: datetime, dice: Random, skill: float) -> None:
    """Take a quiz until it is passed; the last try is right all through."""
    for number in range(1, TRIES + 1):
        attempt, _ = attempts.start(lesson.quiz, user, now=at, chance=dice)
        sure = 1.0 if number == TRIES else skill
        given = [_given(answer, dice, dice.random() < sure) for answer in attempts.answers_of(attempt)]
        if attempts.submit(attempt, given, now=at + timedelta(minutes=2 + 4 * dice.random())).passed:
            return
        at += timedelta(minutes=20)


def _given(answer: Answer, dice: Random, is_right: bool) -> Given:
    question, key = str(answer.question.uuid), answer.key
    if answer.kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE}:
        options = [option["id"] for option in answer.asked["options"]]
        wrong = [option for option in options if option not in key["right"]]
        return Given(question, tuple(key["right"]) if is_right else (dice.choice(wrong),))
    if answer.kind == QuestionKind.NUMBER:
        return Given(question, value=key["number"] if is_right else str(dice.randrange(100, 200)))
    return Given(question, value=key["accepted"][0] if is_right else "the mean")


DOING: dict[str, Callable[[User, Lesson, datetime, Random, float], None]] = {
    LessonKind.VIDEO: _watch,
    LessonKind.TEXT: _read,
    LessonKind.QUIZ: _answer,
}


def _request(plan: Plan, course: Course, people: dict[str, User], now: datetime) -> None:
    """Ask for a course that has a price, and wait."""
    for at, username in enumerate(plan.requests):
        asked_at = now - timedelta(hours=5 + 17 * at)
        if not Enrolment.objects.filter(course=course, user=people[username]).exists():
            with told_at(asked_at):
                enrolling.enrol(people[username], course, at=asked_at)


def _talk(plan: Plan, course: Course, people: dict[str, User], now: datetime) -> None:
    """Ask and answer in the course's discussions."""
    steps: list[Any] = lessons_of(course)
    for talk in plan.talks:
        if Thread.objects.filter(course=course, title=talk.title).exists():
            continue
        at = now - timedelta(days=talk.days)
        lesson = None if talk.lesson is None else steps[talk.lesson]
        thread = discussions.ask(people[talk.author], course, talk.title, talk.text, lesson=lesson, at=at)
        posts = []
        for number, (author, text) in enumerate(talk.answers, 1):
            said_at = at + (now - at) * 0.3 * number / len(talk.answers)
            posts.append(discussions.answer(people[author], thread, text, at=said_at))
        if talk.accepted is not None:
            with told_at(said_at + timedelta(hours=1)):
                discussions.accept(thread, posts[talk.accepted], people[talk.author])
