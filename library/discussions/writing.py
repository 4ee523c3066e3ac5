"""Questions and answers are written, corrected, accepted and taken away. Each post is an event, and its going too."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import audit
from accounts.models import User
from library import pace
from library.discussions import seats
from library.discussions.models import Post, Thread
from library.discussions.seats import Seat
from library.learning.models import Course, Lesson
from library.people import notifications
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

MOST_TOLD = 50


def ask(
    author: User, course: Course, title: str, text: str, *, lesson: Lesson | None = None, at: datetime | None = None
) -> Thread:
    """Begin a discussion of a course, or of one of its lessons, with a question. Raises `pace.TooFast`.

    As of `at` (by the site itself), nobody is told and no pace is kept.
    """
    with ledger.recording():
        _keep_pace(author, at)
        when = at or timezone.now()
        thread = Thread.objects.create(
            course=course, lesson=lesson, author=author, title=title, created_at=when, active_at=when
        )
        post = _write(author, thread, text, when, is_question=True)
        if at is None:
            teachers = User.objects.filter(pk__in=[course.owner_id, *course.teachers.values_list("user", flat=True)])
            words = {"who": author.display_name, "course": course.title}
            _tell("question", teachers, post, gettext_noop("%(who)s asked a question in %(course)s"), words)
    return thread


def answer(author: User, thread: Thread, text: str, *, at: datetime | None = None) -> Post:
    """Add an answer. Raises `pace.TooFast`. Who asked and who answered before, and still take part, are told."""
    with ledger.recording():
        _keep_pace(author, at)
        post = _write(author, thread, text, at or timezone.now())
        Thread.objects.filter(pk=thread.pk).update(
            answers=F("answers") + 1, active_at=Greatest("active_at", post.created_at)
        )
        if at is None:
            wrote = Post.objects.filter(thread=thread, deleted_at=None).values("author")
            people = seats.people_of(thread.course)
            others = people.filter(pk__in=wrote).exclude(pk=thread.author_id)[:MOST_TOLD]
            words = {"who": author.display_name, "title": thread.title}
            _tell(
                "answer",
                people.filter(pk=thread.author_id),
                post,
                gettext_noop("%(who)s answered your question “%(title)s”"),
                words,
            )
            _tell("reply", others, post, gettext_noop("%(who)s also answered “%(title)s”"), words)
    return post


def edit(post: Post, text: str, title: str = "") -> None:
    """Change what a post says, and with `title` what its discussion is called; it is shown as edited."""
    changed = Post.objects.filter(pk=post.pk, deleted_at=None).exclude(text=text)
    changed.update(text=text, edited_at=timezone.now())
    if title and post.is_question:
        Thread.objects.filter(pk=post.thread_id).update(title=title)


def accept(thread: Thread, post: Post | None, by: User) -> None:
    """Say which answer has helped, or with None that none has. Its author is told, once."""
    with ledger.recording():
        before = Thread.objects.select_for_update().get(pk=thread.pk)  # as who takes the answer away
        if post is not None and not Post.objects.filter(pk=post.pk, deleted_at=None).exists():
            return
        Thread.objects.filter(pk=thread.pk).update(accepted=post)
        if before.accepted_id != (post.pk if post else None):
            _note_accepted(before, post, by)
        if post is not None:
            notifications.notify(
                "answer",
                seats.people_of(thread.course).filter(pk=post.author_id),
                by=by,
                title=gettext_noop("%(who)s accepted your answer to “%(title)s”"),
                words={"who": by.display_name, "title": thread.title},
                address=address(post),
                cause=f"accepted:{post.uuid}",
            )


def delete(post: Post, by: User, seat: Seat) -> None:
    """Take a post away; again changes nothing. Belongs to nobody's recording block."""
    with ledger.recording():
        if take_away(post, by, with_answers=seat.teaches and post.author_id != by.pk):
            audit.note_over(by, "post.removed", post, post.author_id, takes_part=lambda: by.pk in seat.teachers)


def take_away(post: Post, by: User, *, with_answers: bool) -> bool:
    """Take a post away inside the caller's recording block. Returns whether it still stood.

    A question that nobody answered goes with its discussion; one with answers leaves its place to them, unless
    `with_answers` takes all of it.
    """
    thread = Thread.objects.select_for_update().get(pk=post.thread_id)
    gone = Post.objects.filter(thread=thread, deleted_at=None)
    whole = post.is_question and (with_answers or not thread.answers)
    if not whole:
        gone = gone.filter(pk=post.pk)
    found = list(gone.select_for_update())
    if post.pk not in {one.pk for one in found}:
        return False
    now = timezone.now()
    Post.objects.filter(pk__in=[one.pk for one in found]).update(deleted_at=now, deleted_by=by)
    if whole:
        Thread.objects.filter(pk=thread.pk).update(deleted_at=now, answers=0, accepted=None)
    elif not post.is_question:
        Thread.objects.filter(pk=thread.pk).update(answers=F("answers") - 1)
        Thread.objects.filter(pk=thread.pk, accepted=post).update(accepted=None)
    course = Course.objects.only("uuid").get(pk=thread.course_id)
    for one in found:
        ledger.record(Kind.POST_DELETED, user_actor(by.uuid), course=str(course.uuid), post=str(one.uuid))
    return True


def address(post: Post) -> str:
    """Return where a post stands."""
    thread = post.thread
    return f"{reverse('discussions:thread', args=[thread.course.slug, thread.uuid])}#post-{post.uuid}"


def _note_accepted(thread: Thread, post: Post | None, by: User) -> None:
    audit.note_over(
        by,
        "answer.accepted",
        thread,
        thread.author_id,
        {"answer": str(post.uuid) if post else None},
        takes_part=lambda: by.pk in seats.of(by, thread.course).teachers,
    )


def _keep_pace(author: User, at: datetime | None) -> None:
    if at is None:
        pace.check("post", author, Post.objects.filter(author=author))


def _write(author: User, thread: Thread, text: str, at: datetime, *, is_question: bool = False) -> Post:
    post = Post.objects.create(thread=thread, author=author, text=text, is_question=is_question, created_at=at)
    ledger.record(
        Kind.DISCUSSION_POST,
        user_actor(author.uuid),
        occurred_at=at,
        count_anyway=True,
        course=str(thread.course.uuid),
        post=str(post.uuid),
    )
    return post


def _tell(kind: str, people: Iterable[User], post: Post, title: str, words: dict[str, str]) -> None:
    notifications.notify(
        kind, people, by=post.author, title=title, words=words, address=address(post), cause=f"post:{post.uuid}"
    )
