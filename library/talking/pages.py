"""The comments of an item as its page shows them, gathered in a bounded number of queries."""

from typing import Any
from uuid import UUID

from accounts import staffing
from accounts.requests import ActorRequest
from library import comments, marks, ratings
from library.talking.forms import CommentForm
from stats.models import Item

PAGE = 20
LAST_PAGE = 500
MOST_REPLIES = 200


def comments_context(request: ActorRequest, item: Item, count: int, form: CommentForm | None = None) -> dict[str, Any]:
    """Return a page of threads, or with `?thread=` that one with all its replies. Two queries.

    `count` is how many comments the item has.
    """
    user = request.user
    moderates = bool(user.pk) and (staffing.runs_content(user) or user.pk == item.owner_id)
    roots, number = comments.threads(item), _page(request)
    thread = _uuid(request.GET.get("thread", ""))
    first = (number - 1) * PAGE
    rows = list(roots.filter(uuid=thread)[:1]) if thread else []
    alone = bool(rows)
    if not alone:
        rows = list(roots[first : first + PAGE + 1])
    shown = {"shown": MOST_REPLIES} if alone else {}
    return {
        "item": item,
        "comments_count": count,
        "threads": comments.with_replies(rows[:PAGE], item, user, moderates=moderates, **shown),
        "thread_alone": alone,
        "newer": number - 1,
        "older": number + 1 if len(rows) > PAGE else 0,
        "moderates": moderates,
        "comment_form": form or CommentForm(),
    }


def rating_context(item: Item, standing: marks.Marks) -> dict[str, Any]:
    """Return how the item is rated, and by this person."""
    return {"item": item, "rating": standing, "stars": ratings.STARS}


def _page(request: ActorRequest) -> int:
    asked = request.GET.get("comments", "")
    return min(LAST_PAGE, max(1, int(asked))) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
