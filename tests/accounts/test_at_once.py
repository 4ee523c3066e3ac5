"""What changes the subscriptions of many at once leaves what changing one after the other leaves, in as few queries as for two."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from accounts import at_once, standing, subscriptions
from accounts.models import Plan, Status, Subscription, SubscriptionChange
from accounts.plans import plan_for
from accounts.roles import Role
from stats import ledger, verify
from tests.analytics.people.world import given, paying
from tests.factories import make_plans, make_user

NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)
LATER = NOW + timedelta(days=20)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def world(db):
    make_plans()
    with time_machine.travel(NOW, tick=False):
        yield


def people_of_all_kinds(prefix):
    """Members whose subscriptions stand differently; by LATER some have ended, some go on with another plan."""
    names = ("none", "given", "over", "paying", "past-due", "in-grace", "follows", "followed", "ends", "cancelled")
    people = {name: make_user(f"{prefix}-{name}") for name in names}
    given(people["given"], Role.SUBSCRIBER, 40, NOW)
    given(people["over"], Role.SUBSCRIBER, 10, NOW)
    paying(people["paying"], Role.SUBSCRIBER, NOW)
    paying(people["past-due"], Role.SUBSCRIBER, NOW, 15, status=Status.PAST_DUE)
    paying(people["in-grace"], Role.PREMIUM, NOW, 15)
    for name, days in (("follows", 30), ("followed", 10)):
        given(people[name], Role.PREMIUM, days, NOW)
        subscriptions.downgrade(people[name], Role.SUBSCRIBER, 100, now=NOW)
    given(people["ends"], Role.SUBSCRIBER, 30, NOW)
    subscriptions.cancel(people["ends"], now=NOW)
    given(people["cancelled"], Role.SUBSCRIBER, 30, NOW)
    subscriptions.cancel(people["cancelled"], at_period_end=False, now=NOW)
    return people


def extend(person):
    if standing.current(person, LATER) is not None:
        subscriptions.extend_within(person, 30, by=standing.STAFF, now=LATER)


def upgrade(person):
    subscriptions.upgrade_within(person, plan_for(Role.PREMIUM), 30, by=standing.STAFF, now=LATER)


def twice(person):
    upgrade(person)
    extend(person)


def restore(person):
    """Extend, give a plan, and take both back."""
    running = standing.current(person, LATER)
    before = subscriptions.snapshot_of(running)
    twice(person)
    subscriptions.restore_within(person, before, by=standing.STAFF, now=LATER)


def left(people):
    """Return what the tables say of each, without what differs between any two rows."""
    found = {}
    for name, person in people.items():
        rows = Subscription.objects.filter(user=person).order_by("pk")
        lines = SubscriptionChange.objects.filter(user=person).order_by("pk")
        keys = {row.pk: at for at, row in enumerate(rows)}
        found[name] = (
            [model_to_dict(row, exclude=["id", "user"]) for row in rows],
            [
                model_to_dict(line, exclude=["id", "user", "subscription", "event_id"])
                | {"of": keys[line.subscription_id], "at": line.at}
                for line in lines
            ],
        )
    return found


@pytest.mark.parametrize("act", [extend, upgrade, twice, restore])
def test_many_at_once_are_left_as_one_after_the_other(act):
    single, many = people_of_all_kinds("s"), people_of_all_kinds("m")

    with time_machine.travel(LATER, tick=False):
        for person in single.values():
            with ledger.recording():
                act(person)
        with ledger.recording(), at_once.together(list(many.values())):
            for person in many.values():
                act(person)

    assert left(many) == left(single)
    assert not list(verify.differences())


def test_a_change_says_when_it_was_stored():
    ana = make_user()
    given(ana, Role.SUBSCRIBER, 40, NOW)

    with time_machine.travel(LATER, tick=False), ledger.recording(), at_once.together([ana]):
        extend(ana)

    row = Subscription.objects.get(user=ana)
    assert (row.updated_at, row.created_at) == (LATER, NOW)


def test_what_is_left_by_an_exception_is_not_stored_and_the_next_is_alone_again():
    ana = make_user()
    given(ana, Role.SUBSCRIBER, 40, NOW)
    before = left({"ana": ana})

    with pytest.raises(ZeroDivisionError), ledger.recording(), at_once.together([ana]):
        extend(ana)
        _ = 1 / 0

    assert left({"ana": ana}) == before
    subscriptions.extend(ana, 30, now=NOW)
    assert Subscription.objects.get(user=ana).current_period_end == NOW + 70 * DAY


def test_many_cost_the_queries_of_two():
    people = [make_user() for _ in range(12)]
    for person in people:
        given(person, Role.SUBSCRIBER, 40, NOW)
    plan = Plan.objects.get(role="premium")
    stood = {person: subscriptions.snapshot_of(standing.current(person, NOW)) for person in people}

    def give(person):
        subscriptions.upgrade_within(person, plan, 30, by=standing.STAFF, now=NOW)

    def put_back(person):
        subscriptions.restore_within(person, stood[person], by=standing.STAFF, now=NOW)

    def queries(act, some):
        with CaptureQueriesContext(connection) as told, ledger.recording(), at_once.together(some):
            for person in some:
                act(person)
        return len(told)

    assert queries(give, people[:2]) == queries(give, people[2:])
    assert queries(put_back, people[:2]) == queries(put_back, people[2:])
