"""Lines of the audit log in words."""

from collections.abc import Iterator
from typing import Any

from django import template

from accounts.audit import LABELS
from accounts.models import StaffAction

register = template.Library()


@register.filter
def act_label(line: StaffAction) -> str:
    """Say what was done."""
    return str(LABELS.get(line.what, line.what))


@register.filter
def act_detail(line: StaffAction) -> str:
    """Write the detail in one line: "days 30, reason asked by phone"."""
    return ", ".join(_told(line.detail))


def _told(detail: dict[str, Any]) -> Iterator[str]:
    for name, value in detail.items():
        if value in ("", None, [], {}):
            continue
        told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"{name.replace('_', ' ')} {told}"
