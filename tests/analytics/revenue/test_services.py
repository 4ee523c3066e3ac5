"""Random histories through the real services: what revenue tells is what the ledgers' own lines add up to."""

import random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from accounts.models import Payment, Plan, SubscriptionChange
from analytics.revenue.books import Books
from analytics.revenue.takings import Till
from stats import verify, windows
from stats.fields import MICROSECOND
from tests.accounts.billing.conftest import plans, provider  # noqa: F401 (used by every test here)
from tests.accounts.billing.provider import PROVIDER
from tests.accounts.billing.test_histories import History

pytestmark = pytest.mark.django_db


@settings(
    max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@example(seed=8)
@given(seed=st.integers(0, 2**32))
@pytest.mark.usefixtures("plans")
def test_whatever_happens_revenue_is_what_the_ledgers_say(seed):
    Plan.objects.filter(key="premium").update(trial_days=14)
    with transaction.atomic():
        PROVIDER.clear()
        history = History(random.Random(seed))
        for _ in range(25):
            history.step()
        now = history.now + MICROSECOND
        window = windows.named("all", now, "UTC")

        for currency in ("EUR", "USD"):
            books = Books(window, currency, now)
            lines = list(SubscriptionChange.objects.filter(at__lte=now).order_by("at", "pk"))
            last = {line.subscription_id: line for line in lines}
            held = [one for one in last.values() if one.holds_until > now and one.currency == currency]
            assert books.rate == sum(one.run_rate_after for one in held)
            assert books.rate == sum(sums.rate for sums in books.movements.values())
            paid = Payment.objects.filter(currency=currency)
            assert Till(window, currency, now).total.net_minor == sum(one.signed_minor for one in paid)
        assert verify.differences() == []
        transaction.set_rollback(True)
