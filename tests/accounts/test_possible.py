"""The possible stats of members and subscriptions."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import plans, subscriptions
from accounts.models import GrantedBy, Interval, Plan
from accounts.possible import revenue
from accounts.roles import Role
from accounts.subscriptions import By
from analytics.revenue.books import Books
from stats import compute, windows
from stats.metrics import Scope
from stats.possible import facts
from tests.accounts.billing.acting import pay_for
from tests.accounts.billing.conftest import provider  # noqa: F401 (used by every test here)
from tests.stats import world

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 18, 12, 0, tzinfo=UTC)
GATEWAY = By(GrantedBy.GATEWAY)


def day(month, number):
    return datetime(2025, month, number, 12, tzinfo=UTC)


def told(key, scope=None):
    return compute.compute(compute.registry()[key], scope or Scope.platform(), windows.named("30d", NOW, "UTC"))


def keyed(value):
    return {row.key: row.value for row in value.rows}


@pytest.fixture
def people(db):
    plans.seed()
    return [world.make_member(f"member{number}") for number in range(7)]


def begin(user, start, days=365, role=Role.SUBSCRIBER, by=subscriptions.STAFF):
    return subscriptions.upgrade_subscription(user, role, days, by=by, now=start)


def test_the_month_began_with_some_new_ones_came_some_came_back_and_some_left(people):
    stays, new, back, leaves, ran_out, changed, short = people
    begin(stays, day(1, 5), by=GATEWAY)
    begin(new, day(6, 3), by=GATEWAY)
    begin(back, day(1, 5), days=30)
    subscriptions.expire_over(day(3, 1))
    begin(back, day(6, 4))
    begin(leaves, day(5, 1))
    subscriptions.cancel(leaves, at_period_end=False, now=day(6, 10))
    begin(ran_out, day(5, 1), days=40)
    begin(changed, day(5, 1), role=Role.PREMIUM)
    subscriptions.downgrade(changed, Role.SUBSCRIBER, now=day(6, 2))
    begin(short, day(6, 2))
    subscriptions.cancel(short, at_period_end=False, now=day(6, 5))
    facts.refresh(NOW)

    growth = told("subscriber_growth")

    assert (growth.value, growth.under, growth.as_of) == (0, 4, NOW)
    assert keyed(growth) == {"start": 4, "new": 1, "back": 1, "left": 2, "end": 4, "paid": 0}


def test_a_subscription_that_the_clock_has_ended_is_none_though_no_task_ran(people):
    begin(people[0], day(5, 1), days=20)
    facts.refresh(NOW)

    assert keyed(told("subscriber_growth"))["start"] == 0


def test_revenue_waits_for_payments_and_counts_what_is_paid_for(people):
    ana, ben, cleo, dan, eva, *_ = people
    year = Plan.objects.create(key="year", name="Year", role="premium", price_minor=12_000, interval=Interval.YEAR)
    month, now = Plan.objects.get(key="subscriber"), day(6, 1)
    begin(ben, day(5, 1))
    assert told("subscription_revenue").note == "Waits for payments."

    for user, plan, start in ((ana, month, now), (cleo, year, now), (dan, month, day(1, 1)), (eva, month, now)):
        pay_for(user, plan, start)
    subscriptions.cancel(eva, at_period_end=False, now=day(6, 10))
    facts.refresh(NOW)

    assert told("subscription_revenue").value == 600 + 1000
    assert keyed(told("subscription_revenue")) == {"EUR": 1600}
    assert keyed(told("subscriber_growth"))["paid"] == 2
    assert Books(windows.named("30d", NOW, "UTC"), "EUR", NOW).monthly == 1600


def test_currencies_are_never_added_up():
    value = revenue([("EUR", 600 * 12 + 1200), ("USD", 1200)])

    assert value.value is None
    assert keyed(value) == {"EUR": 700, "USD": 100}


def test_the_theme_is_the_members_and_of_the_site_that_of_active_members(people):
    ana, ben, cleo, *_ = people
    source = world.make_source()
    film = world.make_film()
    for user, theme in ((ana, "dark"), (ben, "dark"), (cleo, "light")):
        user.theme = theme
        user.save()
    active = [(ana, 1), (ben, 27), (cleo, 5), (people[3], 28)]
    world.send(
        [
            world.event("like", film, user=str(user.uuid), occurred_at=world.at(NOW - timedelta(days=days)))
            for user, days in active
        ],
        source.secret,
    )
    facts.refresh(NOW)

    assert [told("theme_preference", Scope.user(one.uuid)).value for one in people[:4]] == [
        "Dark",
        "Dark",
        "Light",
        "As on the device",
    ]
    assert told("theme_preference").value == "Dark"
    assert keyed(told("theme_preference")) == {"dark": 67, "light": 33}
