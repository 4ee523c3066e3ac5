"""Amounts of money in words, written and read. Everywhere else money is a whole number of the currency's smallest unit."""

import re
from decimal import Decimal
from functools import cache

from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

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


def typed(amount_minor: int, currency: str) -> str:
    """Write an amount as one types it, with the currency's own name, which no other has: '9.99 EUR', '600 JPY'."""
    return f"{major(amount_minor, currency):f} {currency}".translate(_signs(get_language()))


def read(text: str, currency: str = "", *, least_minor: int = 0, most_minor: int) -> tuple[int, str]:
    """Return what somebody typed, exactly, as minor units and the currency. `read(written(…))` and `read(typed(…))` are the same.

    Without a `currency` the text has to name one. Raises ValidationError `invalid`, `no_currency`, `mixed_currency`,
    `too_many_places` or `out_of_range`, in words for who typed it.
    """
    point, comma = (re.escape(sign) for sign in ".,".translate(_signs(get_language())))
    sign = rf"[A-Za-z]{{3}}|{'|'.join(map(re.escape, SIGNS.values()))}"
    figure = rf"(?P<whole>[0-9]+|[0-9]{{1,3}}(?:{comma}[0-9]{{3}})+)(?:{point}(?P<rest>[0-9]+))?"
    told = re.fullmatch(rf"\s*(?P<before>{sign})?\s*{figure}\s*(?P<after>{sign})?\s*", text)
    if told is None:
        like = typed(999, currency or "EUR")
        raise ValidationError(
            _("“%(text)s” is no amount. Write it like %(like)s."), "invalid", {"text": text[:40], "like": like}
        )
    codes = {sign: code for code, sign in SIGNS.items()}
    named = {codes.get(name, name.upper()) for name in (told["before"], told["after"]) if name}
    wanted = {currency} if currency else named
    if not wanted:
        raise ValidationError(
            _("Say the currency, too: %(like)s."), "no_currency", {"like": f"{text.strip()[:40]} EUR"}
        )
    if len(wanted | named) > 1:
        names = {"told": ", ".join(sorted(named)), "wanted": currency}
        raise ValidationError(
            _("This is %(told)s, and has to be %(wanted)s.") if currency else _("These are two currencies: %(told)s."),
            "mixed_currency",
            names,
        )
    [code] = wanted
    rest, shown = told["rest"] or "", places(code)
    if len(rest) > shown:
        words = ngettext("%(code)s has %(places)d decimal place.", "%(code)s has %(places)d decimal places.", shown)
        words = words if shown else _("%(code)s has no decimal places.")
        raise ValidationError(words, "too_many_places", {"code": code, "places": shown})
    digits = re.sub("[^0-9]", "", told["whole"]).lstrip("0") + rest.ljust(shown, "0")
    minor = int(digits or "0") if len(digits) <= len(str(most_minor)) else most_minor + 1
    if not least_minor <= minor <= most_minor:
        bounds = {"least": typed(least_minor, code), "most": typed(most_minor, code)}
        raise ValidationError(_("It has to be between %(least)s and %(most)s."), "out_of_range", bounds)
    return minor, code


@cache
def _signs(language: str | None) -> dict[int, str]:
    """Return what a language writes for point and comma: a table has thousands of amounts, formatting each is slow."""
    point, comma = (formats.get_format(f"{name}_SEPARATOR", language) for name in ("DECIMAL", "THOUSAND"))
    return str.maketrans({".": point, ",": comma})
