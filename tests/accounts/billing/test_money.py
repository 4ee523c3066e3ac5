"""Amounts of money in words."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
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


@pytest.mark.parametrize(("text", "currency", "minor"), [
    ("9.99", "EUR", 999), ("9.99 EUR", "EUR", 999), ("eur 9.99", "EUR", 999), ("€9.99", "EUR", 999), (" 9 € ", "EUR", 900),
    ("9.9", "EUR", 990), ("0", "EUR", 0), ("007", "EUR", 700), ("1,234.50", "EUR", 123_450), ("600", "JPY", 600),
    ("1,234,567 JPY", "JPY", 1_234_567), ("1.234", "KWD", 1_234), ("0.001 KWD", "KWD", 1), ("12", "KWD", 12_000),
    ("90071992547409.93", "EUR", 9_007_199_254_740_993),
])  # fmt: skip
def test_what_people_type_is_read_exactly(text, currency, minor):
    assert money.read(text, currency, most_minor=10**16) == (minor, currency)


@pytest.mark.parametrize(("text", "currency", "code", "words"), [
    ("9.999", "EUR", "too_many_places", "EUR has 2 decimal places."),
    ("9.990", "EUR", "too_many_places", "EUR has 2 decimal places."),
    ("600.0", "JPY", "too_many_places", "JPY has no decimal places."),
    ("1.2345", "KWD", "too_many_places", "KWD has 3 decimal places."),
    ("9.99 USD", "EUR", "mixed_currency", "This is USD, and has to be EUR."),
    ("$9.99", "EUR", "mixed_currency", "This is USD, and has to be EUR."),
    ("€9.99 USD", "", "mixed_currency", "These are two currencies: EUR, USD."),
    ("9.99", "", "no_currency", "Say the currency, too: 9.99 EUR."),
    ("10000.01", "EUR", "out_of_range", "It has to be between 0.01 EUR and 10000.00 EUR."),
    ("0", "EUR", "out_of_range", "It has to be between 0.01 EUR and 10000.00 EUR."),
    ("9" * 5000, "EUR", "out_of_range", "It has to be between 0.01 EUR and 10000.00 EUR."),
    ("9,99", "EUR", "invalid", "“9,99” is no amount. Write it like 9.99 EUR."),
    *((text, "JPY", "invalid", f"“{text}” is no amount. Write it like 999 JPY.") for text in (
        "", "-1", "+1", "1e3", "1 000", "12,34", "1.2.3", ".5", "5.", "nan", "٣", "1_0", "EURO 5", "0x1", "1,2345",
    )),
])  # fmt: skip
def test_what_is_no_such_amount_is_refused_in_words(text, currency, code, words):
    with pytest.raises(ValidationError) as refused:
        money.read(text, currency, least_minor=1, most_minor=1_000_000)

    assert (refused.value.code, refused.value.messages) == (code, [words])


@given(
    st.integers(0, 10**15),
    st.sampled_from(["EUR", "USD", "GBP", "JPY", "KWD", "CHF"]),
    st.sampled_from(["en", "de", "de-ch", "fr"]),
)
def test_what_is_written_is_read_as_the_same(minor, currency, language):
    with translation.override(language):
        for text in (money.written(minor, currency), money.typed(minor, currency)):
            assert money.read(text, currency, most_minor=10**15) == money.read(text, most_minor=10**15)
            assert money.read(text, most_minor=10**15) == (minor, currency)
