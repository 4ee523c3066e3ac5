"""Discussions as somebody sees them, in a bounded number of queries."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.safestring import SafeString

from library import prose
from library.discussions.models import Post, Thread
from library.discussions.seats import Seat
from library.learning.models import Course, Lesson

MAX_SEARCH = 200
MAX_WORDS = 8
ORDERS = ("active", "new", "unanswered")


@dataclass(frozen=True, slots=True)
class Said:
    """A post as somebody sees it, and what they may do with it."""

    post: Post
    html: SafeString | str
    by_teacher: bool
    by_asker: bool
    is_accepted: bool
    is_own: bool
    is_deletable: bool
    is_acceptable: bool


def threads(course: Course, *, lesson: Lesson | None = None, text: str = "", order: str = "active") -> QuerySet[Thread]:
    """Return the discussions of a course or of one lesson, whose title or posts have every word of `text`."""
    rows = Thread.objects.filter(course=course, deleted_at=None).select_related("author", "lesson")
    if lesson:
        rows = rows.filter(lesson=lesson)
    for word in text[:MAX_SEARCH].split()[:MAX_WORDS]:
        posts = Post.objects.filter(thread=OuterRef("pk"), deleted_at=None, text__icontains=word)
        rows = rows.filter(Q(title__icontains=word) | Exists(posts))
    if order == "unanswered":
        rows = rows.filter(answers=0)
    return rows.order_by("-active_at" if order == "active" else "-created_at", "-id")


def posts(thread: Thread) -> QuerySet[Post]:
    """Return what stands in a discussion: the question, then the accepted answer, then the others, oldest first."""
    rows = Post.objects.filter(thread=thread).filter(Q(deleted_at=None) | Q(is_question=True))
    place = Case(When(is_question=True, then=Value(0)), When(pk=thread.accepted_id, then=Value(1)), default=Value(2))
    return rows.select_related("author", "deleted_by").order_by(place, "created_at", "id")


def shown(rows: Any, thread: Thread, seat: Seat, user: Any) -> list[Said]:
    """Return posts as `user` sees them. No query."""
    return [_said(row, thread, seat, user) for row in rows]


def _said(post: Post, thread: Thread, seat: Seat, user: Any) -> Said:
    stands = post.deleted_at is None
    is_own = stands and post.author_id == user.pk
    post.thread = thread
    return Said(
        post=post,
        html=prose.rendered(post.text) if stands else "",
        by_teacher=post.author_id in seat.teachers,
        by_asker=post.author_id == thread.author_id,
        is_accepted=post.pk == thread.accepted_id,
        is_own=is_own,
        is_deletable=is_own or (stands and seat.teaches),
        is_acceptable=stands and not post.is_question and (seat.teaches or thread.author_id == user.pk),
    )
