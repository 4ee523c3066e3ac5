"""Subscriptions: each change in the row, the ledger and the log, and roles by the clock."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import entitlements, horizon, standing, subscriptions, upgrades
from accounts.features import Feature
from accounts.models import (
    FeatureGrant,
    GrantedBy,
    Plan,
    RequestState,
    Status,
    Subscription,
    SubscriptionChange,
    UpgradeRequest,
    User,
)
from accounts.roles import Role
from accounts.subscriptions import NotRunning
from accounts.tasks import expire_subscriptions
from stats import queries
from tests.factories import api_client, make_plans, make_staff, make_user

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def plans():
    make_plans()


@pytest.fixture
def ana():
    return make_user("ana")


def fresh(user):
    return User.objects.get(pk=user.pk)


def changes(user):
    return list(SubscriptionChange.objects.filter(user=user).order_by("pk").values_list("change", flat=True))


def test_seeding_again_makes_no_second_plan():
    make_plans()

    assert list(Plan.objects.values_list("role", "price_minor")) == [
        ("free", 0),
        ("subscriber", 600),
        ("premium", 1400),
    ]


def test_without_a_subscription_one_is_free(ana):
    assert entitlements.role_of(ana) is Role.FREE
    assert entitlements.role_of(None) is Role.FREE


def test_starting_gives_the_role_for_the_days(ana):
    now = timezone.now()

    subscription = subscriptions.upgrade_subscription(ana, Role.PREMIUM, 30, now=now)

    assert subscription.current_period_end == now + timedelta(days=30)
    assert entitlements.role_of(ana, now) is Role.PREMIUM
    assert changes(ana) == ["started"]


def test_one_second_past_the_end_one_is_free_though_no_task_ran(ana):
    subscription = subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 1)
    end = subscription.current_period_end

    assert entitlements.role_of(fresh(ana), end - SECOND) is Role.SUBSCRIBER
    assert entitlements.role_of(fresh(ana), end) is Role.FREE
    assert not entitlements.has_feature(fresh(ana), Feature.HD_STREAMING, end + SECOND)
    assert Subscription.objects.get().status == Status.ACTIVE


def test_the_task_closes_what_is_over_once(ana):
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 1, now=timezone.now() - timedelta(days=2))

    assert [expire_subscriptions(), expire_subscriptions()] == [1, 0]
    assert Subscription.objects.get().status == Status.EXPIRED
    assert changes(ana) == ["started", "expired"]


def test_the_same_role_again_adds_the_days(ana):
    first = subscriptions.upgrade_subscription(ana, Role.PREMIUM, 30)

    second = subscriptions.upgrade_subscription(ana, Role.PREMIUM, 10)

    assert second.pk == first.pk
    assert second.current_period_end - first.current_period_end == timedelta(days=10)
    assert changes(ana) == ["started", "extended"]


def test_another_role_begins_at_once(ana):
    now = timezone.now()
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 300, now=now)

    upgraded = subscriptions.upgrade_subscription(ana, Role.PREMIUM, 30, now=now)

    assert upgraded.current_period_end == now + timedelta(days=30)
    assert entitlements.role_of(ana, now) is Role.PREMIUM
    assert SubscriptionChange.objects.latest("pk").role_before == "subscriber"


def test_a_downgrade_waits_for_the_end_and_comes_by_the_clock(ana):
    end = subscriptions.upgrade_subscription(ana, Role.PREMIUM, 10).current_period_end

    subscriptions.downgrade(ana, Role.SUBSCRIBER, 5)

    roles = [entitlements.role_of(fresh(ana), end + delta) for delta in (-SECOND, SECOND, timedelta(days=5))]
    assert roles == [Role.PREMIUM, Role.SUBSCRIBER, Role.FREE]
    assert subscriptions.expire_over(end + SECOND) == 1
    assert entitlements.role_of(fresh(ana), end + SECOND) is Role.SUBSCRIBER
    assert changes(ana) == ["started", "downgrade_planned", "downgraded"]


def test_a_cancelled_plan_lasts_to_its_end(ana):
    end = subscriptions.upgrade_subscription(ana, Role.PREMIUM, 10).current_period_end

    subscriptions.cancel(ana)

    assert entitlements.role_of(ana) is Role.PREMIUM
    subscriptions.expire_over(end)
    assert Subscription.objects.get().status == Status.CANCELLED
    assert changes(ana) == ["started", "cancel_planned", "cancelled"]


def test_cancelling_now_and_expiring_now_end_the_role(ana):
    bea = make_user("bea")
    for person in (ana, bea):
        subscriptions.upgrade_subscription(person, Role.PREMIUM, 10)

    subscriptions.cancel(ana, at_period_end=False)
    subscriptions.expire(bea)

    assert [entitlements.role_of(fresh(person)) for person in (ana, bea)] == [Role.FREE, Role.FREE]


def test_renewing_takes_a_planned_end_back(ana):
    end = subscriptions.upgrade_subscription(ana, Role.PREMIUM, 10).current_period_end
    subscriptions.cancel(ana)

    renewed = subscriptions.renew(ana, 10)

    assert not renewed.cancel_at_period_end
    assert renewed.current_period_end == end + timedelta(days=10)


@pytest.mark.parametrize("act", [subscriptions.renew, subscriptions.cancel, subscriptions.expire])
def test_nothing_runs_that_could_be_changed(ana, act):
    with pytest.raises(NotRunning):
        act(ana)

    assert not SubscriptionChange.objects.exists()


def test_after_the_end_a_new_subscription_begins(ana):
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 1, now=timezone.now() - timedelta(days=3))

    subscriptions.upgrade_subscription(ana, Role.PREMIUM, 1)

    assert changes(ana) == ["started", "expired", "started"]
    assert entitlements.role_of(ana) is Role.PREMIUM


@pytest.mark.parametrize("days", [0, -5, 10**9])
def test_days_out_of_range_change_nothing(ana, days):
    with pytest.raises(ValueError, match="days"):
        subscriptions.upgrade_subscription(ana, Role.PREMIUM, days)

    assert not Subscription.objects.exists()


@pytest.mark.parametrize("role", [Role.FREE, Role.ADMIN])
def test_only_sold_roles_can_be_given(ana, role):
    with pytest.raises(ValueError, match="not sold"):
        subscriptions.upgrade_subscription(ana, role, 5)


def test_the_database_knows_one_running_subscription_per_member(ana):
    first = subscriptions.upgrade_subscription(ana, Role.PREMIUM, 10)

    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(user=ana, plan=first.plan, current_period_end=first.current_period_end)


def test_the_ledger_cannot_be_changed(ana):
    subscriptions.upgrade_subscription(ana, Role.PREMIUM, 10)

    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        SubscriptionChange.objects.update(role_after="free")


def test_importing_an_administrator_gives_no_staff_rights(ana):
    by = subscriptions.By(GrantedBy.IMPORT)

    subscription = subscriptions.upgrade_subscription(ana, Role.PREMIUM, 10, by=by)

    assert subscription.granted_by == "import"
    assert entitlements.role_of(ana) is Role.PREMIUM


def test_only_staff_administrators_are_admin(ana):
    assert entitlements.role_of(make_staff()) is Role.ADMIN
    assert entitlements.role_of(make_user(is_staff=True)) is Role.FREE
    assert entitlements.role_of(make_user(is_superuser=True)) is Role.FREE
    assert entitlements.role_of(make_staff(is_active=False)) is Role.FREE


def test_using_a_feature_moves_the_first_stat(ana):
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 10)

    entitlements.use(ana, Feature.AD_FREE)

    assert queries.eight_stats(ana.uuid).subscriber_features_used == 1


def test_using_what_one_has_not_moves_nothing(ana):
    with pytest.raises(entitlements.FeatureNotIncluded):
        entitlements.use(ana, Feature.AD_FREE)

    assert queries.eight_stats(ana.uuid).subscriber_features_used == 0


def test_a_granted_feature_can_be_used(ana):
    FeatureGrant.objects.create(user=ana, feature="early_access", expires_at=timezone.now() + SECOND * 60)

    entitlements.use(ana, Feature.EARLY_ACCESS)

    assert queries.eight_stats(ana.uuid).subscriber_features_used == 1


def test_many_members_cost_as_many_queries_as_one(ana, django_assert_num_queries):
    people = [make_user() for _ in range(5)]

    with django_assert_num_queries(2):
        entitlements.load(people)
        assert {entitlements.role_of(person) for person in people} == {Role.FREE}


def test_a_request_is_granted_once(ana):
    staff, plan = make_staff(), Plan.objects.get(key="premium")
    request = upgrades.ask(ana, plan)

    assert [upgrades.grant(request, staff, 30), upgrades.grant(request, staff, 30)] == [True, False]
    assert entitlements.role_of(fresh(ana)) is Role.PREMIUM
    assert changes(ana) == ["started"]


def test_who_asks_twice_has_one_request_for_the_last_plan(ana):
    upgrades.ask(ana, Plan.objects.get(key="premium"))

    request = upgrades.ask(ana, Plan.objects.get(key="subscriber"))

    assert list(ana.upgrade_requests.values_list("plan__key", "state")) == [("subscriber", RequestState.OPEN)]
    assert upgrades.decline(request, make_staff())
    assert entitlements.role_of(ana) is Role.FREE


def test_granting_locks_the_member_first_as_asking_does(ana):
    """The other way round, who asked again while staff granted met them in a deadlock."""
    staff = make_staff()
    upgrades.ask(ana, Plan.objects.get(key="premium"))
    request = UpgradeRequest.objects.select_related("user", "plan").get(user=ana)

    with CaptureQueriesContext(connection) as captured:
        upgrades.grant(request, staff, 30)

    statements = [query["sql"] for query in captured]
    member = next(at for at, sql in enumerate(statements) if 'FROM "accounts_user"' in sql)
    answer = next(at for at, sql in enumerate(statements) if sql.startswith('UPDATE "accounts_upgraderequest"'))
    assert member < answer


def test_no_subscription_runs_for_longer_than_can_be_told_in_every_zone():
    user, ends_at = make_user(), horizon.LATEST - timedelta(days=29)
    subscriptions.upgrade_subscription(user, Role.PREMIUM, 30)
    Subscription.objects.update(current_period_end=ends_at)
    lines = user.subscription_changes.count()

    for act in (
        lambda: subscriptions.extend(user, 30),
        lambda: subscriptions.renew(user, 30),
        lambda: subscriptions.upgrade_subscription(user, Role.PREMIUM, 30),
        lambda: subscriptions.downgrade(user, Role.SUBSCRIBER, 30),
    ):
        with pytest.raises(standing.TooFarAhead):
            act()
    asked = api_client(make_staff()).post(
        f"/api/users/{user.uuid}/upgrade", {"role": "premium", "days": 30}, format="json"
    )

    assert (asked.status_code, asked.json()["code"]) == (400, "value_out_of_range")
    assert Subscription.objects.get().current_period_end == ends_at
    assert user.subscription_changes.count() == lines
    assert subscriptions.extend(user, 29).current_period_end == horizon.LATEST
