"""Amounts of money in words. Everywhere else money is a whole number of the currency's smallest unit."""

from decimal import Decimal
from functools import cache

from django.utils import formats
from django.utils.translation import get_language

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
WITHOUT_CENTS = frozenset({
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
})  # fmt: skip
WITH_MILLS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def places(currency: str) -> int:
    """Return how many decimal places a currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    if currency in WITHOUT_CENTS:
        return 0
    return 3 if currency in WITH_MILLS else 2


def major(amount_minor: int, currency: str) -> Decimal:
    """Return an amount in the currency's main unit: 1999 EUR is Decimal('19.99')."""
    return Decimal(amount_minor).scaleb(-places(currency))


def written(amount_minor: int, currency: str, *, is_short: bool = False) -> str:
    """Write an amount for people: '€6.00', '−€1,200.50', '600 JPY'; '€6' if it `is_short` and there are no cents."""
    shown, unit = places(currency), 10 ** places(currency)
    whole, rest = divmod(abs(amount_minor), unit)
    figure = f"{whole:,}" if not shown or (is_short and not rest) else f"{whole:,}.{rest:0{shown}d}"
    figure = figure.translate(_signs(get_language()))
    minus = "\N{MINUS SIGN}" if amount_minor < 0 else ""
    sign = SIGNS.get(currency)
    return f"{minus}{sign}{figure}" if sign else f"{minus}{figure}\N{NO-BREAK SPACE}{currency}"


@cache
def _signs(language: str | None) -> dict[int, str]:
    """Return what a language writes for point and comma: a table has thousands of amounts, formatting each is slow."""
    point, comma = (formats.get_format(f"{name}_SEPARATOR", language) for name in ("DECIMAL", "THOUSAND"))
    return str.maketrans({".": point, ",": comma})
