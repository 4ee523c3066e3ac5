"""What was paid and given back on each site day, by currency, from the ledger of payments. Minor units, never added across
currencies.
"""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from accounts.models import Payment, PaymentKind
from analytics.platform.members import after, timezone_of_site
from stats.windows import midnight

Money = dict[str, dict[str, int]]
NAMES = ("payments_minor", "transactions", "refunds_minor", "refunds")


def by_day(first: date, last: date) -> dict[date, Money]:
    """Return payments and refunds of each site day that had any, by currency. One query."""
    rows = (
        Payment.objects.filter(at__gte=midnight(first, settings.TIME_ZONE), at__lt=after(last))
        .values_list(TruncDate("at", tzinfo=timezone_of_site()), "currency", "kind")
        .annotate(Sum("amount_minor"), Count("pk"))
        .order_by()
    )
    found: dict[date, Money] = {}
    for day, currency, kind, minor, number in rows:
        of = found.setdefault(day, {}).setdefault(currency, dict.fromkeys(NAMES, 0))
        names = NAMES[:2] if kind == PaymentKind.PAYMENT else NAMES[2:]
        of[names[0]], of[names[1]] = int(minor), number
    return found


def together(days: Iterable[Money]) -> Money:
    """Return the sums of several days by currency."""
    found: Money = {}
    for day in days:
        for currency, sums in day.items():
            of = found.setdefault(currency, dict.fromkeys(NAMES, 0))
            for name, value in sums.items():
                of[name] += value
    return found
