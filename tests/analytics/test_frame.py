"""The frame around the staff's pages: Unfold's and our own have the same navigation, search, crumbs and look."""

import re
from html import unescape

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import Theme, User
from accounts.staffing import Area, Level, StaffRole, may
from config.admin import ENTRIES, PAGES
from config.rights import RIGHTS
from tests.analytics.person.desk import browser, make_role
from tests.config.markup import inline_parts
from tests.factories import make_staff, make_user
from tests.permissions.staff import MODELS

pytestmark = pytest.mark.django_db
OWN, UNFOLD = "desk:people", "admin:index"
STARTS = {
    StaffRole.SUPPORT: ("desk:people", "admin:accounts_user_changelist"),
    StaffRole.ANALYST: ("dashboards:overview", "admin:accounts_plan_changelist"),
    StaffRole.MODERATOR: ("desk:people", "admin:library_media_changelist"),
    StaffRole.FINANCE: ("dashboards:revenue", "admin:accounts_payment_changelist"),
    StaffRole.ADMIN: ("desk:audit", "admin:accounts_user_changelist"),
}
"""A page of our own and one of Unfold's that each role may open."""


def side(page: str) -> str:
    """Return the navigation's part of a page."""
    return re.search(r'<aside class="adm-side".*?</aside>', page, re.DOTALL)[0]


def links(page: str) -> list[str]:
    """Return where the navigation leads, in order."""
    found = side(page)
    return re.findall(r'<a href="([^"]*)"', found[found.index("</form>") if "</form>" in found else 0 :])


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("role", list(StaffRole))
def test_the_navigation_shows_what_the_role_admits_and_no_more(role):
    person = make_role(role)
    client = browser(person)

    shown = links(client.get(reverse(STARTS[role][0])).content.decode())

    pages = {reverse(page.address) for page in PAGES if may(person, page.area)}
    rows = {
        reverse(f"admin:{entry.model.replace('.', '_')}_changelist")
        for entry in ENTRIES
        if role is StaffRole.ADMIN or role in MODELS[entry.model][0].split()
    }
    assert set(shown) == pages | rows
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize("role", list(StaffRole))
def test_every_line_of_the_navigation_leads_to_a_page_that_opens(role):
    client = browser(make_role(role))

    shown = links(client.get(reverse(STARTS[role][0])).content.decode())

    assert {address: client.get(address).status_code for address in shown} == dict.fromkeys(shown, 200)


@pytest.mark.parametrize("role", list(StaffRole))
def test_unfolds_pages_and_our_own_stand_in_one_frame(role):
    client = browser(make_role(role))

    own, unfolds = (client.get(reverse(name)).content.decode() for name in STARTS[role])

    assert links(own) == links(unfolds)
    assert re.findall(r"<h2>(.*?)</h2>", side(own)) == re.findall(r"<h2>(.*?)</h2>", side(unfolds))
    for page in (own, unfolds):
        assert page.count('class="adm-menu"') == page.count('id="adm-side"') == 1
        assert "css/shell.css" in page
        assert "js/shell.js" in page
    assert inline_parts(own) == []


def test_every_page_is_in_the_navigation_by_its_own_area_and_every_model_by_its_right():
    rights = {right.model for right in RIGHTS}

    assert {entry.model for entry in ENTRIES} <= rights
    assert {model._meta.label_lower for model in admin.site._registry} <= rights
    assert len({entry.model for entry in ENTRIES}) == len(ENTRIES)
    assert len({page.address for page in PAGES}) == len(PAGES)


def test_the_page_that_one_is_on_is_marked():
    client = browser(make_role("admin"))

    for name in (OWN, "desk:audit", "dashboards:revenue"):
        marked = re.findall(r'<a href="([^"]*)" aria-current="page"', side(client.get(reverse(name)).content.decode()))

        assert marked == [reverse(name)]


def test_a_new_area_shows_from_the_very_next_page():
    ben = make_role("moderator")
    client = browser(ben)
    before = links(client.get(reverse(OWN)).content.decode())

    browser(make_role("admin")).post(reverse("desk:person-roles", args=[ben.uuid]), {"roles": ["finance"]})

    after = links(client.get(reverse(OWN)).content.decode())
    assert reverse("dashboards:revenue") in set(after) - set(before)
    assert reverse("admin:library_media_changelist") in set(before) - set(after)


@pytest.mark.parametrize("start", [OWN, UNFOLD])
def test_the_search_of_the_frame_finds_people(start):
    make_user("zoe", first_name="Zoë", last_name="Veldman")
    client = browser(make_role("support"))
    page = client.get(reverse(start)).content.decode()

    address, name = re.search(
        r'<form class="adm-find" role="search" action="([^"]*)".*?name="(\w+)"', page, re.DOTALL
    ).groups()
    found = client.get(address, {name: "veldm"})

    assert found.status_code == 200
    assert "Zoë Veldman" in text_of(found.content.decode())
    assert found.context["page"].total == 1


def test_who_may_not_see_members_has_no_search_for_them():
    request = RequestFactory().get("/admin/")
    request.user = make_user("plain", is_staff=True)

    assert admin.site.each_context(request)["staff_search"] == ""


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("desk:person", ["/admin/people/"]),
        ("desk:person-journey", ["/admin/people/", "person"]),
        ("desk:bulk-list", ["/admin/people/"]),
        ("desk:people", []),
    ],
)
def test_the_crumbs_lead_back_step_by_step(name, ways):
    ben = make_user("ben", first_name="Ben", last_name="Ottens")
    client = browser(make_role("support"))
    person = reverse("desk:person", args=[ben.uuid])
    has_one = name.startswith("desk:person")

    page = client.get(reverse(name, args=[ben.uuid] if has_one else [])).content.decode()

    crumbs = re.search(r'<nav class="staff-crumbs".*?</nav>', page, re.DOTALL)[0]
    wanted = [person if way == "person" else way for way in ways]
    assert re.findall(r'<a href="([^"]*)"', crumbs) == wanted
    assert all(client.get(address).status_code == 200 for address in wanted)
    last = re.search(r'<b aria-current="page">(.*?)</b>', crumbs)[1]
    assert unescape(last) == unescape(re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1])
    assert re.search(r"<title>(.*?) · ", page)[1] == last


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("start", [OWN, UNFOLD])
def test_light_or_dark_is_as_oneself_chose(theme, start):
    person = make_role("admin")
    User.objects.filter(pk=person.pk).update(theme=theme)

    page = browser(person).get(reverse(start)).content.decode()

    assert f'data-chosen-theme="{theme}"' in page
    assert "data-theme-toggle" in page


def test_the_frame_is_for_staff_alone_and_says_nothing_to_others():
    for person, status in ((make_user("member"), 403), (make_user("of-nothing", is_staff=True), 403)):
        answer = browser(person).get(reverse(OWN))

        assert answer.status_code == status
        assert "adm-side" not in answer.content.decode()


def test_a_page_that_is_refused_inside_the_frame_tells_nothing_of_it():
    make_user("zoe", email="zoe.veldman@example.org")
    analyst = browser(make_role("analyst"))

    refused = analyst.get(reverse("desk:audit"))

    assert refused.status_code == 403
    assert "Audit log" not in refused.content.decode()


def test_the_frame_costs_no_query_for_each_line(django_assert_max_num_queries):
    client = browser(make_role("admin"))
    client.get(reverse("desk:bulk-list"))

    with django_assert_max_num_queries(6):
        client.get(reverse("desk:bulk-list"))


def test_the_superusers_frame_is_the_administrators():
    boss, appointed = browser(make_staff("boss")), browser(make_role("admin"))

    assert links(boss.get(reverse(OWN)).content.decode()) == links(appointed.get(reverse(OWN)).content.decode())
    assert settings.UNFOLD
    assert may(make_staff("other"), Area.STAFF, Level.CHANGE)
