"""What was paid, against a sum over the payments that were told."""

from collections import defaultdict
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Payment, Plan
from analytics.revenue.queries import Summary, by_day, currencies
from analytics.revenue.takings import Sold, Takings, Till
from stats import windows
from stats.windows import DAY, Window
from tests.analytics.revenue.telling import MOMENT, Said, Told, at, make_member, pay
from tests.factories import make_plans, make_user

pytestmark = pytest.mark.django_db
HOURS = 24 * 60
NOW = at(HOURS) + MOMENT

runs = count()
"""The ledger keeps what earlier runs of a test wrote, so each run has currencies of its own."""

payments = st.lists(
    st.tuples(
        st.integers(0, HOURS), st.integers(1, 5000), st.sampled_from(["EUR", "EUR", "USD"]), st.integers(0, 2),
        st.sampled_from(["", "NL", "BE"]), st.integers(0, 100),
        st.sampled_from([("refund", ""), ("refund", "refund_failed"), ("dispute", ""), ("dispute", "dispute_won")]),
    ),
    max_size=12,
)  # fmt: skip
spans = st.one_of(
    st.tuples(st.integers(0, HOURS), st.integers(1, 900)).map(
        lambda hours: Window(at(hours[0]) + MOMENT, at(hours[0] + hours[1]), "UTC")
    ),
    st.tuples(st.integers(0, 60), st.integers(0, 30)).map(
        lambda days: windows.between(at(24 * days[0]).date(), at(24 * (days[0] + days[1])).date(), NOW, "UTC")
    ),
    st.sampled_from(["24h", "7d", "30d", "1y", "all"]).map(lambda name: windows.named(name, NOW, "UTC")),
)


@pytest.fixture
def plans(db):
    make_plans()
    return list(Plan.objects.order_by("pk"))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=payments, asked=st.lists(spans, min_size=2, max_size=2))
def test_what_was_paid_is_the_sum_of_the_ledger(plans, drawn, asked):
    known = set(Payment.objects.values_list("pk", flat=True))
    ana, run = make_member(), next(runs)
    currencies_of_run = {name: f"{name[0]}{chr(65 + run // 26)}{chr(65 + run % 26)}" for name in ("EUR", "USD")}
    for hour, minor, name, plan, country, back, (kind, undoing) in drawn:
        currency = currencies_of_run[name]
        sold = {"plan": plans[plan]} if plan else {"product": "course"}
        paid = pay(ana, minor, at(hour), currency=currency, country=country, **sold)
        if back and minor * back // 100 and hour + back <= HOURS:
            given_back = {name: value for name, value in sold.items() if name == "product"}
            moved = {"of": paid, "currency": currency, **given_back}
            gone = pay(ana, minor * back // 100, at(hour + back), kind=kind, **moved)
            if undoing and hour + 2 * back <= HOURS:
                pay(ana, gone.amount_minor, at(hour + 2 * back), kind=undoing, undoes=gone, **moved)
    rows = [one for one in Payment.objects.select_related("refund_of") if one.pk not in known]

    for window in asked:
        before = windows.before(window)
        for currency in currencies_of_run.values():
            till = Till(window, currency, NOW, before)
            assert till.total == recount(rows, currency, window)[""]
            assert till.total_before == (recount(rows, currency, before)[""] if before else Takings())
            assert without_nothing(till.by_day()) == without_nothing(
                recount(rows, currency, window, lambda one, _: one.at.date())
            )
            assert without_nothing(till.by_sold) == without_nothing(
                recount(rows, currency, window, lambda one, of: Sold(one.product, one.plan_id or of.plan_id or 0))
            )
            assert without_nothing(till.by_country()) == without_nothing(
                recount(rows, currency, window, lambda one, of: one.country or of.country)
            )
            assert sum(part.net_minor for part in till.by_step_and_sold("m").values()) == till.total.net_minor


def recount(rows, currency, window, key=lambda _one, _of: ""):
    found = defaultdict(Takings)
    for one in rows:
        if one.currency == currency and window.start_at <= one.at < min(window.end_at, NOW + MOMENT):
            sign = {"payment": 0, "refund": 1, "dispute": 1, "refund_failed": -1, "dispute_won": -1}[one.kind]
            told = Takings(0, sign, 0, sign * one.amount_minor) if sign else Takings(1, 0, one.amount_minor, 0)
            named = key(one, one.refund_of or one)
            found[named] = found[named].plus(told)
    return found


def without_nothing(parts):
    """Return the parts of which anything is left: what was given back and came again on the same day is none."""
    return {key: takings for key, takings in parts.items() if any(takings)}


def test_a_refund_may_be_more_than_what_came_in(plans):
    ana = make_user()
    pay(ana, 600, at(30), of=pay(ana, 600, at(1)))

    total = Till(Window(at(24), at(48), "UTC"), "EUR", NOW).total

    assert (total.net_minor, total.average_minor) == (-600, None)


def test_the_headline_figures_of_a_month(plans, django_assert_max_num_queries):
    told, now = Told(), at(24 * 45)
    people = [make_user() for _ in range(4)]
    for number, user in enumerate(people):
        told.tell(
            user,
            plans,
            [Said(at(number), 7200 if number else 16_800, at(24 * 30 + number) if number == 3 else at(HOURS * 9))],
        )
        pay(user, 1400 if not number else 600, at(24 * 20), plan=plans[1])
    pay(people[0], 400, at(24 * 21), of=pay(people[0], 1400, at(24 * 20)))

    with django_assert_max_num_queries(6):
        summary = Summary(windows.named("30d", now, "UTC"), "EUR", now, lambda: 10)
        found = (
            summary.mrr_minor, summary.arr_minor, summary.customers, summary.arppu_minor, summary.arpu_minor,
            summary.customer_churn, summary.net_retention, summary.ltv_minor, summary.takings,
        )  # fmt: skip

    assert found == (
        1400 + 600 * 2, 16_800 + 7200 * 2, 3, round(2600 / 3), 260, 25.0, 81.25, round(2600 / 3 * 4),
        Takings(5, 1, 1400 * 2 + 600 * 3, 400),
    )  # fmt: skip


def test_days_of_all_currencies(plans):
    told, ana = Told(), make_user()
    told.tell(ana, plans, [Said(at(30), 7200, at(HOURS * 2))])
    pay(ana, 600, at(31))
    pay(ana, 900, at(50), currency="USD", product="course")

    found = by_day(at(0).date(), at(72).date(), at(80))

    assert currencies(NOW) == ["EUR", "USD"]
    assert {day.day: sorted(by_currency) for day, by_currency in found.items()} == {
        2: ["EUR"],
        3: ["EUR", "USD"],
        4: ["EUR"],
    }
    assert found[at(30).date()]["EUR"].rate == 7200
    assert found[at(50).date()]["USD"].takings == Takings(1, 0, 900, 0)
    assert found[at(50).date() + DAY]["EUR"].takings == Takings()
    assert at(72).date() - timedelta(days=1) in found
