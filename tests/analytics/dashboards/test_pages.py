"""The pages of the dashboards: who sees which, what an address may say, how much they ask of the database."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.staffing import StaffRole
from analytics.dashboards.registry import Page, Shape, panels, panels_of
from analytics.dashboards.views import AREAS
from analytics.platform import aggregating
from stats.kinds import Kind
from tests.analytics.dashboards.moments import DAY, HOUR, NOW
from tests.analytics.events import act, watch
from tests.factories import make_course, make_enrolment, make_item, make_source, make_user

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


def test_no_page_asks_more_than_fifteen_times(staff, django_assert_max_num_queries):
    film, course = make_item(make_user()), make_course()
    for number in range(3):
        watch(make_enrolment(course), film, NOW - number * DAY)
    act(Kind.LIKE, make_user(), film, NOW - HOUR)
    aggregating.catch_up(NOW)
    aggregating.refresh_today(NOW)

    for page in Page:
        for words in ("", "?range=1y", "?range=24h"):
            staff.get(reverse(f"dashboards:{page.value}") + words)
            with django_assert_max_num_queries(15, info=f"{page}{words}"):
                staff.get(reverse(f"dashboards:{page.value}") + words)


def test_pages_carry_no_script_and_no_style_of_their_own(staff):
    for page in Page:
        text = staff.get(reverse(f"dashboards:{page.value}")).content.decode()

        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert " style=" not in text
        assert not re.search(r"\son\w+=", text)


@pytest.mark.parametrize("words", [
    "?days=-1", "?range=hourly", "?range=all", "?from=2026-11-10&to=2026-11-01", "?from=2020-01-01&to=2026-01-01", "?tz=Mars/X",
    "?range=7d&range=30d", "?colour=red", "?from=2026-02-30", "?compare=perhaps", "?on=2026-13-01", "?on=2020-01-01",
    "?source=" + 100 * "x", "?from=2026-11-01T10:00:00Z&to=2026-11-02T10:00:00Z",
])  # fmt: skip
def test_an_address_that_cannot_be_is_refused_with_a_sentence_and_the_usual_window(staff, words):
    answer = staff.get(reverse("dashboards:content") + words)

    text = answer.content.decode()
    assert answer.status_code == 400
    assert 'role="alert"' in text
    assert "19 October to 17 November 2026" in text


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
