"""What a course costs, written for people. Pure."""

from django.utils import formats
from django.utils.translation import gettext as _

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def written_price(minor: int, currency: str) -> str:
    """Write a price in hundredths: 'Free', '€ 29', '€ 29.50', 'CHF 12'."""
    if not minor:
        return _("Free")
    figure = formats.number_format(minor / 100, 2 if minor % 100 else 0, force_grouping=True)
    return f"{SIGNS.get(currency, currency)} {figure}"
