"""The log's lines."""

import logging
import sys
from types import SimpleNamespace

import pytest

from config.logs import OneLine


def record(text: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("accounts", logging.WARNING, __file__, 1, text, (), None)
    made.created = 1768658460.0
    vars(made).update(fields)
    return made


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Grüße", "Grüße"),
        ("two\nlines", r"two\nlines"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("line separator \u2028", r"line separator \u2028"),
        ("lone \ud800", r"lone \ud800"),
    ],
)
def test_a_record_is_one_line_whatever_is_in_it(text, shown):
    assert OneLine().format(record(text)) == f"2026-01-17T14:01:00Z WARNING accounts: {shown}"


def test_a_record_of_a_request_ends_with_its_id():
    line = OneLine().format(record("slow", request=SimpleNamespace(request_id="req_1")))

    assert line.endswith("slow [req_1]")


def test_a_traceback_is_set_in_so_that_none_of_its_lines_passes_for_a_record():
    try:
        raise ValueError("bad\n2026-01-17T14:01:00Z ERROR forged: line")
    except ValueError:
        text = OneLine().format(record("failed", exc_info=sys.exc_info()))

    first, *rest = text.splitlines()
    assert first.endswith("WARNING accounts: failed")
    assert rest[-1].startswith("  ")
    assert all(line.startswith("  ") for line in rest)
