"""What somebody may report: what they see, and is not their own, or their own that the staff hid."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from library import access, comments
from library.discussions import seats
from library.discussions.models import Post
from library.learning import access as learning
from library.models import Comment
from stats.models import Item


def item(user: Any, uuid: UUID) -> Item:
    """Return an item that `user` may report. Raises Http404."""
    found = access.opened(user, uuid)
    return _of_others(user, found, found.owner_id)


def hidden(user: Any, uuid: UUID) -> Item:
    """Return an item of `user` that the staff hid. Raises Http404."""
    own = Item.objects.filter(owner=user.pk, deleted_at=None, media__isnull=False).exclude(media__held_for="")
    return get_object_or_404(own.select_related("media", "owner"), uuid=uuid)


def comment(user: Any, uuid: UUID, comment: UUID) -> Comment:
    """Return a comment that `user` may report. Raises Http404."""
    rows = comments.standing(access.opened(user, uuid)).select_related("author", "item", "parent")
    found = get_object_or_404(rows, uuid=comment)
    return _of_others(user, found, found.author_id)


def post(user: Any, course: dict[str, Any], thread: UUID, post: UUID) -> Post:
    """Return a post of a discussion that `user` may report; `course` says which by slug or uuid. Raises Http404."""
    found = get_object_or_404(learning.visible_to(user), **course)
    if not seats.of(user, found).may_talk:
        raise Http404
    rows = Post.objects.filter(thread__course=found, thread__uuid=thread, thread__deleted_at=None, deleted_at=None)
    row = get_object_or_404(rows.select_related("author", "thread__course"), uuid=post)
    return _of_others(user, row, row.author_id)


def _of_others(user: Any, found: Any, owner: int | None) -> Any:
    if user.pk == owner:
        raise Http404
    return found
