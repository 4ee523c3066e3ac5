"""People in the templates of any app: what one has not read yet, and the button that follows somebody."""

from dataclasses import dataclass
from typing import Any

from django import template

from accounts.models import User
from library.people import notifications, queries
from library.people.notifications import MOST_SHOWN

register = template.Library()


@dataclass(frozen=True, slots=True)
class Unread:
    """How many notifications wait, and how that is written."""

    count: int

    @property
    def shown(self) -> str:
        """The number, or 99+ for more."""
        return f"{MOST_SHOWN}+" if self.count > MOST_SHOWN else str(self.count)


@register.simple_tag(takes_context=True)
def unread_notifications(context: template.Context) -> Unread:
    """Return how many notifications the member has not read. One query."""
    return Unread(notifications.unread(context["user"]))


@register.inclusion_tag("people/_follow_owner.html", takes_context=True)
def follow_button(context: template.Context, person: User | None) -> dict[str, Any]:
    """Show the button that follows the owner of something, to members other than the owner. One query."""
    viewer = context["user"]
    if person is None or not viewer.is_authenticated or viewer.pk == person.pk:
        return {}
    return {"person": queries.towards(person, viewer), "csrf_token": context.get("csrf_token")}
