"""The third seed's endpoints: its names with the right numbers, for staff alone, and clear words for what is wrong."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.cache import cache

from accounts.staffing import StaffRole
from analytics.models import PlatformAnalytics
from analytics.platform import aggregating
from stats.kinds import Kind
from tests.analytics.events import watch
from tests.analytics.platform.happenings import DAY, NOW, did, joined, paid, refunded
from tests.factories import api_client, make_course, make_item, make_staff, make_user

pytestmark = pytest.mark.django_db
URL = "/api/admin/analytics"
READ = (
    "overview",
    "user-growth",
    "engagement",
    "revenue",
    "top-courses",
    "top-instructors",
    "system-health",
    "dashboard",
)
WINDOWED = tuple(name for name in READ if name != "system-health")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def staff():
    user = make_staff("staff")
    type(user).objects.filter(pk=user.pk).update(created_at=NOW - 90 * DAY)
    return user


def member_of(role: StaffRole):
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def asked(user, path: str):
    return api_client(user).get(f"{URL}/{path}")


@pytest.fixture
def site(staff):
    """Two teachers, three members, and what happened in the last weeks."""
    dana, eli = joined("dana", NOW - 60 * DAY), joined("eli", NOW - 60 * DAY)
    sea, sky = make_course(dana, "Reading the sea"), make_course(eli, "Reading the sky")
    mia, noa = joined("mia", NOW - 40 * DAY), joined("noa", NOW - 2 * DAY)
    joined("late", NOW - timedelta(hours=1))
    film = make_item(dana)
    for days in (0, 3, 10):
        watch(mia, film, NOW - days * DAY - timedelta(minutes=5))
    watch(noa, film, NOW - DAY)
    for who in (mia, noa):
        did(Kind.ENROLLED, who, NOW - 2 * DAY, course=str(sea.uuid))
    did(Kind.ENROLLED, mia, NOW - 20 * DAY, course=str(sky.uuid))
    did(Kind.COURSE_COMPLETED, mia, NOW - DAY, course=str(sky.uuid))
    did(Kind.REVIEW, mia, NOW - DAY, course=str(sky.uuid), stars=5)
    did(Kind.REVIEW, mia, NOW - DAY, course=str(sea.uuid), stars=2)
    bought = paid(mia, 4900, NOW - 20 * DAY, course=sky)
    refunded(bought, 900, NOW - 19 * DAY)
    paid(noa, 600, NOW - 2 * DAY, course=sea)
    return {"sea": sea, "sky": sky, "dana": dana, "eli": eli}


@pytest.mark.parametrize("counted_before", [True, False])
def test_the_dashboard_tells_everything_under_the_seeds_names(site, staff, counted_before):
    if counted_before:
        aggregating.sweep(NOW)
        cache.clear()

    body = asked(staff, "dashboard").json()

    assert {name: body["overview"][name] for name in ("total_users", "new_users", "total_courses", "total_enrollments")} == {
        "total_users": 6, "new_users": 2, "total_courses": 2, "total_enrollments": 3,
    }  # fmt: skip
    assert body["overview"]["completion_rate"] == 33.33
    assert (body["overview"]["period_revenue"], body["overview"]["currency"]) == (4600, "EUR")
    assert (body["user_growth"]["new_users"], body["user_growth"]["previous_new_users"]) == (2, 1)
    assert body["user_growth"]["growth_rate"] == 100.0
    signups = {one["date"]: one["new_users"] for one in body["user_growth"]["daily_signups"]}
    assert len(signups) == 30
    assert {day: new for day, new in signups.items() if new} == {"2026-03-29": 1, "2026-03-31": 1}
    engagement = body["engagement"]
    assert (engagement["dau"], engagement["wau"], engagement["mau"], engagement["is_partial"]) == (1, 2, 2, True)
    assert engagement["stickiness"] == round(100 * (3 + 1 + 2 + 2) / 30 / 2, 2)
    revenue = body["revenue"]
    assert (revenue["period_revenue"], revenue["refunds"], revenue["transactions"]) == (4600, 900, 2)
    assert (revenue["average_transaction"], revenue["mrr"], revenue["ltv"]) == (2750, 0, None)
    assert [(one["title"], one["enrollments"], one["revenue"]) for one in body["top_courses"]] == [
        ("Reading the sea", 2, 600),
        ("Reading the sky", 1, 4000),
    ]
    assert [(one["name"], one["enrollments"], one["completions"]) for one in body["top_instructors"]] == [
        ("dana", 2, 0),
        ("eli", 1, 1),
    ]
    assert body["system_health"]["queue_depth"] == 0


@pytest.mark.parametrize("counted_before", [True, False])
def test_courses_and_instructors_are_ranked_by_each_measure(site, staff, counted_before):
    if counted_before:
        aggregating.sweep(NOW)

    def titles(query: str) -> list[str]:
        return [one["title"] for one in asked(staff, f"top-courses?{query}").json()["courses"]]

    def names(query: str) -> list[str]:
        return [one["name"] for one in asked(staff, f"top-instructors?{query}").json()["instructors"]]

    assert titles("metric=enrollments") == ["Reading the sea", "Reading the sky"]
    assert titles("metric=revenue") == ["Reading the sky", "Reading the sea"]
    assert titles("metric=rating") == ["Reading the sky", "Reading the sea"]
    assert titles("metric=enrollments&days=7") == ["Reading the sea"]
    assert titles("limit=1") == ["Reading the sea"]
    assert names("metric=revenue") == ["eli", "dana"]
    assert names("metric=rating") == ["eli", "dana"]
    assert names("metric=enrollments&limit=1") == ["dana"]


def test_one_review_of_five_stars_does_not_lead_many_of_four_and_a_half(staff):
    dana = joined("dana", NOW - 60 * DAY)
    loved, once = make_course(dana, "Loved"), make_course(dana, "Once")
    make_course(dana, "Never reviewed")
    for number in range(40):
        did(Kind.REVIEW, make_user(), NOW - DAY, course=str(loved.uuid), stars=4 + number % 2)
    did(Kind.REVIEW, make_user(), NOW - DAY, course=str(once.uuid), stars=5)
    worse = make_course(dana, "Worse")
    for _ in range(20):
        did(Kind.REVIEW, make_user(), NOW - DAY, course=str(worse.uuid), stars=1)

    told = asked(staff, "top-courses?metric=rating").json()["courses"]

    assert [one["title"] for one in told] == ["Loved", "Once", "Worse"]
    assert (told[0]["avg_rating"], told[0]["reviews"]) == (4.5, 40)


def test_what_the_dashboard_costs(site, staff, django_assert_max_num_queries):
    aggregating.sweep(NOW)
    client = api_client(staff)
    client.get(f"{URL}/dashboard")

    with django_assert_max_num_queries(15):
        assert client.get(f"{URL}/dashboard").status_code == 200
    for name in READ[:-1]:
        with django_assert_max_num_queries(12):
            assert client.get(f"{URL}/{name}").status_code == 200


def test_an_empty_site_has_noughts_and_nothing_is_divided(staff):
    body = asked(staff, "dashboard").json()

    assert (body["engagement"]["mau"], body["engagement"]["stickiness"]) == (0, None)
    assert (body["user_growth"]["growth_rate"], body["user_growth"]["is_new"]) == (None, False)
    assert body["overview"]["completion_rate"] is None
    assert (body["revenue"]["average_transaction"], body["revenue"]["churn_rate"]) == (None, None)
    assert (body["top_courses"], body["top_instructors"]) == ([], [])


@pytest.mark.parametrize("name", READ)
def test_a_final_slash_may_be_there_and_who_is_no_staff_learns_nothing(name, staff):
    assert asked(staff, f"{name}/").status_code == 200
    assert asked(make_user(), name).json()["code"] == "permission_denied"
    assert asked(make_user(), f"{name}?days=abc").status_code == 403
    assert api_client().get(f"{URL}/{name}").status_code == 401


def test_each_kind_of_staff_sees_what_is_theirs(site):
    def statuses(role: StaffRole) -> list[int]:
        return [asked(member_of(role), name).status_code for name in READ]

    assert statuses(StaffRole.SUPPORT) == [403] * 8
    assert statuses(StaffRole.MODERATOR) == [403] * 8
    assert statuses(StaffRole.ANALYST) == [200] * 8
    assert statuses(StaffRole.FINANCE) == [200] * 6 + [403, 200]
    assert asked(member_of(StaffRole.FINANCE), "dashboard").json()["system_health"] is None
    assert api_client(member_of(StaffRole.ANALYST)).post(f"{URL}/aggregate/2026-03-30").status_code == 403


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("days=-1", "value_out_of_range"),
        ("days=abc", "invalid_parameter"),
        ("days=99999", "value_out_of_range"),
        ("days=1&days=2", "repeated_parameter"),
        ("from=2026-03-10&to=2026-03-01", "invalid_range"),
        ("from=2020-01-01&to=2026-03-01", "range_too_large"),
        ("from=2026-02-30", "invalid_date"),
        ("from=2026-03-01T10:00:00Z&to=2026-03-02T10:00:00Z", "invalid_date"),
        ("tz=Mars/X", "unknown_timezone"),
        ("tz=Asia/Tokyo", "invalid_choice"),
        ("range=hourly", "invalid_choice"),
        ("range=24h", "invalid_choice"),
        ("colour=red", "unknown_parameter"),
        ("user__password=x", "unknown_parameter"),
    ],
)
def test_wrong_windows_get_their_code(staff, query, code):
    for name in WINDOWED:
        answer = asked(staff, f"{name}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, code), name
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("metric=__class__", "invalid_choice"),
        ("limit=0", "value_out_of_range"),
        ("limit=100000", "value_out_of_range"),
        ("limit=x", "invalid_parameter"),
        ("currency=XXX", "invalid_choice"),
        ("order_by=user__password", "unknown_parameter"),
    ],
)
def test_wrong_orders_get_their_code(staff, query, code):
    for name in ("top-courses", "top-instructors"):
        answer = asked(staff, f"{name}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, code), name
    assert asked(staff, "system-health?days=7").json()["code"] == "unknown_parameter"


def test_a_day_is_counted_anew_and_again_with_the_same_result(site, staff):
    client = api_client(staff)

    first = client.post(f"{URL}/aggregate/2026-03-29")
    again = client.post(f"{URL}/aggregate/2026-03-29/")

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert (first.json()["date"], first.json()["is_closed"]) == ("2026-03-29", True)
    assert PlatformAnalytics.objects.filter(date="2026-03-29", timeframe="daily").count() == 4


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-13-01", "invalid_date"), ("2026-02-30", "invalid_date"), ("20260301", "invalid_date"), ("abc", "invalid_date"),
        ("2026-W10-1", "invalid_date"), ("2026-04-01", "date_in_future"), ("1066-10-14", "value_out_of_range"),
    ],
)  # fmt: skip
def test_a_day_that_is_none_gets_its_code_and_counts_nothing(staff, day, code):
    answer = api_client(staff).post(f"{URL}/aggregate/{day}")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not PlatformAnalytics.objects.exists()


def test_days_that_are_not_kept_yet_are_counted_on_the_spot(site, staff):
    on_the_spot = asked(staff, "engagement?days=90").json()["daily"]
    aggregating.sweep(NOW)
    cache.clear()

    assert asked(staff, "engagement?days=90").json()["daily"] == on_the_spot


def test_a_window_that_is_over_is_compared_with_the_days_before(site, staff):
    body = asked(staff, "user-growth?from=2026-03-25&to=2026-03-30").json()

    assert (body["new_users"], body["previous_new_users"], body["growth_rate"], body["is_new"]) == (1, 0, None, True)
    assert body["window"]["first_day"] == "2026-03-25"
    assert datetime.fromisoformat(body["window"]["as_of"]) <= datetime.now(UTC)
