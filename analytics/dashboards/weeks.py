"""Long windows by weeks: a year of days is more than a chart can show or anybody reads. The files keep every day."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from analytics.dashboards.lines import Mark
from analytics.dashboards.registry import Column, Over, Query, Row, Rows
from analytics.dashboards.showing import label_of
from stats.windows import period_of


def by_week(rows: Rows, query: Query) -> Rows:
    """Return the days of a long window as weeks from Monday, where every column says how; other rows as they are.

    The first week and the last have those of their days that are in the window.
    """
    if not query.is_long or not rows.rows or any(column.over is None for column in rows.columns):
        return rows
    weeks = groupby(rows.rows, key=lambda row: period_of("w", row.at))  # type: ignore[arg-type]
    return replace(rows, head=_("Week from"), rows=tuple(_week(list(days), rows.columns) for _monday, days in weeks))


def placed(rows: Rows, marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Return marks on the rows that their days are in, where rows stand for more than a day: without the range that was
    expected of a day, and with the day before a note.
    """
    if not any(row.until for row in rows.rows):
        return tuple(marks)
    spans = [(row.at, row.until or row.at) for row in rows.rows if row.at]
    found = []
    for mark in marks:
        number = bisect_right(spans, mark.day, key=lambda span: span[0]) - 1
        if mark.text and number >= 0 and mark.day <= spans[number][1]:
            text = mark.text if mark.is_unusual else f"{label_of(mark.day)}: {mark.text}"
            found.append(Mark(spans[number][0], text, mark.is_unusual))
    return tuple(found)


def _week(days: Sequence[Row], columns: Sequence[Column]) -> Row:
    over = [day for day in days if not day.is_open] or days
    values = []
    for number, column in enumerate(columns):
        known = [day.values[number] for day in (over if column.over is Over.MEAN else days)]
        values.append(_together([value for value in known if value is not None], column.over))
    return Row(label_of(days[0].at), tuple(values), days[0].at, until=days[-1].at, is_open=days[-1].is_open)  # type: ignore[arg-type]


def _together(values: Sequence[Any], over: Over | None) -> Any:
    if not values:
        return None
    if over is Over.LAST:
        return values[-1]
    return sum(values) if over is Over.SUM else round(sum(values) / len(values), 1)
