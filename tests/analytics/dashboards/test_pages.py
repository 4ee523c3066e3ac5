"""The pages of the dashboards: who sees which, what an address may say, how much they ask of the database."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import Plan, Subscription
from accounts.staffing import StaffRole
from analytics.anomalies import judging
from analytics.dashboards import facts, notes
from analytics.dashboards.registry import Page, Shape, panels, panels_of
from analytics.dashboards.views import AREAS
from analytics.models import CourseAnalytics, InstructorAnalytics, PlatformAnalytics
from analytics.platform import aggregating
from analytics.platform.models import JobFailure
from stats.kinds import Kind
from stats.models import PlatformFact
from tests.analytics.dashboards.moments import DAY, HOUR, NOW
from tests.analytics.events import act, watch
from tests.analytics.revenue.telling import Said, Told, pay
from tests.factories import make_course, make_enrolment, make_item, make_plans, make_source, make_user

pytestmark = pytest.mark.django_db

RANGES = ("", "?range=24h", "?range=7d", "?range=1y", "?from=2026-11-01&to=2026-11-10", "?range=90d&compare=no")


def somebody_with(role: StaffRole) -> Client:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("page", list(Page))
def test_every_page_shows_its_panels_in_every_window(staff, page):
    for words in RANGES:
        answer = staff.get(reverse(f"dashboards:{page.value}") + words)

        text = answer.content.decode()
        assert answer.status_code == 200
        assert [panel.key for panel in panels_of(page) if escape(str(panel.title)) not in text] == []


@pytest.fixture
def lively(db):
    """A site on which something happened of everything that a page can show, with today's numbers counted."""
    make_plans()
    film, course, payers, told = make_item(make_user()), make_course(), [make_user() for _ in range(3)], Told()
    make_source("Shop")
    for number, payer in enumerate(payers):
        began, end = NOW - (40 - number) * DAY, NOW + (20 * DAY if number else -5 * DAY)
        told.tell(payer, list(Plan.objects.order_by("pk")), [Said(began, 7200, end, 1)])
        pay(payer, 600, began, plan=Plan.objects.get(key="subscriber"), country="NL")
    pay(payers[0], 600, NOW - DAY, of=pay(payers[0], 600, NOW - 2 * DAY, plan=Plan.objects.get(key="premium")))
    for number in range(3):
        watch(make_enrolment(course), film, NOW - number * DAY)
    act(Kind.LIKE, make_user(), film, NOW - HOUR)
    act(Kind.SHARE, make_user(), film, NOW - HOUR, platform="email")
    notes.write(payers[0], (NOW - DAY).date(), "A day to remember")
    JobFailure.objects.create(task="stats.settle", error="KeyError: 1", at=NOW - HOUR)
    aggregating.catch_up(NOW)
    aggregating.refresh_today(NOW)
    judging.judge_all()
    for fact in facts.FACTS:
        PlatformFact.objects.create(key=fact.key, value={"told": fact.count(NOW), "took_ms": 1}, as_of=NOW)


@pytest.mark.parametrize("page", list(Page))
def test_no_page_asks_more_than_fifteen_times(staff, lively, page, django_assert_max_num_queries):
    for words in (*RANGES, "?range=30d", "?range=90d"):
        staff.get(reverse(f"dashboards:{page.value}") + words)
        with django_assert_max_num_queries(15, info=f"{page}{words}"):
            assert staff.get(reverse(f"dashboards:{page.value}") + words).status_code == 200


def test_no_list_no_table_and_no_day_beside_a_chart_asks_more_than_fifteen_times(
    staff, lively, django_assert_max_num_queries
):
    on = f"?range=30d&on={(NOW - DAY).date()}"
    for panel in panels().values():
        asked = [reverse("dashboards:csv", args=[panel.key]) + "?range=1y"] if panel.shape is not Shape.CARD else []
        if panel.drill:
            asked += [reverse("dashboards:behind", args=[panel.key]) + words for words in ("?range=1y", on)]
        if panel.parts:
            asked.append(reverse(f"dashboards:{panel.page.value}") + f"{on}&panel={panel.key}")
        for address in asked:
            staff.get(address)
            with django_assert_max_num_queries(15, info=address):
                assert staff.get(address).status_code == 200


@pytest.mark.parametrize("words", ["", "?range=7d", "?range=90d", "?range=1y", "?range=all"])
def test_no_answer_of_the_api_asks_more_than_fifteen_times(staff, lively, words, django_assert_max_num_queries):
    for name in ("overview", "user-growth", "engagement", "revenue", "top-courses", "top-instructors", "dashboard"):
        address = f"/api/admin/analytics/{name}{words}"
        staff.get(address)
        with django_assert_max_num_queries(15, info=address):
            assert staff.get(address).status_code == 200


def test_courses_of_days_that_are_not_kept_are_counted_beside_those_that_are(staff, lively):
    kept = staff.get("/api/admin/analytics/top-courses?range=7d").json()["courses"]
    teachers = staff.get("/api/admin/analytics/top-instructors?range=7d").json()["instructors"]
    for day in (NOW.date(), (NOW - DAY).date()):
        PlatformAnalytics.objects.filter(date=day).delete()
        CourseAnalytics.objects.filter(date=day).delete()
        InstructorAnalytics.objects.filter(date=day).delete()

        assert staff.get("/api/admin/analytics/top-courses?range=7d").json()["courses"] == kept
        assert staff.get("/api/admin/analytics/top-instructors?range=7d").json()["instructors"] == teachers
    assert kept[0]["enrollments"] == 3


@pytest.mark.parametrize(("words", "free"), [("?range=7d", 3), ("?range=24h", 2)])
def test_new_members_are_told_by_the_role_that_they_have_now(staff, words, free):
    make_plans()
    people = [make_user(created_at=NOW - HOUR) for _ in range(5)]
    for person, key, days in ((people[0], "subscriber", 3), (people[1], "premium", 3), (people[2], "premium", -1)):
        Subscription.objects.create(
            user=person, plan=Plan.objects.get(key=key), starts_at=NOW - 9 * DAY, current_period_end=NOW + days * DAY
        )
    Subscription.objects.create(
        user=people[3], plan=Plan.objects.get(key="premium"), next_plan=Plan.objects.get(key="subscriber"),
        starts_at=NOW - 9 * DAY, current_period_end=NOW - DAY, next_period_end=NOW + DAY,
    )  # fmt: skip

    rows = staff.get(reverse("dashboards:csv", args=["new-members-by-day"]) + words).getvalue().decode()
    listed = [
        staff.get(reverse("dashboards:behind", args=["new-members-by-day"]) + f"{words}&part={role}").content.decode()
        for role in ("free", "subscriber", "premium")
    ]
    beside = staff.get(
        reverse("dashboards:users") + f"{words}&panel=new-members-by-day&on={NOW.date()}"
    ).content.decode()

    table = [list(map(int, line.split(",")[1:])) for line in rows.splitlines()[2:]]
    assert [sum(column) for column in zip(*table, strict=True)] == [free, 2, 1]  # rosa, who looks, came with the day
    assert [[one.username in text for one in people] for text in listed] == [
        [False, False, True, False, True], [True, False, False, True, False], [False, True, False, False, False],
    ]  # fmt: skip
    assert "3 free, 2 subscriber, 1 premium" in beside


def test_pages_carry_no_script_and_no_style_of_their_own(staff):
    for page in Page:
        text = staff.get(reverse(f"dashboards:{page.value}")).content.decode()

        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert " style=" not in text
        assert not re.search(r"\son\w+=", text)


@pytest.mark.parametrize("words", [
    "?days=-1", "?range=hourly", "?range=all", "?from=2026-11-10&to=2026-11-01", "?from=2020-01-01&to=2026-01-01", "?tz=Mars/X",
    "?range=7d&range=30d", "?colour=red", "?from=2026-02-30", "?compare=perhaps", "?on=2026-13-01", "?on=2020-01-01",
    "?source=" + 100 * "x", "?source=999999", "?source=shop", "?currency=XXX", "?order=__class__",
    "?panel=no-such-panel", "?panel=mrr&on=2026-11-10", "?panel=content-plays&on=2026-11-10", "?part=new", "?from=2026-11-01T10:00:00Z&to=2026-11-02T10:00:00Z",
])  # fmt: skip
def test_an_address_that_cannot_be_is_refused_with_a_sentence_and_the_usual_window(staff, words):
    answer = staff.get(reverse("dashboards:content") + words)

    text = answer.content.decode()
    assert answer.status_code == 400
    assert 'role="alert"' in text
    assert "19 October to 17 November 2026" in text


@pytest.mark.parametrize(("key", "part"), [
    ("mrr-movements", "bogus"), ("new-members-by-day", "superuser"), ("uploads-by-day", "new"), ("revenue-over-time", "plan-1"),
    ("revenue-churn", "new"), ("lessons-by-day", "lesson_completed"),
])  # fmt: skip
def test_a_list_is_narrowed_only_to_a_part_that_its_number_has(staff, lively, key, part):
    address = reverse("dashboards:behind", args=[key])

    assert staff.get(address).status_code == 200
    assert staff.get(address, {"part": part}).status_code == 400


def test_a_day_is_told_beside_the_panels_of_the_page_that_one_may_see(staff):
    words = f"?on={NOW.date()}&panel="
    told = [panel for panel in panels().values() if panel.parts is not None]
    page = reverse("dashboards:overview")

    answers = {panel.key: staff.get(reverse(f"dashboards:{panel.page.value}") + words + panel.key) for panel in told}
    refused = somebody_with(StaffRole.FINANCE).get(f"{page}{words}waiting")

    assert len(told) > 1
    assert {
        key for key, answer in answers.items() if answer.status_code != 200 or key not in answer.context["sides"]
    } == set()
    assert refused.status_code == 400
    assert "There is no such choice here." in refused.content.decode()


@pytest.mark.parametrize("words", ["?panel=top-items", "?offset=-1", "?colour=red", "?on=2020-01-01"])
def test_a_list_knows_its_words_alone(staff, words):
    address = reverse("dashboards:behind", args=["new-members-by-day"])

    assert staff.get(address).status_code == 200
    assert staff.get(address + words).status_code == 400


def test_each_kind_of_staff_sees_the_pages_of_its_areas():
    seen = {
        role: {page for page in Page if somebody_with(role).get(reverse(f"dashboards:{page.value}")).status_code == 200}
        for role in StaffRole
    }

    numbers = {page for page in Page if page not in AREAS}
    assert seen == {
        StaffRole.SUPPORT: set(),
        StaffRole.MODERATOR: set(),
        StaffRole.ANALYST: set(Page),
        StaffRole.FINANCE: numbers | {Page.REVENUE},
        StaffRole.ADMIN: set(Page),
    }


def test_who_may_not_see_the_system_sees_no_panel_of_it_on_the_overview():
    text = somebody_with(StaffRole.FINANCE).get(reverse("dashboards:overview")).content.decode()

    assert "Ingest lag" not in text
    assert "MRR" in text


def test_members_and_strangers_learn_nothing(client):
    addresses = [reverse("dashboards:csv", args=[key]) for key in ("top-items", "no-such-panel")]
    addresses += [reverse("dashboards:behind", args=[key]) for key in ("new-members-by-day", "no-such-panel")]
    client.force_login(make_user())

    assert [client.get(address).status_code for address in addresses] == [403] * 4
    assert [Client().get(address).status_code for address in addresses] == [302] * 4


def test_a_filter_shows_one_sources_numbers_alone(staff):
    shop, _secret = make_source("Shop")
    make_source("Club")
    film = make_item(make_user())
    watch(make_user(), film, NOW - HOUR)

    everything = staff.get(reverse("dashboards:csv", args=["plays-by-day"])).getvalue().decode()
    shops = staff.get(reverse("dashboards:csv", args=["plays-by-day"]) + f"?source={shop.pk}").getvalue().decode()

    assert everything.splitlines()[-1] == '"2026-11-17",1,0'
    assert shops.splitlines()[-1] == '"2026-11-17",0,0'
    assert ">Shop</a>" in staff.get(reverse("dashboards:content")).content.decode()


def test_the_registry_has_each_key_once_and_shapes_that_are_shown():
    for panel in panels().values():
        assert re.fullmatch(r"[a-z0-9-]+", panel.key)
        assert panel.parts is None or panel.shape in {Shape.LINE, Shape.STACKED, Shape.AREA}


def test_a_poll_brings_the_panels_and_then_nothing_new(staff):
    address = reverse("dashboards:content")
    poll = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TRIGGER": "live"}

    first = staff.get(address, **poll)
    again = staff.get(address, HTTP_IF_NONE_MATCH=first["ETag"], **poll)
    watch(make_user(), make_item(make_user()), NOW - HOUR)
    after = staff.get(address, HTTP_IF_NONE_MATCH=first["ETag"], **poll)

    assert first.content.decode().lstrip().startswith('<div id="live"')
    assert f"data-version='{first['ETag']}'" in first.content.decode()
    assert (again.status_code, again.content) == (304, b"")
    assert again["X-As-Of"] == "14:30:00"
    assert after.status_code == 200
    assert after["ETag"] != first["ETag"]
