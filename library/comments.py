"""Comments are written and taken away; both are events."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from library.models import Comment
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind
from stats.models import Item


def write(author: User, item: Item, text: str, *, at: datetime | None = None) -> Comment:
    """Add a comment to an item, now or as of `at`."""
    at = at or timezone.now()
    with ledger.recording():
        comment = Comment.objects.create(item=item, author=author, text=text, created_at=at)
        ledger.record(
            Kind.COMMENT,
            user_actor(author.uuid),
            item=item,
            occurred_at=at,
            count_anyway=True,
            comment=str(comment.uuid),
        )
    return comment


def delete(comment: Comment, by: User) -> None:
    """Take a comment away; again changes nothing."""
    with ledger.recording():
        gone = Comment.objects.filter(pk=comment.pk, deleted_at=None).update(deleted_at=timezone.now())
        if gone:
            ledger.record(Kind.COMMENT_DELETED, user_actor(by.uuid), item=comment.item, comment=str(comment.uuid))


def is_deletable(comment: Comment, user: Any) -> bool:
    """Whether `user` may take the comment away: who wrote it, whose item it is, and staff."""
    return bool(user.is_staff or (user.pk and user.pk in {comment.author_id, comment.item.owner_id}))
