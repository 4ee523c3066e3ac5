"""Filters: what fits is found, what cannot be is refused, and a filter survives being written down."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import QueryDict
from hypothesis import given as property_of
from hypothesis import strategies as st

from accounts.billing.models import Payment
from accounts.models import Subscription, User
from accounts.roles import Role
from analytics.people import filters, measures
from analytics.people.filters import Bad, Filter
from gamification.models import Player
from stats import compute, windows
from stats.ids import uuid7
from stats.kinds import Kind
from stats.metrics import METRIC, Scope
from stats.models import FollowCounter
from tests.analytics.events import act, watch
from tests.analytics.people.world import DAY, active, given, paying
from tests.factories import make_item, make_plans, make_staff, make_user

NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)


@pytest.fixture
def now(db):
    make_plans()
    with time_machine.travel(NOW, tick=False):
        yield NOW


def found(query: str, *, by_address: bool = True) -> set[str]:
    people = filters.people(filters.read_query(query), NOW, by_address=by_address)
    return set(people.values_list("username", flat=True))


def test_half_an_address_finds_a_member_for_who_may_see_addresses(now):
    make_user("ilse", email="ilse.vermeer@example.org")
    make_user("ben")

    assert found("q=VERMEER%40exa") == {"ilse"}
    assert found("q=vermeer", by_address=False) == set()


@pytest.mark.parametrize(
    ("search", "who"),
    [("lse", {"ilse"}), ("Vermeer", {"ilse"}), ("Ilse Ver", {"ilse"}), ("%", set()), ("_", set()), ("b%n", set())],
)
def test_names_are_searched_literally(now, search, who):
    make_user("ilse", first_name="Ilse", last_name="Vermeer")
    make_user("ben")

    assert found(f"q={search.replace('%', '%25')}") == who


def test_a_public_id_finds_its_member(now):
    ilse = make_user("ilse")
    make_user("ben")

    assert found(f"q={ilse.uuid}") == {"ilse"}


def test_roles_hold_by_the_clock(now):
    make_staff("root")
    make_user("free")
    given(make_user("sub"), Role.SUBSCRIBER, 30, now)
    given(make_user("prem"), Role.PREMIUM, 30, now)
    given(make_user("over"), Role.PREMIUM, 5, now - 9 * DAY)

    assert found("role=admin") == {"root"}
    assert found("role=subscriber") == {"sub"}
    assert found("role=premium") == {"prem"}
    assert found("role=free") == {"free", "over"}


def test_subscriptions_are_told_apart_by_who_pays(now):
    paying(make_user("payer"), Role.PREMIUM, now)
    paying(make_user("tryer"), Role.SUBSCRIBER, now, status="trialing", price_minor=600)
    paying(make_user("late"), Role.SUBSCRIBER, now - 32 * DAY, days=30, status="past_due")
    paying(make_user("leaver"), Role.PREMIUM, now, cancel_at_period_end=True)
    given(make_user("guest"), Role.PREMIUM, 30, now)
    given(make_user("gone"), Role.PREMIUM, 5, now - 9 * DAY)
    make_user("never")

    assert found("subscription=paying") == {"payer", "late", "leaver"}
    assert found("subscription=trialing") == {"tryer"}
    assert found("subscription=past_due") == {"late"}
    assert found("subscription=ending") == {"leaver"}
    assert found("subscription=comped") == {"guest"}
    assert found("subscription=none") == {"gone", "never"}
    assert found("subscription=left") == {"gone"}


def test_what_renews_by_itself_does_not_end_soon(now):
    paying(make_user("payer"), Role.PREMIUM, now, days=5)
    paying(make_user("leaver"), Role.PREMIUM, now, days=5, cancel_at_period_end=True)
    given(make_user("gift"), Role.PREMIUM, 5, now)
    given(make_user("long"), Role.PREMIUM, 50, now)

    assert found("ends=7") == {"leaver", "gift"}
    assert found("ends=90") == {"leaver", "gift", "long"}


def test_plans_are_those_of_now(now):
    given(make_user("sub"), Role.SUBSCRIBER, 30, now)
    waits = given(make_user("waits"), Role.PREMIUM, 30, now)
    Subscription.objects.filter(pk=waits.pk).update(
        next_plan=Subscription.objects.get(user__username="sub").plan, next_period_end=now + 90 * DAY
    )

    assert found("plan=subscriber") == {"sub"}
    assert found("plan=premium") == {"waits"}

    with time_machine.travel(NOW + 31 * DAY, tick=False):
        later = filters.people(filters.read_query("plan=subscriber"), NOW + 31 * DAY, by_address=True)
        assert set(later.values_list("username", flat=True)) == {"waits"}


def test_activity_is_within_or_not_for_some_days(now):
    active(make_user("today"), now - timedelta(hours=1))
    active(make_user("week"), now - 5 * DAY)
    active(make_user("old"), now - 60 * DAY)
    make_user("never")

    assert found("activity=active-1") == {"today"}
    assert found("activity=active-7") == {"today", "week"}
    assert found("activity=quiet-7") == {"old"}
    assert found("activity=quiet-90") == set()
    assert found("activity=never") == {"never"}


def test_levels_have_two_ends_and_begin_at_one(now):
    for name, level in (("three", 3), ("nine", 9)):
        Player.objects.create(actor=make_user(name).uuid, level=level, xp=level * level * 100)
    make_user("new")

    assert found("level_min=1") == {"three", "nine", "new"}
    assert found("level_min=2") == {"three", "nine"}
    assert found("level_max=3") == {"three", "new"}
    assert found("level_min=4&level_max=9") == {"nine"}


def test_the_country_is_that_of_the_last_payment(now):
    moved, stays = make_user("moved"), make_user("stays")
    for user, country, days in ((moved, "NL", 9), (moved, "DE", 1), (stays, "NL", 5)):
        Payment.objects.create(
            user=user, kind="payment", amount_minor=600, currency="EUR", product="other", gateway="manual",
            country=country, event_id=uuid7(), at=now - days * DAY,
        )  # fmt: skip

    assert found("country=nl") == {"stays"}
    assert found("country=DE") == {"moved"}


def test_days_of_joining_beginning_and_leaving_are_the_sites(now, settings):
    settings.TIME_ZONE = "Europe/Amsterdam"
    midnight = datetime(2026, 11, 9, 23, 0, tzinfo=UTC)  # the 10th begins
    for name, at in (("before", midnight - timedelta(seconds=1)), ("after", midnight)):
        user = make_user(name, created_at=at)
        given(user, Role.PREMIUM, 3, at)

    assert found("joined_from=2026-11-10") == {"after"}
    assert found("joined_to=2026-11-09") == {"before"}
    assert found("subscribed_from=2026-11-10&subscribed_to=2026-11-10") == {"after"}
    assert found("left_from=2026-11-13") == {"after"}  # nobody has closed it yet
    assert found("left_to=2026-11-12") == {"before"}


def test_accounts_by_state(now):
    make_staff("root")
    make_user("off", is_active=False)
    make_user("unsure", verified=False)
    make_user("sure")

    assert found("state=deactivated") == {"off"}
    assert found("state=unverified") == {"unsure"}
    assert found("state=staff") == {"root"}
    assert found("state=active") == {"root", "unsure", "sure"}


def test_numbers_are_at_least_or_less_and_who_has_none_has_zero(now):
    active(make_user("much"), now, watched_ms=10 * 3_600_000, plays=5)
    active(make_user("little"), now, watched_ms=2 * 3_600_000, plays=50)
    make_user("none")

    assert found("metric=total_watched_hours&op=above&value=10") == {"much"}
    assert found("metric=total_watched_hours&op=above&value=10.001") == set()
    assert found("metric=total_watched_hours&op=below&value=10") == {"little", "none"}
    assert found("metric=total_watched_hours&op=above&value=0") == {"much", "little", "none"}
    assert found("metric=total_watched_hours&op=above&value=1&metric=watch_history_entries&op=below&value=6") == {
        "much"
    }


@pytest.mark.parametrize("measure", measures.MEASURES, ids=lambda measure: measure.key)
def test_every_number_finds_people_and_orders_them(now, measure):
    ilse = make_user("ilse")
    active(ilse, now, **dict.fromkeys(
        ("features_used", "plays", "videos_uploaded", "streams_created", "images_uploaded", "interactions"), 3
    ), watched_ms=3 * 3_600_000)  # fmt: skip
    Player.objects.create(actor=ilse.uuid, **dict.fromkeys(
        ("xp", "level", "lessons", "courses", "quizzes", "posts", "reviews", "unlocked", "points", "days", "longest"), 3
    ))  # fmt: skip
    FollowCounter.objects.create(actor=ilse.uuid, followers=3, following=3)
    item = make_item(make_user("ben"))
    kinds = (Kind.LIKE, Kind.SAVE, Kind.SHARE, Kind.DOWNLOAD, Kind.COMMENT, Kind.RATING)
    fields = {Kind.SHARE: {"platform": "other"}, Kind.COMMENT: {}, Kind.RATING: {"stars": 4}}
    if measure.key.endswith("_30d") and measure.key not in ("uploads_30d", "logins_30d"):
        watch(ilse, item, now - timedelta(hours=2), ranges=((0, 60),))
        for kind in kinds:
            act(kind, ilse, item, now - timedelta(hours=2), **fields.get(kind, {}))
        wanted = "0.01" if measure.key == "watched_hours_30d" else "1"
        assert found(f"metric={measure.key}&op=above&value={wanted}") == {"ilse"}
    assert "ben" in found(f"metric={measure.key}&op=below&value=1")
    if not measure.key.endswith("_30d"):
        assert found(f"metric={measure.key}&op=above&value=3") == {"ilse"}


def test_numbers_of_30_days_are_those_of_the_registry(now):
    ilse, item = make_user("ilse"), make_item(make_user("ben"))
    for days in (0, 3, 29, 30, 45):
        watch(ilse, item, now - days * DAY - timedelta(minutes=5), ranges=((0, 50),))
        act(Kind.LIKE, ilse, item, now - days * DAY - timedelta(minutes=5))
        act(Kind.SHARE, ilse, item, now - days * DAY - timedelta(minutes=5), platform="other")
    window = windows.named("30d", now, "UTC")

    for key in ("plays", "views", "watched_hours", "likes", "shares"):
        told = compute.compute(METRIC[key], Scope.user(ilse.uuid), window).value
        measure = measures.MEASURE[f"{key}_30d"]
        row = User.objects.filter(pk=ilse.pk).annotate(told=measures.value_of(measure, now))
        stored = row.values_list("told", flat=True).get()
        assert measure.shown(stored) == pytest.approx(told, abs=1e-4), key


BAD = [
    "colour=red", "role=king", "role=free&role=premium", "subscription=yes", "activity=active-2", "ends=8", "state=x",
    "level_min=0", "level_min=abc", "level_min=99999999999", "level_max=-1", "level_min=5&level_max=4", "country=NLD",
    "country=1%2C", "joined_from=2026-13-01", "joined_from=yesterday", "joined_from=2026-11-02&joined_to=2026-11-01",
    "left_from=2026-11-02&left_to=2026-11-01", "metric=__class__&op=above&value=1", "metric=xp&op=like&value=1",
    "metric=xp&op=above&value=", "metric=xp&op=above&value=-1", "metric=xp&op=above&value=1e9",
    "metric=xp&op=above&value=%D9%A3", "metric=xp&op=above", "q=" + "a" * 201, "q=%00", "plan=%27%3B--",
    "&".join(["metric=xp&op=above&value=1"] * 7), "user__password=x",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD)
def test_what_cannot_be_is_refused_with_a_sentence(query):
    with pytest.raises(Bad) as refused:
        filters.read_query(query)

    assert str(refused.value.sentence).endswith(".")
    assert len(refused.value.sentence) < 120


days = st.dates(min_value=datetime(2020, 1, 1).date(), max_value=datetime(2030, 1, 1).date())
conditions = st.lists(
    st.builds(
        lambda measure, op, value: (measure.key, op, value),
        st.sampled_from(measures.MEASURES),
        st.sampled_from(("above", "below")),
        st.decimals(0, 999_999_999, places=3).map(lambda value: format(value, "f")),
    ),
    max_size=6,
)


@property_of(
    q=st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=200),
    role=st.sampled_from(["", *filters.ROLES]),
    activity=st.sampled_from(["", *filters.ACTIVITIES]),
    level=st.none() | st.integers(1, 10_000),
    span=st.tuples(days, days).map(sorted),
    numbers=conditions,
)
def test_a_filter_written_down_is_the_same_filter(q, role, activity, level, span, numbers):
    pairs = QueryDict(mutable=True)
    pairs.update({"q": q, "role": role, "activity": activity, "level_min": str(level or "")})
    pairs.update({"joined_from": span[0].isoformat(), "joined_to": span[1].isoformat()})
    for key, op, value in numbers:
        pairs.update({"metric": key, "op": op, "value": value})

    wanted = filters.read(pairs)

    assert filters.read_query(wanted.query()) == wanted
    for chip in wanted.chips():
        assert len(filters.read_query(chip.without).chips()) == len(wanted.chips()) - 1
    assert wanted.words()


def test_nothing_asked_is_everybody():
    assert filters.read_query("").is_empty
    assert filters.read_query("metric=&op=above&value=") == Filter()
