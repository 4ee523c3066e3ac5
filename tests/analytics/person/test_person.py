"""One member's page: everything on it, for who may see it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import subscriptions
from accounts.models import FeatureGrant, Plan, StaffAction, StaffNote, Subscription
from accounts.roles import Role
from analytics.people import acts, journey
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind
from stats.models import Action, Source
from tests.analytics.person.desk import browser, make_role
from tests.factories import make_item, make_plans, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben():
    make_plans()
    person = make_user("ben")
    subscriptions.upgrade_subscription(person, Role.SUBSCRIBER, 60)
    return person


def address(person, name="person"):
    return reverse(f"desk:{name}", args=[person.uuid])


def test_the_page_tells_who_it_is_what_they_have_and_what_staff_noted(ben):
    StaffNote.objects.create(person=ben, by=make_staff("ana"), text="Called twice.")

    page = browser(make_staff("eve")).get(address(ben)).content.decode()

    for told in ("ben@example.org", str(ben.uuid), "Subscriber", "Started", "Called twice.", "Extend by 30 days"):
        assert told in page


def test_the_page_costs_few_queries_for_every_kind_of_staff(ben, django_assert_max_num_queries):
    for role in ("support", "analyst", "moderator", "finance", "admin"):
        client = browser(make_role(role))
        client.get(address(ben))  # once a minute the session notes where it was used
        with django_assert_max_num_queries(15):
            assert client.get(address(ben)).status_code == 200
        for part in ("person-game", "person-journey", "person-record"):
            with django_assert_max_num_queries(12):
                assert client.get(address(ben, part), headers={"HX-Request": "true"}).status_code in {200, 403}


def test_who_may_not_see_addresses_sees_them_masked(ben):
    ben.email = "benedict@long-domain.example"
    ben.save()

    page = browser(make_role("analyst")).get(address(ben)).content.decode()

    assert "benedict" not in page
    assert "long-domain" not in page
    assert "b•••@•••.example" in page


def test_who_has_no_business_with_money_sees_none(ben):
    support = browser(make_role("support")).get(address(ben)).content.decode()
    finance = browser(make_role("finance")).get(address(ben)).content.decode()
    moderator = browser(make_role("moderator")).get(address(ben)).content.decode()

    assert 'id="payments"' not in support
    assert 'id="payments"' in finance
    assert 'id="subscription"' not in moderator


def test_extending_moves_the_end_leaves_the_run_rate_and_is_noted(ben):
    before = Subscription.objects.get(user=ben)
    staff = make_role("support")

    answer = browser(staff).post(address(ben, "person-subscription"), {"act": "extend", "days": 30, "reason": "asked"})

    after = Subscription.objects.get(user=ben)
    change = ben.subscription_changes.latest("id")
    line = StaffAction.objects.get(what="subscription.extended")
    assert answer.status_code == 302
    assert after.current_period_end - before.current_period_end == timedelta(days=30)
    assert change.run_rate_before == change.run_rate_after
    assert change.by_user == staff
    assert (line.by, line.person, line.detail["days"], line.detail["reason"]) == (staff, ben, 30, "asked")
    assert line.detail["ends_before"] == before.current_period_end.isoformat()


def test_pressing_a_button_twice_does_it_once(ben):
    version = acts.version_of(ben)
    client = browser(make_role("support"))

    for _time in range(2):
        client.post(address(ben, "person-subscription"), {"act": "premium", "days": 30, "seen": version})

    assert ben.subscription_changes.count() == 2
    assert StaffAction.objects.filter(what="subscription.upgraded").count() == 1


def test_what_is_refused_changes_and_notes_nothing():
    make_plans()
    free, client = make_user("free"), browser(make_role("support"))

    for form in (
        {"act": "extend", "days": 30},
        {"act": "extend", "days": 0},
        {"act": "extend", "days": 10**9},
        {"act": "eat"},
    ):
        answer = client.post(address(free, "person-subscription"), form, follow=True)
        assert "is-error" in answer.content.decode()

    assert not StaffAction.objects.exclude(what="staff.roles_changed").exists()
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("act", "change", "what"),
    [
        ("subscriber", "extended", "subscription.upgraded"),
        ("premium", "upgraded", "subscription.upgraded"),
        ("cancel_at_end", "cancel_planned", "subscription.cancel_planned"),
        ("cancel_now", "cancelled", "subscription.cancelled"),
        ("expire", "expired", "subscription.expired"),
    ],
)
def test_each_act_on_a_subscription_writes_its_two_lines(ben, act, change, what):
    browser(make_role("support")).post(address(ben, "person-subscription"), {"act": act, "days": 10})

    assert ben.subscription_changes.latest("id").change == change
    assert StaffAction.objects.filter(what=what, person=ben).count() == 1


def test_a_planned_end_is_taken_back(ben):
    client = browser(make_role("support"))
    client.post(address(ben, "person-subscription"), {"act": "cancel_at_end"})

    client.post(address(ben, "person-subscription"), {"act": "keep"})

    assert not Subscription.objects.get(user=ben).cancel_at_period_end


def test_a_feature_is_given_taken_and_left_to_the_plan(ben):
    client = browser(make_role("support"))

    client.post(address(ben, "person-grant"), {"feature": "ad_free", "how": "denied", "days": 3, "text": "Abuse."})
    row = FeatureGrant.objects.get(user=ben)
    assert (row.granted, row.note) == (False, "Abuse.")
    assert row.expires_at - timezone.now() < timedelta(days=3)
    client.post(address(ben, "person-grant"), {"feature": "ad_free", "how": "granted"})
    assert FeatureGrant.objects.get(user=ben).granted
    client.post(address(ben, "person-grant"), {"feature": "ad_free", "how": "plan"})
    assert not FeatureGrant.objects.exists()

    told = list(StaffAction.objects.filter(person=ben).order_by("id").values_list("what", flat=True))
    assert told == ["feature.denied", "feature.granted", "feature.reset"]


def test_who_is_kept_out_is_out_at_once_and_may_come_back(ben):
    theirs, staff = browser(ben), browser(make_role("support"))

    staff.post(address(ben, "person-state"), {"active": "0", "reason": "spam"})
    assert theirs.get(reverse("accounts:profile")).status_code == 302
    staff.post(address(ben, "person-state"), {"active": "1"})

    ben.refresh_from_db()
    assert ben.is_active
    assert StaffAction.objects.get(what="member.deactivated").detail == {"reason": "spam"}


@pytest.mark.parametrize("who", ["self", "colleague", "superuser"])
def test_support_keeps_nobody_of_the_staff_out(who):
    support = make_role("support")
    whom = {"self": support, "colleague": make_role("finance"), "superuser": make_staff()}[who]

    browser(support).post(address(whom, "person-state"), {"active": "0"})

    whom.refresh_from_db()
    assert whom.is_active


def test_a_note_is_kept_with_who_wrote_it(ben):
    staff = make_role("support")

    browser(staff).post(address(ben, "person-note"), {"text": "<b>Polite</b>"})

    assert StaffNote.objects.get().by == staff
    assert "&lt;b&gt;Polite" in browser(staff).get(address(ben)).content.decode()


def test_a_plan_of_the_page_is_not_touched_by_reading_it(ben):
    plans = list(Plan.objects.values())

    browser(make_staff()).get(address(ben))

    assert list(Plan.objects.values()) == plans


def test_nobody_is_found_under_an_unknown_id():
    assert browser(make_staff()).get("/admin/people/00000000-0000-7000-8000-000000000000/").status_code == 404


def test_the_game_is_told_as_it_stands(ben):
    with ledger.recording():
        ledger.record(Kind.LIKE, user_actor(ben.uuid), item=make_item())

    told = browser(make_role("support")).get(address(ben, "person-game"))

    assert told.context["game"].card.level.number == 1
    assert '<dt>Level</dt><dd class="fig">1</dd>' in told.content.decode()
    assert "1 day" in told.content.decode()


# The journey


def seen(person, number, at):
    with ledger.recording():
        for _each in range(number):
            ledger.record(Kind.FOLLOW, user_actor(person.uuid), target=make_user().uuid, occurred_at=at)


def test_a_journey_tells_the_latest_first_with_titles():
    ben, item, now = make_user("ben"), make_item(title="Tide & time"), timezone.now()
    with ledger.recording():
        ledger.record(Kind.LIKE, user_actor(ben.uuid), item=item, occurred_at=now - timedelta(hours=2))
        ledger.record(
            Kind.SHARE, user_actor(ben.uuid), item=item, platform="email", occurred_at=now - timedelta(hours=1)
        )

    page = browser(make_role("analyst")).get(address(ben, "person-journey")).content.decode()

    assert "Tide &amp; time" in page
    assert page.index("Shared") < page.index("Liked")


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("support", {"Subscription changed", "Points were corrected"}),
        ("analyst", {"Subscription changed", "Paid", "Got money back", "Points were corrected"}),
        ("moderator", {"Points were corrected"}),
        ("finance", {"Subscription changed", "Paid", "Got money back"}),
    ],
)
def test_a_journey_tells_each_kind_of_staff_what_they_see_elsewhere_too(ben, role, told):
    for kind in (Kind.PAYMENT, Kind.REFUND, Kind.XP_CORRECTED):
        now = timezone.now()
        Action.objects.create(
            actor=ben.uuid, actor_type="u", kind=kind, at=now, day=now, event_id=uuid4(), source_id=Source.SITE
        )

    moments = browser(make_role(role)).get(address(ben, "person-journey")).context["journey"].moments

    assert {moment.text for moment in moments} == told


def test_pages_of_a_journey_lose_nothing_even_of_one_instant():
    ben, now = make_user("ben"), timezone.now()
    for number, minutes in ((30, 1), (25, 2), (30, 3)):
        seen(ben, number, now - timedelta(minutes=minutes))

    first = journey.journey(ben.uuid)
    second = journey.journey(ben.uuid, first.older)

    assert len(first.moments) + len(second.moments) == 85
    assert second.older is None


def test_the_link_to_what_is_older_leads_there():
    ben, now = make_user("ben"), timezone.now()
    for minutes in range(50):
        seen(ben, 1, now - timedelta(minutes=minutes, microseconds=7))
    client = browser(make_role("analyst"))
    found = journey.journey(ben.uuid)

    page = client.get(address(ben, "person-journey")).content.decode()
    link = next(part.partition('"')[0] for part in page.split('href="') if "before=" in part.partition('"')[0])
    older = client.get(link.replace("&amp;", "&"))

    assert older.context["journey"].moments == journey.journey(ben.uuid, found.older).moments
    assert len(older.context["journey"].moments) == 10


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("?before=", 200),
        ("?before=yesterday", 400),
        ("?before=2026-02-30", 400),
        ("?before=2026-01-01", 400),
        ("?before=%00", 400),
        ("?after=2026-01-01", 400),
    ],
)
def test_what_is_no_page_of_a_journey_is_refused(query, status):
    answer = browser(make_role("analyst")).get(f"{address(make_user(), 'person-journey')}{query}")

    assert answer.status_code == status


@pytest.mark.parametrize("part", ["person", "person-game", "person-record", "person-journey"])
def test_a_parameter_that_the_page_does_not_know_is_refused(part):
    answer = browser(make_role("analyst")).get(f"{address(make_user(), part)}?currency=EUR")

    assert answer.status_code == 400
