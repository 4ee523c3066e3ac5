"""Amounts of money in words."""

from decimal import Decimal

import pytest
from django.utils import formats, translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.billing import money


@pytest.mark.parametrize(("minor", "currency", "is_short", "written"), [
    (600, "EUR", False, "€6.00"), (600, "EUR", True, "€6"), (605, "EUR", True, "€6.05"), (0, "EUR", False, "€0.00"),
    (-120_050, "EUR", False, "−€1,200.50"), (-5, "USD", False, "−$0.05"), (600, "JPY", False, "600\xa0JPY"),
    (1_234_567, "KWD", False, "1,234.567\xa0KWD"), (2_000, "KWD", True, "2\xa0KWD"), (99_999_999_999, "GBP", False, "£999,999,999.99"),
])  # fmt: skip
def test_an_amount_is_written_with_its_sign_and_its_places(minor, currency, is_short, written):
    assert money.written(minor, currency, is_short=is_short) == written


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD"]), st.sampled_from(["en", "de"]))
def test_figures_are_as_the_language_formats_them(minor, currency, language):
    with translation.override(language):
        shown = formats.number_format(
            Decimal(abs(minor)).scaleb(-money.places(currency)), money.places(currency), force_grouping=True
        )

        assert shown in money.written(minor, currency)
