"""What staff may know, as their groups' permissions say it: this app knows no roles."""

from typing import Any

NUMBERS = "stats.view_rollupday"
ITEMS = "stats.view_item"


def reads_numbers(user: Any) -> bool:
    """Whether somebody may know the numbers of everything and everybody. Two queries the first time, none for members."""
    return bool(user.is_staff and user.has_perm(NUMBERS))


def reads_items(user: Any) -> bool:
    """Whether somebody may see everybody's items and what is counted of them. As costly."""
    return bool(user.is_staff and (user.has_perm(ITEMS) or user.has_perm(NUMBERS)))
