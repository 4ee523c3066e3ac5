"""Courses: who began and completed which, passed which quiz, and thinks what of it; and each course's numbers.

A person counts once in a course, and once in a quiz for as long as one of the passed attempts holds.
"""

from typing import Any

from stats.fresh import Fresh, Projection
from stats.kinds import Kind
from stats.lastwords import LastWords
from stats.models import CourseCounter, CourseMember, CourseQuiz, CourseReview

KINDS = frozenset(
    kind.value
    for kind in (
        Kind.ENROLLED, Kind.COURSE_COMPLETED, Kind.LESSON_COMPLETED, Kind.QUIZ_COMPLETED, Kind.QUIZ_VOIDED, Kind.REVIEW,
        Kind.REVIEW_DELETED, Kind.DISCUSSION_POST, Kind.POST_DELETED,
    )
)  # fmt: skip
NUMBERS = ("enrolled", "completed", "lessons_completed", "quizzes_passed", "posts", "reviews", "stars")
PASSED = '{"passed":true'  # how what `stats.encoding` writes of a passed quiz begins

_KNOWN = "actor IS NOT NULL AND actor_type <> 'a' AND label IS NOT NULL"

REVIEWS = LastWords(
    "stats_coursereview",
    "course",
    "stars",
    "SELECT actor, {uuid} AS course, CASE WHEN kind = 'review' THEN amount ELSE 0 END AS stars, occurred_at AS at,"
    f" id AS event_id FROM fresh WHERE kind IN ('review', 'review_deleted') AND {_KNOWN}",
)

_MEMBERS = f"""
SELECT actor, {{uuid}} AS course, MIN(CASE WHEN kind = 'enrolled' THEN occurred_at END) AS enrolled_at,
    MIN(CASE WHEN kind = 'course_completed' THEN occurred_at END) AS completed_at
FROM fresh WHERE kind IN ('enrolled', 'course_completed') AND {_KNOWN} GROUP BY 1, 2
"""
_MOVED_MEMBERS = """
    SELECT n.course, CASE WHEN n.enrolled_at IS NOT NULL AND x.enrolled_at IS NULL THEN 1 ELSE 0 END AS enrolled,
        CASE WHEN n.completed_at IS NOT NULL AND x.completed_at IS NULL THEN 1 ELSE 0 END AS completed,
        0 AS lessons, 0 AS quizzes, 0 AS posts, 0 AS reviews, 0 AS stars
    FROM ({members}) n LEFT JOIN stats_coursemember x ON x.actor = n.actor AND x.course = n.course
"""
_MOVED_QUIZZES = """
    SELECT n.course, 0, 0, 0, CASE WHEN COALESCE(x.passes, 0) + n.passes > 0 THEN 1 ELSE 0 END
        - CASE WHEN x.passes > 0 THEN 1 ELSE 0 END, 0, 0, 0
    FROM ({quizzes}) n
    LEFT JOIN stats_coursequiz x ON x.actor = n.actor AND x.course = n.course AND x.item_id = n.item_id
"""
_MOVED_REVIEWS = """
    SELECT course, 0, 0, 0, 0, 0, CASE WHEN new > 0 THEN 1 ELSE 0 END - CASE WHEN old > 0 THEN 1 ELSE 0 END, new - old
    FROM ({changes}) r
"""
_EVENTS = """
    SELECT {uuid}, 0, 0, CASE WHEN kind = 'lesson_completed' THEN 1 ELSE 0 END, 0,
        CASE WHEN kind = 'discussion_post' THEN 1 WHEN kind = 'post_deleted' THEN -1 ELSE 0 END, 0, 0
    FROM fresh WHERE kind IN ('lesson_completed', 'discussion_post', 'post_deleted') AND label IS NOT NULL
"""
_COUNT = f"""
INSERT INTO stats_coursecounter AS c (course, {", ".join(NUMBERS)})
SELECT course, SUM(enrolled), SUM(completed), SUM(lessons), SUM(quizzes), SUM(posts), SUM(reviews), SUM(stars) FROM (
{{parts}}
) parts GROUP BY course ORDER BY course
ON CONFLICT (course) DO UPDATE SET {", ".join(f"{name} = c.{name} + excluded.{name}" for name in NUMBERS)}
"""

_EARLIER = ", ".join(
    f"{name} = CASE WHEN x.{name} IS NULL OR excluded.{name} < x.{name}"
    f" THEN COALESCE(excluded.{name}, x.{name}) ELSE x.{name} END"
    for name in ("enrolled_at", "completed_at")
)
_STORE_MEMBERS = f"""
INSERT INTO stats_coursemember AS x (actor, course, enrolled_at, completed_at)
SELECT actor, course, enrolled_at, completed_at FROM ({{rows}}) r WHERE true ORDER BY actor, course
ON CONFLICT (actor, course) DO UPDATE SET {_EARLIER}
"""
_STORE_QUIZZES = """
INSERT INTO stats_coursequiz AS x (actor, course, item_id, passes)
SELECT actor, course, item_id, passes FROM ({rows}) r WHERE true ORDER BY actor, course, item_id
ON CONFLICT (actor, course, item_id) DO UPDATE SET passes = x.passes + excluded.passes
"""


def project(fresh: Fresh) -> None:
    """Count the difference that the chunk makes, then write what it says of each person."""
    label = fresh.uuid_of("label")
    members, quizzes = _MEMBERS.format(uuid=label), _quizzes(label)
    parts = (
        _MOVED_MEMBERS.format(members=members),
        _MOVED_QUIZZES.format(quizzes=quizzes),
        _MOVED_REVIEWS.format(changes=REVIEWS.changes(fresh)),
        _EVENTS.format(uuid=label),
    )
    fresh.execute(_COUNT.format(parts=" UNION ALL ".join(parts)))
    fresh.execute(_STORE_MEMBERS.format(rows=members))
    fresh.execute(_STORE_QUIZZES.format(rows=quizzes))
    REVIEWS.store(fresh)


def _quizzes(label: str) -> str:
    return f"""
    SELECT actor, {label} AS course, item_id, SUM(CASE WHEN kind = 'quiz_completed' THEN 1 ELSE -1 END) AS passes
    FROM fresh WHERE kind IN ('quiz_completed', 'quiz_voided') AND SUBSTR(data, 1, {len(PASSED)}) = '{PASSED}' AND item_id IS NOT NULL AND {_KNOWN}
    GROUP BY 1, 2, 3
    """


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Make a guest's courses the member's; what both did counts once."""
    reviewed, params = REVIEWS.claimed_changes(fresh, guest, person)
    both = """
    SELECT g.course, -CASE WHEN g.enrolled_at IS NOT NULL AND m.enrolled_at IS NOT NULL THEN 1 ELSE 0 END AS enrolled,
        -CASE WHEN g.completed_at IS NOT NULL AND m.completed_at IS NOT NULL THEN 1 ELSE 0 END AS completed,
        0 AS lessons, 0 AS quizzes, 0 AS posts, 0 AS reviews, 0 AS stars
    FROM stats_coursemember g JOIN stats_coursemember m ON m.course = g.course WHERE g.actor = %s AND m.actor = %s
    """
    passed = """
    SELECT g.course, 0, 0, 0, CASE WHEN g.passes + m.passes > 0 THEN 1 ELSE 0 END
        - CASE WHEN g.passes > 0 THEN 1 ELSE 0 END - CASE WHEN m.passes > 0 THEN 1 ELSE 0 END, 0, 0, 0
    FROM stats_coursequiz g JOIN stats_coursequiz m ON m.course = g.course AND m.item_id = g.item_id
    WHERE g.actor = %s AND m.actor = %s
    """
    parts = " UNION ALL ".join((both, passed, _MOVED_REVIEWS.format(changes=reviewed)))
    fresh.execute(_COUNT.format(parts=parts), [guest, person, guest, person, *params])
    for table, columns, store in (
        ("stats_coursemember", "course, enrolled_at, completed_at", _STORE_MEMBERS),
        ("stats_coursequiz", "course, item_id, passes", _STORE_QUIZZES),
    ):
        rows = f"SELECT {fresh.uuid('%s')} AS actor, {columns} FROM {table} WHERE actor = %s"
        fresh.execute(store.format(rows=rows), [person, guest])
        fresh.execute(f"DELETE FROM {table} WHERE actor = %s", [guest])
    REVIEWS.claim(fresh, guest, person)


COURSES = Projection("courses", (CourseMember, CourseQuiz, CourseReview, CourseCounter), KINDS, project, claim)
