"""Money in templates."""

from django import template

from accounts.billing import money as amounts

register = template.Library()


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """Write an amount in the currency's smallest unit for people: €6.00."""
    return amounts.written(amount_minor, currency)
