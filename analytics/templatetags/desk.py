"""The people desk in templates: `{% load desk %}`."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts import addresses
from accounts.models import Plan, Status, Subscription
from analytics import figures
from analytics.people import filters
from analytics.people.filters import Filter
from analytics.people.measures import Measure
from stats.metrics import Unit

register = template.Library()


@register.filter
def named(measure: Measure) -> str:
    """Return a number's name with its time."""
    return filters.named(measure)


@register.filter
def measured(value: float, measure: Measure) -> str:
    """Write a number of a person."""
    if measure.unit is Unit.HOURS:
        return f"{formats.number_format(value, 1, force_grouping=True)} {_('h')}"
    return figures.number(value)


@register.filter
def veiled(text: str, reader: Any) -> str:
    """Write what one of the staff wrote with no address that `reader` may not see."""
    return addresses.veiled(reader, text)


@register.filter
def filter_label(name: str) -> str:
    """Return what a filter is called."""
    return str(filters.LABELS[name])


@register.filter
def days_label(name: str) -> str:
    """Return what a span of days is of."""
    return {"joined": _("Joined"), "subscribed": _("Subscription began"), "left": _("Subscription ended")}[name]


@register.filter
def of(wanted: Filter, name: str) -> Any:
    """Return one part of a filter."""
    return getattr(wanted, name)


@register.filter
def day_of(wanted: Filter, name: str) -> tuple[str, str]:
    """Return the first and last day of a span as a form has them."""
    days = (getattr(wanted, f"{name}_{side}") for side in ("from", "to"))
    first, last = (day.isoformat() if day else "" for day in days)
    return first, last


@register.filter
def standing(subscription: Subscription, plan: Plan) -> str:
    """Say how a subscription stands: 'Premium, until 3 Dec 2026, not paid for'."""
    end = subscription.next_period_end or subscription.current_period_end
    if subscription.status == Status.TRIALING:
        said = _("trial until %(day)s")
    elif subscription.status == Status.PAST_DUE:
        said = _("past due since %(day)s")
    elif subscription.gateway and not subscription.cancel_at_period_end:
        said = _("renews %(day)s")
    else:
        said = _("until %(day)s")
    return f"{plan.name}, {said % {'day': _day(end)}}"


@register.simple_tag(takes_context=True)
def sort_link(context: template.Context, name: str, label: str, order: str) -> SafeString:
    """Return a column's head as a link that orders by it: the greatest first, pressed again the least."""
    is_here = order.removeprefix("-") == name
    if is_here:
        wanted = name if order.startswith("-") else f"-{name}"
    else:
        wanted = name if name == "name" else f"-{name}"
    parameters = context["request"].GET.copy()
    for cursor in ("after", "before"):
        parameters.pop(cursor, None)
    parameters["order"] = wanted
    address = f"?{parameters.urlencode()}"
    arrow = ("↓" if order.startswith("-") else "↑") if is_here else ""
    said = _("descending") if order.startswith("-") else _("ascending")
    mark = format_html('<span aria-hidden="true">{}</span><span class="visually-hidden">, {}</span>', arrow, said)
    return format_html('<a href="{}">{}{}</a>', address, label, mark if is_here else "")


def _day(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "j M Y")
