"""Plans and features in words."""

from collections.abc import Sequence

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.billing import money
from accounts.models import Plan
from accounts.pages import FeatureRow, PlanColumn
from accounts.roles import Role

register = template.Library()

WORDS = [gettext_lazy(word) for word in ("none", "one", "two", "three", "four", "five", "six", "seven")]


@register.filter
def price(plan: Plan, style: str = "") -> str:
    """Write a plan's price: €6.00; €6 where `style` is 'whole' and there are no cents."""
    return money.written(plan.price_minor, plan.currency, is_short=style == "whole")


@register.filter
def city(zone: str) -> str:
    """Write a time zone as its place: 'America/New_York' is New York."""
    return zone.rpartition("/")[2].replace("_", " ")


@register.filter
def cells(row: FeatureRow, columns: Sequence[PlanColumn]) -> list[tuple[PlanColumn, bool]]:
    """Return a row's cells: the column, and whether its role includes the feature."""
    return list(zip(columns, row.roles, strict=True))


@register.simple_tag
def have_words(rows: Sequence[FeatureRow], role: Role) -> str:
    """Say how many of the eight features somebody has, and what another plan would add."""
    included = sum(row.has and row.is_included for row in rows)
    lent = sum(row.has and not row.is_included for row in rows)
    if included == len(rows):
        return _("You have all eight.")
    if not included and not lent:
        return _("A plan opens eight more things.")
    said = [_("You have %(number)s of eight") % {"number": WORDS[included]}]
    if lent:
        said.append(ngettext("and one more on loan", "and %(number)s more on loan", lent) % {"number": WORDS[lent]})
    rest = {Role.FREE: _("A plan adds the rest."), Role.SUBSCRIBER: _("Premium adds the rest.")}.get(role, "")
    return f"{', '.join(said)}. {rest}".strip()
