"""Tables as CSV: streamed, in UTF-8, and with no cell that a spreadsheet would take for a formula (OWASP, CSV injection)."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.text import get_valid_filename

FORMULAS = ("=", "+", "-", "@", "|", "%", ";", "＝", "＋", "－", "＠", "\0")  # after blanks too
BLANKS = ("\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Table:
    """What stands on a page as a table: a title, the heads of its columns, and rows of plain values."""

    key: str
    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Any]]


class Echo:
    """A file that hands back each line instead of keeping it."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def csv_response(name: str, lines: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Answer with lines of values as the file `name`.csv, each sent as it is made."""
    response = StreamingHttpResponse(written(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{get_valid_filename(name)}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def table_response(table: Table, subject: str, window: str, zone: str) -> StreamingHttpResponse:
    """Answer with a table. Its first line says what it is of, the second names the columns."""
    named = f"{table.key}-{window}".replace(" ", "-")
    about = [table.title, subject, window, zone]
    return csv_response(named, _lines(about, table))


def _lines(about: Sequence[str], table: Table) -> Iterator[Sequence[Any]]:
    yield about
    yield table.head
    yield from table.rows


def written(lines: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield each line as text. Texts stand in quotes, so that no other separator splits them."""
    writer = csv.writer(Echo(), quoting=csv.QUOTE_NONNUMERIC)
    for line in lines:
        yield writer.writerow([cell(value) for value in line])


def cell(value: Any) -> Any:
    """Return what stands for a value: numbers plain, instants in ISO 8601, nothing for None, texts never as formulas."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(BLANKS) or text.lstrip().startswith(FORMULAS) else text
