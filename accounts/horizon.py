"""How far ahead anything of a member may lie. Later instants cannot be told in every time zone. Pure."""

from datetime import UTC, datetime

LATEST = datetime(3000, 1, 1, tzinfo=UTC)
"""Nothing lies after it."""
