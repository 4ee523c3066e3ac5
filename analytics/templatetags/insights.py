"""What a member did, in templates: `{% load insights %}`."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.dates import MONTHS, WEEKDAYS_ABBR
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics import heat as heats
from analytics import own, queries
from stats import queries as stats

register = template.Library()


@register.filter
def of(values: Mapping[str, Any], key: str) -> Any:
    """Return one of many by its key: `{{ weeks|of:stat.key }}`."""
    return values.get(key)


@register.simple_tag
def weeks_of(member: uuid.UUID, totals: stats.EightStats) -> dict[str, own.Week]:
    """Return what this week added to each of a member's eight: `{% weeks_of user.uuid stats as weeks %}`."""
    zone = timezone.get_current_timezone_name()
    return own.weeks(member, totals.last_activity_timestamp, timezone.now(), zone)


@dataclass(frozen=True, slots=True)
class Days:
    """The picture of a member's last 53 weeks, and the streak; None for who wants nothing of the game to be shown."""

    heat: heats.Heat
    streak: own.Streak | None


@register.simple_tag
def days_of(member: uuid.UUID) -> Days:
    """Return a member's days in the active time zone: `{% days_of user.uuid as days %}`. Four queries."""
    now = timezone.now()
    today = timezone.localdate(now)
    done = own.activity(queries.spells(member), queries.acts(member), timezone.get_current_timezone_name())
    return Days(heats.heat(done, today), own.streak(member, now))


@register.simple_tag
def heat_sentence(heat: heats.Heat) -> str:
    """Say what the picture shows."""
    said = ngettext(
        "Activity on each day of the last 53 weeks: active on %(active)s day of %(days)s",
        "Activity on each day of the last 53 weeks: active on %(active)s days of %(days)s",
        heat.active,
    ) % {"active": heat.active, "days": heat.days}
    if heat.busiest is None:
        return f"{said}."
    day = formats.date_format(heat.busiest.day, "j F Y")
    return _("%(said)s, busiest on %(day)s with %(time)s watched.") % {
        "said": said, "day": day, "time": own.time(heat.busiest.activity.played_ms)
    }  # fmt: skip


@register.simple_tag
def heat_cells(heat: heats.Heat) -> SafeString:
    """Draw the days; of those on which something was done, say what."""
    weekdays = [str(name) for name in WEEKDAYS_ABBR.values()]
    months = ["", *(str(name) for name in MONTHS.values())]

    def told(cell: heats.Cell) -> str:
        done = _("%s watched") % own.time(cell.activity.played_ms) if cell.activity.played_ms else _("active")
        day = cell.day
        return f"<title>{escape(f'{weekdays[day.weekday()]} {day.day} {months[day.month]}: {done}')}</title>"

    return SafeString(
        "".join(
            f'<rect class="h{cell.level}c" x="{cell.x}" y="{cell.y}" width="11" height="11" rx="2.5">{told(cell)}</rect>'
            if cell.level
            else f'<rect class="h0" x="{cell.x}" y="{cell.y}" width="11" height="11" rx="2.5"/>'
            for cell in heat.cells
        )
    )
