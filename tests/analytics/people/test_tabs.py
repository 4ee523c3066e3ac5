"""The other tabs: every number is that of a separate recount, and each is for whom it is meant."""

import re
from collections import Counter
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine

from accounts import entitlements, queries, subscriptions
from accounts.models import Plan, User
from accounts.roles import Role
from accounts.staffing import StaffRole
from analytics.people import filters, overview, subscribers
from gamification.models import Player
from stats.models import ActorDay
from tests.analytics.events import guest, watch
from tests.analytics.people.world import DAY, client_of, given, paying, staff
from tests.config.markup import inline_parts
from tests.factories import make_item, make_plans, make_user

NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)
TABS = {
    "": {"admin", "support", "analyst", "moderator", "finance"},
    "subscribers/": {"admin", "support", "analyst", "finance"},
    "overview/": {"admin", "analyst", "finance"},
    "possible/": {"admin", "analyst", "finance"},
}


@pytest.fixture
def now(db):
    make_plans()
    with time_machine.travel(NOW, tick=False):
        yield NOW


def text_of(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.mark.parametrize("role", list(StaffRole))
def test_each_tab_is_for_whom_it_is_meant(now, role):
    browser = client_of(staff(role))

    for tab, allowed in TABS.items():
        response = browser.get(f"/admin/people/{tab}")
        assert response.status_code == (200 if role.value in allowed else 403), (tab, role)
        if response.status_code == 200:
            offered = set(re.findall(r'href="/admin/people/(\w*/?)"', response.content.decode()))
            assert {one for one in TABS if role.value in TABS[one]} <= offered | {""}
            assert not {one for one in TABS if one and role.value not in TABS[one]} & offered
            assert inline_parts(response.content.decode()) == []


def history(now):
    """Subscribers of all kinds, two of whom came back."""
    paying(make_user("payer"), Role.PREMIUM, now - 10 * DAY)
    paying(make_user("second"), Role.SUBSCRIBER, now - 3 * DAY, status="trialing")
    paying(make_user("late"), Role.SUBSCRIBER, now - 32 * DAY, days=30, status="past_due")
    paying(make_user("leaver"), Role.PREMIUM, now - 25 * DAY, cancel_at_period_end=True)
    given(make_user("gift"), Role.PREMIUM, 300, now - 100 * DAY)
    given(make_user("soon"), Role.SUBSCRIBER, 104, now - 100 * DAY)
    given(make_user("ran-out"), Role.SUBSCRIBER, 95, now - 100 * DAY)  # nobody has closed it
    closed = make_user("closed")
    given(closed, Role.SUBSCRIBER, 10, now - 20 * DAY)
    subscriptions.expire_over(now - 5 * DAY)
    back = make_user("back")
    given(back, Role.PREMIUM, 60, now - 40 * DAY)
    subscriptions.cancel(back, at_period_end=False, now=now - 9 * DAY)
    given(back, Role.PREMIUM, 60, now - 8 * DAY)
    given(make_user("long-gone"), Role.PREMIUM, 10, now - 200 * DAY)
    subscriptions.expire_over(now - 150 * DAY)
    make_user("never")


def test_granting_subscriptions_are_told_in_two_parts(now):
    history(now)
    moving = paying(make_user("moving"), Role.PREMIUM, now - 31 * DAY)
    moving.next_plan, moving.next_period_end = Plan.objects.get(role="subscriber"), now + 30 * DAY
    moving.save()

    whole = list(queries.granting_plans(now).values_list("user", "granting"))
    within, after = (list(part.values_list("user", "granting")) for part in queries.granting_parts(now))
    counted = Counter()
    for plan, people in queries.people_by_plan(queries.granting_parts(now)):
        counted[plan] += people

    assert sorted(within + after) == sorted(whole)
    assert {user for user, _plan in after} == {moving.user_id, User.objects.get(username="late").pk}
    assert (moving.user_id, moving.next_plan_id) in after
    assert counted == Counter(plan for _user, plan in whole)


def names(query: str) -> set[str]:
    people = filters.people(filters.read_query(query), NOW, by_address=True)
    return set(people.values_list("username", flat=True))


def test_subscribers_are_those_to_whom_a_role_is_granted_now(now):
    history(now)

    told = subscribers.overview(now)

    roles = {user.username: entitlements.role_of(user, now) for user in User.objects.all()}
    holding = {name for name, role in roles.items() if role is not Role.FREE}
    assert told.people == len(holding) == 7
    assert {line.plan.key: line.people for line in told.lines} == {
        "subscriber": sum(roles[name] is Role.SUBSCRIBER for name in holding),
        "premium": sum(roles[name] is Role.PREMIUM for name in holding),
    }
    for line in told.lines:
        assert line.paying + line.trialing + line.comped + line.past_due == line.people
        assert names(f"plan={line.plan.key}") == {name for name in holding if roles[name].value == line.plan.role}


def test_who_came_and_who_left_are_the_lists_behind_the_numbers(now):
    history(now)

    told = subscribers.overview(now)

    days = f"{told.first}", f"{told.last}"
    new = names(f"subscribed_from={days[0]}&subscribed_to={days[1]}")
    left = names(f"left_from={days[0]}&left_to={days[1]}")
    assert new == {"payer", "second", "leaver", "closed", "back"}
    assert left == {"ran-out", "closed", "back"}
    assert (told.new, told.left) == (len(new), len(left))
    assert told.soon == len(names("ends=7")) == len({"soon", "leaver", "late"})
    assert told.month == len(names("ends=30"))
    assert told.past_due == len(names("subscription=past_due")) == 1


def test_the_subscribers_page_shows_them_in_few_queries(now, django_assert_max_num_queries):
    history(now)
    browser = client_of(staff(StaffRole.FINANCE))
    browser.get("/admin/people/subscribers/")

    with django_assert_max_num_queries(12):
        said = text_of(browser.get("/admin/people/subscribers/"))

    assert "Subscribers now 7" in said
    assert "Left in 30 days 3" in said


def test_a_plan_that_nobody_has_is_there_with_nobody(now):
    told = subscribers.overview(now)

    assert [(line.plan.key, line.people) for line in told.lines] == [("subscriber", 0), ("premium", 0)]
    assert told.people == 0


def test_the_overview_adds_up_to_a_recount(now):
    root = staff(StaffRole.ADMIN)
    item = make_item(make_user("maker", created_at=now - 90 * DAY))
    for number in range(12):
        user = make_user(f"m{number}", created_at=now - number * 7 * DAY, is_active=number != 4)
        if number % 2:
            watch(user, item, now - number * DAY)
        if number % 3 == 0:
            standing = {"xp": number * 100, "level": max(1, number)}
            Player.objects.update_or_create(actor=user.uuid, defaults=standing)
    given(User.objects.get(username="m3"), Role.PREMIUM, 30, now)
    watch(guest("somebody"), item, now)

    told = overview.overview(now)

    people = User.objects.all()
    assert told.members == people.count() == 14
    assert told.deactivated == 1
    for bars in (told.roles, told.activity, told.levels):
        for bar in bars:
            assert bar.people == len(names(bar.query)), bar
    assert sum(bar.people for bar in told.roles) == sum(bar.people for bar in told.levels) == 14
    for day in told.days:
        assert day.joined == sum(user.created_at.date() == day.day for user in people)
        rows = ActorDay.objects.filter(day=day.day, acts__gt=0, actor__in=[user.uuid for user in people])
        assert day.active == rows.count()
    assert told.active_today == told.days[-1].active == 0
    assert told.days[-1].day == now.date()
    assert dict(told.eight)[next(stat for stat, _value in told.eight if stat.column == "plays")] == 7
    assert root in people


def test_the_overview_takes_few_queries(now, django_assert_max_num_queries):
    browser = client_of(staff(StaffRole.ANALYST))
    make_user("ilse")
    browser.get("/admin/people/overview/")

    with django_assert_max_num_queries(15):
        response = browser.get("/admin/people/overview/")

    assert "Members 2" in text_of(response)


def test_every_metric_of_the_platform_is_there_and_found_by_a_word(now):
    browser = client_of(staff(StaffRole.ANALYST))

    everything, found, nothing = (
        text_of(browser.get(f"/admin/people/possible/{query}")) for query in ("", "?q=SHARE+rate", "?q=xyzzy")
    )

    assert len(re.findall("metrics", everything))
    assert "Share rate" in found
    assert "Completion rate" not in found
    assert "No metric has this in its name" in nothing
    assert browser.get("/admin/people/possible/?q=" + "a" * 300).status_code == 400
    assert browser.get("/admin/people/possible/?p=1").status_code == 400
