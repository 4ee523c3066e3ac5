"""A site that takes money by way of Stripe, without a network."""

import pytest

from accounts.billing.gateways import stripe as gateway
from accounts.models import Plan
from tests.accounts.stripe.edge import SECRET, Edge
from tests.factories import make_plans, make_user


@pytest.fixture
def edge(settings, monkeypatch):
    """Stand where Stripe's library would open a connection."""
    settings.BILLING_GATEWAY, settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "stripe", "sk_test_1", SECRET
    edge = Edge()
    monkeypatch.setattr(gateway, "_http", edge)
    return edge


@pytest.fixture
def plans(db):
    """Return the plans by key."""
    make_plans()
    return {plan.key: plan for plan in Plan.objects.all()}


@pytest.fixture
def ana(db):
    """Return a member."""
    return make_user("ana")
