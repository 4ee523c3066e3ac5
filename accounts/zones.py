"""Time zones by name."""

import zoneinfo

from django.conf import settings


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone of that name, the site's for '' or a name that this machine does not know."""
    try:
        return zoneinfo.ZoneInfo(name or settings.TIME_ZONE)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)
