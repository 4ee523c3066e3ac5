"""Members by day of the site: who came, who was active. Sets, not loops over people.

Active is whoever watched, learned, made or said something (`stats.kinds.ACTIVITY_KINDS`): page views and log-ins alone
are no activity. Guests are not members; who was erased has left these numbers.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Case, Count, DateField, When
from django.db.models.functions import TruncDate

from accounts.models import User
from analytics.platform.cells import MONTH, Cells
from stats.fields import to_day
from stats.windows import DAY, midnight

_CELLS = """
SELECT day, previous, COUNT(*) FROM (
    SELECT d.day, LAG(d.day) OVER (PARTITION BY d.actor ORDER BY d.day) AS previous
    FROM stats_actorday d WHERE d.day >= %s AND d.day <= %s AND d.acts > 0
        AND EXISTS (SELECT 1 FROM accounts_user u WHERE u.uuid = d.actor)
) days GROUP BY day, previous
"""


def active_cells(first: date, last: date) -> Cells:
    """Return who was active on these days and in the 30 days that end with the first of them. One query.

    Reads the days of everybody once, however many are asked for: a second for ten million of them.
    """
    begin = first - timedelta(days=MONTH - 1)
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, [begin.isoformat(), last.isoformat()])
        rows = cursor.fetchall()
    return Cells((to_day(day), to_day(previous) if previous else None, int(people)) for day, previous, people in rows)


def signups(first: date, last: date) -> tuple[int, dict[date, int]]:
    """Return how many accounts were made before these site days, and how many on each of them that had any. One query."""
    day = Case(
        When(
            created_at__gte=midnight(first, settings.TIME_ZONE),
            then=TruncDate("created_at", tzinfo=timezone_of_site()),
        ),
        default=None,
        output_field=DateField(),
    )
    rows = User.objects.filter(created_at__lt=after(last)).values_list(day).annotate(Count("pk")).order_by()
    found = dict(rows)
    return found.pop(None, 0), found


def made_between(start: datetime, end: datetime) -> int:
    """Return how many accounts were made from one instant to before another. One query."""
    return User.objects.filter(created_at__gte=start, created_at__lt=end).count()


def after(day: date) -> datetime:
    """Return when a site day is over."""
    return midnight(day + DAY, settings.TIME_ZONE)


def timezone_of_site() -> ZoneInfo:
    """Return the zone of the site's days."""
    return ZoneInfo(settings.TIME_ZONE)
