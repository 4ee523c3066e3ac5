"""A site that takes money through a provider in memory, and its plans."""

from datetime import UTC, datetime

import pytest

from accounts.models import Plan
from tests.accounts.billing.provider import PROVIDER
from tests.factories import make_plans

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def provider(settings):
    """Take money through the provider in memory."""
    settings.GATEWAYS = {**settings.GATEWAYS, "fake": "tests.accounts.billing.provider.PROVIDER"}
    settings.BILLING_GATEWAY = "fake"
    PROVIDER.clear()
    return PROVIDER


@pytest.fixture
def plans(db):
    """Return the plans by key, with yearly ones and one in another currency beside those of a new site."""
    make_plans()
    Plan.objects.create(key="premium-year", name="Premium, yearly", role="premium", price_minor=14000, interval="year")
    Plan.objects.create(
        key="subscriber-year", name="Subscriber, yearly", role="subscriber", price_minor=6000, interval="year"
    )
    Plan.objects.create(key="premium-usd", name="Premium", role="premium", price_minor=1500, currency="USD")
    return {plan.key: plan for plan in Plan.objects.all()}
