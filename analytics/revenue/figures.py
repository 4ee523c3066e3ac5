"""The headline numbers of revenue, each defined once: what it means, and how it follows from a window's books.

Cards of dashboards, the API and whatever is exported take value and words from these records, so the same number cannot be
computed in two ways. To add one, add a row, and a card that shows it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from analytics.revenue.queries import Summary
from stats.metrics import Unit

Number = int | float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of one currency in one window. `of` answers it; None where there is nothing to divide by.

    `is_compared` says whether the window before has one to compare with.
    """

    key: str
    label: Any
    means: Any
    of: Callable[[Summary], Number]
    unit: Unit = Unit.MONEY
    is_compared: bool = True


MRR = Figure(
    "mrr", _("MRR"),
    _(
        "What all subscriptions that are paid for bring in a month at the end of the window, or now: yearly"
        " prices by twelve, in one currency. Who failed to pay counts until the grace is over; trials, gifts,"
        " imports and what staff granted bring nothing."
    ),
    lambda told: told.mrr_minor,
)  # fmt: skip
ARR = Figure(
    "arr", _("ARR"),
    _(
        "What the subscriptions that are paid for bring in a year at the end of the window, or now, if"
        " nothing changes: the MRR is a twelfth of it."
    ),
    lambda told: told.arr_minor,
)  # fmt: skip
CUSTOMERS = Figure(
    "customers", _("Paying members"),
    _(
        "Members with a subscription that brings something at the end of the window, or now; who failed to"
        " pay until the grace is over. Trials, gifts, imports and what staff granted are none."
    ),
    lambda told: told.customers, Unit.COUNT,
)  # fmt: skip
ARPPU = Figure(
    "arppu", _("MRR per paying member"), _("The MRR for each paying member (ARPPU) at the end of the window."),
    lambda told: told.arppu_minor,
)  # fmt: skip
ARPU = Figure(
    "arpu", _("MRR per active member"),
    _(
        "The MRR at the end of the window for each member who was active in the 30 days that end with its"
        " last day (ARPU)."
    ),
    lambda told: told.arpu_minor, is_compared=False,
)  # fmt: skip
NET = Figure(
    "period_revenue", _("Revenue of the period"),
    _(
        "What was really paid in the window less what was given back in it; subscriptions and courses, one"
        " currency. A refund counts on its own day, and so does what a bank took back."
    ),
    lambda told: told.takings.net_minor,
)  # fmt: skip
REFUNDS = Figure(
    "refunds", _("Given back"),
    _(
        "What was given back in the window, whenever it had been paid: refunds, and what banks took back by disputes."
        " Refunds that failed and disputes that were won are taken off on the day on which the money was there again."
    ),
    lambda told: told.takings.refunded_minor,
)  # fmt: skip
AVERAGE = Figure(
    "average_transaction", _("Average payment"),
    _("What was paid in the window over the number of payments, refunds apart."),
    lambda told: told.takings.average_minor,
)  # fmt: skip
CHURN = Figure(
    "churn_rate", _("Members who left"),
    _(
        "Of the members who paid when the window began, those who do not when it ends, in percent. Who joined"
        " inside the window is in neither; who left and is back has not left."
    ),
    lambda told: told.customer_churn, Unit.PERCENT,
)  # fmt: skip
REVENUE_CHURN = Figure(
    "revenue_churn_rate", _("MRR that was lost"),
    _(
        "Of the MRR at the beginning of the window what is gone at its end: of those who left, and of those"
        " who pay less. In percent; what others pay more is not set against it."
    ),
    lambda told: told.revenue_churn, Unit.PERCENT,
)  # fmt: skip
RETENTION = Figure(
    "net_revenue_retention", _("Net revenue retention"),
    _(
        "What those who paid when the window began bring at its end, in percent of what they brought: more,"
        " less and nothing taken together. Who came since is left out."
    ),
    lambda told: told.net_retention, Unit.PERCENT,
)  # fmt: skip
LIFETIME = Figure(
    "ltv", _("Lifetime value"),
    _(
        "The MRR per paying member over the share of members who leave in 30 days, on average over the three"
        " periods of 30 days that end with yesterday. A dash where nobody left."
    ),
    lambda told: told.ltv_minor, is_compared=False,
)  # fmt: skip

FIGURES = (
    MRR, ARR, CUSTOMERS, ARPPU, ARPU, NET, REFUNDS, AVERAGE, CHURN, REVENUE_CHURN, RETENTION, LIFETIME,
)  # fmt: skip


def values(told: Summary) -> dict[str, Number]:
    """Return every figure by its key, as programs read it: rates with two decimals."""
    return {figure.key: rounded(figure.of(told)) for figure in FIGURES}


def rounded(value: Number) -> Number:
    """Return a rate with two decimals, and an amount as it is."""
    return round(value, 2) if isinstance(value, float) else value
