"""Lines of the audit log in words."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import template
from django.utils import formats, timezone

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
        words = name.replace("_", " ")
        if isinstance(value, dict) and value.keys() == {"before", "after"}:
            yield f"{words} {_written(value['before'])} → {_written(value['after'])}"
        elif isinstance(value, dict):
            yield from _told(value)
        else:
            yield f"{words} {', '.join(map(_written, value)) if isinstance(value, list) else _written(value)}"


def _written(value: Any) -> str:
    """Write an instant, which the log keeps to the microsecond, as the pages do; anything else as it is."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)
    return formats.date_format(timezone.localtime(at), "j M Y, H:i") if timezone.is_aware(at) else str(value)
