"""Comments are written, answered, corrected and taken away. Writing and taking away are events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import audit, staffing
from accounts.models import User
from library import access, pace
from library.models import Comment
from library.people import notifications
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind
from stats.models import Item

REPLIES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as somebody sees it, and what they may do with it."""

    comment: Comment
    is_own: bool
    is_deletable: bool
    by_owner: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with the replies that are shown; `more` stand behind a link."""

    root: Said
    replies: list[Said] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many replies are not shown."""
        return max(0, self.root.comment.replies - len(self.replies))


# Writing


def write(
    author: User, item: Item, text: str, *, answering: Comment | None = None, at: datetime | None = None
) -> Comment:
    """Add a comment to an item, or a reply to `answering`, one of its comments. Raises `pace.TooFast`.

    A reply to a reply stands below the same comment and names whom it answers. Written as of `at` (by the site itself),
    nobody is told and no pace is kept.
    """
    root = (answering.parent or answering) if answering else None
    named = answering.author if answering and answering.parent_id else None
    with ledger.recording():
        if at is None:
            pace.check("comment", author, Comment.objects.filter(author=author))
        comment = Comment.objects.create(
            item=item, author=author, text=text, parent=root, replying_to=named, created_at=at or timezone.now()
        )
        if root:
            Comment.objects.filter(pk=root.pk).update(replies=F("replies") + 1)
        ledger.record(
            Kind.COMMENT,
            user_actor(author.uuid),
            item=item,
            occurred_at=comment.created_at,
            count_anyway=True,
            comment=str(comment.uuid),
        )
        if at is None:
            _tell(comment, answering)
    return comment


def edit(comment: Comment, text: str) -> None:
    """Change what a comment says; it is shown as edited. The same text changes nothing."""
    standing = Comment.objects.filter(pk=comment.pk, deleted_at=None).exclude(text=text)
    standing.update(text=text, edited_at=timezone.now())


def delete(comment: Comment, by: User) -> None:
    """Take a comment away; again changes nothing. Its replies stay."""
    with ledger.recording():
        if take_away(comment, by):
            is_items_owner = by.pk == comment.item.owner_id
            audit.note_over(by, "comment.removed", comment, comment.author_id, takes_part=lambda: is_items_owner)


def take_away(comment: Comment, by: User) -> bool:
    """Take a comment away inside the caller's recording block. Returns whether it still stood."""
    standing = Comment.objects.filter(pk=comment.pk, deleted_at=None)
    if not standing.update(deleted_at=timezone.now(), deleted_by=by):
        return False
    if comment.parent_id:
        Comment.objects.filter(pk=comment.parent_id).update(replies=F("replies") - 1)
    ledger.record(Kind.COMMENT_DELETED, user_actor(by.uuid), item=comment.item, comment=str(comment.uuid))
    return True


# Reading


def standing(item: Item) -> QuerySet[Comment]:
    """Return an item's comments and replies that still stand, newest first."""
    return Comment.objects.filter(item=item, deleted_at=None).select_related("author", "replying_to", "parent")


def threads(item: Item) -> QuerySet[Comment]:
    """Return the comments that begin threads, newest first: those that stand, and the places of those with replies."""
    roots = Comment.objects.filter(item=item, parent=None).filter(Q(deleted_at=None) | Q(replies__gt=0))
    return roots.select_related("author", "deleted_by").order_by("-created_at", "-id")


def with_replies(
    roots: Iterable[Comment], item: Item, user: Any, *, moderates: bool, shown: int = REPLIES_SHOWN
) -> list[Thread]:
    """Return threads with their last `shown` replies, oldest first. One query."""
    rows = list(roots)
    found: dict[int | None, list[Said]] = {root.pk: [] for root in rows}
    for reply in _last_replies([root.pk for root in rows if root.replies], shown):
        found[reply.parent_id].append(_said(reply, item, user, moderates))
    return [Thread(_said(root, item, user, moderates), found[root.pk]) for root in rows]


def is_deletable(comment: Comment, user: Any) -> bool:
    """Whether `user` may take the comment away: who wrote it, whose item it is, and staff."""
    return bool(staffing.runs_content(user) or (user.pk and user.pk in {comment.author_id, comment.item.owner_id}))


def address(comment: Comment) -> str:
    """Return where a comment stands on its item's page."""
    thread = comment.parent.uuid if comment.parent else comment.uuid
    return f"{reverse('library:item', args=[comment.item.uuid])}?thread={thread}#comment-{comment.uuid}"


def _last_replies(roots: Sequence[int], shown: int) -> Iterable[Comment]:
    if not roots:
        return []
    order = Window(RowNumber(), partition_by=F("parent"), order_by=("-created_at", "-id"))
    replies = Comment.objects.filter(parent__in=roots, deleted_at=None).annotate(place=order).filter(place__lte=shown)
    return replies.select_related("author", "replying_to").order_by("created_at", "id")


def _said(comment: Comment, item: Item, user: Any, moderates: bool) -> Said:
    comment.item = item
    is_own = bool(user.pk) and comment.author_id == user.pk
    stands = comment.deleted_at is None
    return Said(comment, is_own and stands, (is_own or moderates) and stands, comment.author_id == item.owner_id)


def _tell(comment: Comment, answering: Comment | None) -> None:
    """Tell whom it answers, if they may still see the item, and whose item it is; nobody twice."""
    author, item = comment.author, comment.item
    where, cause = address(comment), f"comment:{comment.uuid}"
    words = {"who": author.display_name, "item": item.title}
    if answering and (access.is_open(item) or access.visible_to(answering.author).filter(pk=item.pk).exists()):
        title = gettext_noop("%(who)s replied to you on %(item)s")
        notifications.notify(
            "reply", [answering.author], by=author, title=title, words=words, address=where, cause=cause
        )
    if item.owner and not (answering and answering.author_id == item.owner_id):
        title = gettext_noop("%(who)s commented on %(item)s")
        notifications.notify("comment", [item.owner], by=author, title=title, words=words, address=where, cause=cause)
