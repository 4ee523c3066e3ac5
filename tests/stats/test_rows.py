"""The rows of the inbox: what goes in comes out, on both databases."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stats import fresh, rows


def line(values):
    return ("\t".join(rows.text(None if value is None else str(value)) for value in values) + "\n").encode()


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@given(
    st.lists(st.none() | texts | st.sampled_from(["\\N", "\\.", "\\", "\t\\n\r", "", "\\\\N"]), min_size=1, max_size=6)
)
def test_any_text_survives_a_line(values):
    one = line(values)

    assert rows.values(one) == values
    assert rows.lines(one * 3) == [one] * 3


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=texts | st.sampled_from(["\\N", "\\.", "\\t", "5", "007", "1e5"]))
def test_any_text_survives_the_stage(text):
    values = dict.fromkeys(rows.COLUMNS) | {"label": text, "play_id": text, "data": text, "amount": 7}
    fresh.open_stage(connection)

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM fresh")
        assert fresh.stage(cursor, [line(values.values())]) == 1
        cursor.execute("SELECT label, play_id, data, amount, kind FROM fresh")
        assert cursor.fetchall() == [(text, text, text, 7, None)]
