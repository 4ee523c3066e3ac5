"""Instants as a statement of one's own gets them: SQLite hands out texts."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone


def instant(value: Any) -> datetime:
    """Return what the database says of a moment as an aware instant."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if timezone.is_aware(at) else at.replace(tzinfo=UTC)
