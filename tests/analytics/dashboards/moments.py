"""The moment at which the tests of the dashboards happen: a Tuesday afternoon."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 17, 14, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
