"""Trials: free, once a person, over by the clock."""

from datetime import timedelta

import pytest

from accounts import entitlements, subscriptions
from accounts.billing import renewing, trials
from accounts.billing.refusals import AlreadySubscribed, NotOffered, NoTrial, TrialUsed
from accounts.models import Plan, Subscription, User
from accounts.roles import Role
from tests.accounts.billing.acting import lines, pay_for, running
from tests.accounts.billing.conftest import NOW
from tests.factories import make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def premium(plans):
    Plan.objects.filter(key="premium").update(trial_days=14)
    return Plan.objects.get(key="premium")


@pytest.fixture
def ana(premium):
    return make_user("ana")


def test_a_trial_gives_the_role_for_its_days_and_brings_nothing(ana, premium, provider):
    trial = trials.start(ana, premium, now=NOW)

    assert trial.status == "trialing"
    assert entitlements.role_of(User.objects.get(), NOW + 14 * DAY - timedelta(seconds=1)) is Role.PREMIUM
    assert entitlements.role_of(User.objects.get(), NOW + 14 * DAY) is Role.FREE
    assert lines(ana) == [("trial_started", 0, 0)]
    assert renewing.run(NOW + 14 * DAY) == {}
    assert provider.net_minor == 0


def test_a_trial_is_had_once(ana, premium):
    trials.start(ana, premium, now=NOW)

    with pytest.raises(AlreadySubscribed):
        trials.start(ana, premium, now=NOW)
    with pytest.raises(TrialUsed):
        trials.start(ana, premium, now=NOW + 20 * DAY)
    assert not trials.may_try(ana)
    assert Subscription.objects.count() == 1


def test_a_trial_becomes_what_is_bought(ana, premium):
    trials.start(ana, premium, now=NOW)

    pay_for(ana, premium, NOW + DAY)

    assert running(ana).status == "active"
    assert lines(ana) == [("trial_started", 0, 0), ("started", 0, 16800)]


def test_a_lesser_plan_may_follow_a_trial_too(ana, premium, plans):
    trials.start(ana, premium, now=NOW)

    pay_for(ana, plans["subscriber"], NOW + DAY)

    assert lines(ana)[-1] == ("started", 0, 7200)


def test_a_trial_can_be_cancelled_and_given_more_time(ana, premium):
    trials.start(ana, premium, now=NOW)

    subscriptions.extend(ana, 7, now=NOW)
    subscriptions.cancel(ana, now=NOW)

    assert running(ana).status == "trialing"
    assert subscriptions.expire_over(NOW + 21 * DAY) == 1
    assert {after for _, _, after in lines(ana)} == {0}


def test_what_cannot_be_tried(ana, plans):
    with pytest.raises(NoTrial):
        trials.start(ana, plans["subscriber"], now=NOW)
    with pytest.raises(NotOffered):
        trials.start(ana, plans["free"], now=NOW)
