"""The demo's year of money: made once, by the real services, and it adds up."""

import pytest

from accounts import demo
from accounts.billing import renewing
from accounts.models import Payment, Subscription, SubscriptionChange, User
from tests.accounts.billing.acting import changes, revenue
from tests.accounts.billing.conftest import NOW

pytestmark = pytest.mark.django_db


def test_the_year_adds_up_and_is_made_once(plans, settings):
    settings.BILLING_GATEWAY = ""
    demo.make({}, NOW)
    people, rows = User.objects.count(), Payment.objects.count()
    demo.make({}, NOW)

    assert (User.objects.count(), Payment.objects.count()) == (people, rows) == (len(demo.PATRONS), rows)
    rates = sum(one.run_rate for one in Subscription.objects.running())
    lines = SubscriptionChange.objects.all()
    assert rates == sum(line.run_rate_after - line.run_rate_before for line in lines) > 0
    assert revenue() == sum(payment.signed_minor for payment in Payment.objects.all()) > 0
    assert not lines.filter(at__gt=NOW).exists()
    assert not Payment.objects.filter(at__gt=NOW).exists()
    assert not renewing.due(NOW).exists()


def test_the_fates_are_lived(plans):
    demo.make({}, NOW)

    told = {patron.username: set(changes(User.objects.get(username=patron.username))) for patron in demo.PATRONS}
    ends = {
        demo.LEAVES: {"cancel_planned", "cancelled"}, demo.RISES: {"upgraded"}, demo.SINKS: {"downgraded"},
        demo.FAILS: {"past_due", "expired"}, demo.REGRETS: {"reverted"}, demo.STAYS: {"started"},
    }  # fmt: skip
    for patron in demo.PATRONS:
        assert ends[patron.fate] <= told[patron.username], patron
