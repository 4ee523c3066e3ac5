"""Builds the demo's courses as their instructors would: sections, lessons, questions, a picture, and out they go."""

from datetime import datetime, timedelta
from pathlib import Path

from accounts.models import User
from library import receiving
from library.demo import art
from library.demo.courses import COURSES, Ask, Plan, Step
from library.learning import building, covers, publishing
from library.learning.models import Course, Lesson, What
from library.quizzes import writing
from library.quizzes.drafts import Choice, Draft
from library.quizzes.models import Pool
from stats.models import Item

COVER = (1280, 720)


def make_courses(
    people: dict[str, User], items: dict[str, Item], folder: Path, now: datetime
) -> list[tuple[Plan, Course]]:
    """Make the courses of `COURSES` that are not here yet. Returns all of them; a course is there whole or is a draft."""
    return [(plan, _make(plan, people, items, folder, now)) for plan in COURSES]


def lessons_of(course: Course) -> list[Lesson]:
    """Return the lessons of a course in their order, with what their completion asks about. One query."""
    lessons = Lesson.objects.filter(section__course=course, deleted_at=None)
    return list(
        lessons.select_related("item", "video", "section__course", "quiz").order_by(
            "section__position", "position", "id"
        )
    )


def _make(plan: Plan, people: dict[str, User], items: dict[str, Item], folder: Path, now: datetime) -> Course:
    owner, out_at = people[plan.owner], now - timedelta(days=plan.days)
    course = Course.objects.filter(owner=owner, title=plan.title).first()
    if course is None:
        course = building.create(owner, plan.title, at=out_at - timedelta(days=6), **plan.about)
    if course.sections.exists():
        return course
    cover = covers.prepare(receiving.adopt(_picture(plan, folder), "cover.jpg"))
    with building.editing(course.uuid, owner, course.version, What.PUBLISHED) as edited:
        for part in plan.parts:
            section = building.add_section(edited, part.title, opens_after_days=part.opens_after_days)
            for step in part.steps:
                _ask(
                    step,
                    building.add_lesson(
                        section,
                        step.kind,
                        step.title,
                        by=owner,
                        text=step.markdown,
                        video=items[step.video] if step.video else None,
                        is_preview=step.is_preview,
                    ),
                )
        for username in plan.teachers:
            building.add_teacher(edited, people[username], by=owner)
        covers.set_cover(edited, cover)
        publishing.publish(edited, at=out_at)
        Item.objects.filter(lesson__section__course=edited).update(created_at=out_at)
        Course.objects.filter(pk=edited.pk).update(updated_at=out_at)
    return edited


def _ask(step: Step, lesson: Lesson) -> None:
    if not step.asks:
        return
    quiz = writing.quiz_of(lesson)
    writing.change_rules(quiz, **step.rules)
    pool = Pool.objects.get(quiz=quiz)
    writing.change_pool(pool, title=pool.title, draws=step.draws)
    for ask in step.asks:
        writing.write_question(pool, _draft(ask))


def _draft(ask: Ask) -> Draft:
    options = [*(Choice(text, is_right=True) for text in ask.right), *(Choice(text) for text in ask.wrong)]
    return Draft(
        ask.kind,
        ask.prompt,
        ask.explanation,
        points=ask.points,
        options=tuple(options),
        number=ask.number,
        tolerance=ask.tolerance,
        accepted=ask.accepted,
    )


def _picture(plan: Plan, folder: Path) -> Path:
    path = folder / f"cover-{plan.owner}.jpg"
    art.picture(*plan.cover, 0.3, 8, COVER).save(path, quality=88)
    return path
