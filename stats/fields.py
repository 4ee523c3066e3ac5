"""Columns that read and compare the same on PostgreSQL and SQLite."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Return an aware instant as microseconds since 1970, exactly."""
    return (at - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return microseconds since 1970 as an aware instant in UTC."""
    return EPOCH + timedelta(microseconds=micros)


def to_day(told: Any) -> date:
    """Return a day that a database told to a statement of one's own: SQLite tells it as text."""
    return told if isinstance(told, date) else date.fromisoformat(told)


class InstantField(models.BigIntegerField):
    """An instant, stored as microseconds since 1970; in Python an aware datetime in UTC."""

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: int | None, *_: Any) -> datetime | None:
        """Read a stored number."""
        return None if value is None else from_micros(value)

    def get_prep_value(self, value: Any) -> int | None:
        """Write an aware datetime, or a number of microseconds as it is."""
        return to_micros(value) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> Any:
        """Leave datetimes alone: `BigIntegerField` would try to make them whole numbers."""
        return value if value is None or isinstance(value, datetime) else from_micros(int(value))
