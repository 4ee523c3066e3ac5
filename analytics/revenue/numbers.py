"""The numbers of revenue in the registry of metrics: for the list of all numbers, the API and exports.

Of several currencies each has its line, and there is no sum.
"""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.revenue.queries import Summary, currencies
from stats.compute import Row, Value
from stats.kinds import Kind
from stats.metrics import Derived, Metric, Privacy, Scope, Subject, Unit
from stats.windows import Window

GROUP, PATH = "Revenue", "analytics.revenue.numbers.answers"
LEDGER, PAID = (Kind.SUBSCRIPTION_CHANGED.value,), (Kind.PAYMENT.value, Kind.REFUND.value)


def _metric(key: str, label: str, unit: Unit, definition: str, kinds: tuple[str, ...] = LEDGER) -> Metric:
    return Metric(
        key, GROUP, label, unit, definition, kinds, Derived(PATH), frozenset({Subject.PLATFORM}), Privacy.STAFF
    )


METRICS = (
    _metric(
        "mrr", "Monthly recurring revenue", Unit.MONEY,
        "What the subscriptions that are paid for bring in a month when the window ends, or now: a month's price, or a twelfth of"
        " a year's. Trials, gifts, imports and what staff granted bring nothing; who failed to pay counts until the grace is over.",
    ),
    _metric(
        "paying_members", "Paying members", Unit.COUNT,
        "The members for whom a subscription is paid when the window ends, or now.",
    ),
    _metric(
        "customer_churn", "Members who left", Unit.PERCENT,
        "Of those who paid when the window began, who do not when it ends. Who came and left inside the window is not among"
        " them, and who left and is back has not left.",
    ),
    _metric(
        "net_revenue_retention", "Net revenue retention", Unit.PERCENT,
        "What those who paid when the window began bring when it ends, in percent of what they brought then. It passes 100 where"
        " upgrades outweigh those who leave.",
    ),
    _metric(
        "lifetime_value", "Lifetime value", Unit.MONEY,
        "The monthly recurring revenue for each paying member, over the share that left in a month: the last three periods of 30"
        " days together. Costs are not taken off. Where nobody left there is none.",
    ),
    _metric(
        "net_revenue", "Revenue of the window", Unit.MONEY,
        "What was paid in the window less what was given back in it, whatever it was for. A refund counts on its own day.", PAID,
    ),
    _metric(
        "average_payment", "Average payment", Unit.MONEY, "What was paid in the window over the number of payments; refunds apart.",
        PAID,
    ),
)  # fmt: skip

FIGURES: dict[str, Callable[[Summary], Any]] = {
    "mrr": lambda one: one.mrr_minor,
    "paying_members": lambda one: one.customers,
    "customer_churn": lambda one: one.customer_churn,
    "net_revenue_retention": lambda one: one.net_retention,
    "lifetime_value": lambda one: one.ltv_minor,
    "net_revenue": lambda one: one.takings.net_minor,
    "average_payment": lambda one: one.takings.average_minor,
}


def answers(keys: frozenset[str], scope: Scope, window: Window) -> dict[str, Value]:
    """Compute some of these numbers of the whole site. A query, and at most six for each currency."""
    now = window.until or timezone.now()
    summaries = [Summary(window, currency, now) for currency in currencies(now)]
    return {key: _value(key, summaries) for key in keys}


def _value(key: str, summaries: list[Summary]) -> Value:
    figure = FIGURES[key]
    note = summaries[0].lifetime.note if key == "lifetime_value" and len(summaries) == 1 else ""
    if len(summaries) == 1:
        value = figure(summaries[0])
        return Value(value, rows=(Row(summaries[0].currency, value, summaries[0].currency),), note=note)
    rows = tuple(Row(one.currency, figure(one), one.currency) for one in summaries)
    return Value(None, rows=rows, note=_("Several currencies are not added up."))
