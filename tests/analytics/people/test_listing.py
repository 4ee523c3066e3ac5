"""The list: every member once, in any order, page by page; and the page that shows it."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from accounts.staffing import StaffRole
from analytics.people import filters, listing
from analytics.people.filters import Bad, Filter
from analytics.people.models import SavedFilter
from gamification.models import Player
from tests.analytics.people.world import DAY, active, client_of, given, paying, staff
from tests.config.markup import inline_parts
from tests.factories import make_plans, make_user

NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)
LIST = "/admin/people/"


@pytest.fixture
def now(db):
    make_plans()
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def crowd(now, monkeypatch):
    """Twenty-three members, some with equal numbers, and pages of five."""
    monkeypatch.setattr(listing, "PER_PAGE", 5)
    for number in range(23):
        user = make_user(f"m{number:02}", created_at=now - number * DAY)
        if number % 3:
            active(user, now - (number % 4) * DAY, watched_ms=(number % 5) * 1000, plays=number % 5)
        if number % 2:
            Player.objects.create(actor=user.uuid, xp=number % 4, level=1)


@pytest.mark.parametrize(
    "order",
    [
        "-joined",
        "joined",
        "name",
        "-name",
        "-active",
        "active",
        "-xp",
        "xp",
        "-watch_history_entries",
        "total_interactions",
    ],
)
def test_every_member_is_on_exactly_one_page_in_both_directions(crowd, now, order):
    forth, after = [], ""
    while True:
        page = listing.page(Filter(), order, now, with_addresses=True, after=after)
        forth.append([row.user.username for row in page.rows])
        last, after = page, page.after
        if not after:
            break
    back = [[row.user.username for row in last.rows]]
    while last.before:
        last = listing.page(Filter(), order, now, with_addresses=True, before=last.before)
        back.insert(0, [row.user.username for row in last.rows])

    flat = [name for names in forth for name in names]
    assert sorted(flat) == sorted(User.objects.values_list("username", flat=True))
    assert [name for names in back for name in names] == flat
    other = listing.page(Filter(), order.removeprefix("-") if "-" in order else f"-{order}", now, with_addresses=True)
    assert [row.user.username for row in other.rows] == flat[::-1][:5]


def test_a_cursor_of_another_order_or_an_altered_one_is_refused(crowd, now):
    page = listing.page(Filter(), "name", now, with_addresses=True)

    for order, cursor in (("-xp", page.after), ("name", page.after[:-2] + "zz"), ("name", "nonsense"), ("name", "é")):
        with pytest.raises(Bad):
            listing.page(Filter(), order, now, with_addresses=True, after=cursor)


@pytest.mark.parametrize("wanted", [Filter(), Filter(state="active"), Filter(activity="never")])
def test_the_total_is_known_on_every_page(now, wanted):
    for number in range(120):
        make_user(f"m{number}")

    first = listing.page(wanted, "name", now, with_addresses=True)
    second = listing.page(wanted, "name", now, with_addresses=True, after=first.after)
    third = listing.page(wanted, "name", now, with_addresses=True, after=second.after)
    back = listing.page(wanted, "name", now, with_addresses=True, before=third.before)

    assert [page.total for page in (first, second, third, back)] == [120] * 4
    assert [len(page.rows) for page in (first, second, third)] == [50, 50, 20]
    assert [row.user.pk for row in back.rows] == [row.user.pk for row in second.rows]


def test_nobody_is_nobody_and_a_page_is_all(now):
    make_user()

    nobody = listing.page(Filter(q="who"), "name", now, with_addresses=True)
    impossible = listing.page(
        filters.read({"metric": "xp", "op": "below", "value": "0"}), "name", now, with_addresses=True
    )
    one = listing.page(Filter(activity="never"), "name", now, with_addresses=True)

    assert [(page.total, len(page.rows)) for page in (nobody, impossible, one)] == [(0, 0), (0, 0), (1, 1)]


@pytest.mark.parametrize(
    "query", ["plan=gold", "order=wealth", "order=-", "after=x", "before=x", "page=2", "currency=EUR", "q=a&q=b"]
)
def test_what_the_list_does_not_know_is_refused_with_a_sentence(now, query):
    response = client_of(staff(StaffRole.ADMIN)).get(f"{LIST}?{query}")

    assert response.status_code == 400
    assert "This filter cannot be" in text_of(response)
    assert names_in(response) == []


def test_a_page_lies_on_one_side_of_a_member(now):
    for number in range(120):
        make_user(f"m{number}")
    first = listing.page(Filter(), "name", now, with_addresses=True)
    second = listing.page(Filter(), "name", now, with_addresses=True, after=first.after)

    both = {"order": "name", "after": second.after, "before": second.before}

    assert client_of(staff(StaffRole.ADMIN)).get(LIST, both).status_code == 400


@pytest.mark.parametrize("order", ["plays_30d", "password", "user__password", "--xp", "xp-", "-", "?", "pk"])
def test_there_is_no_other_order(order):
    with pytest.raises(Bad):
        listing.order_of(order)


def text_of(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def names_in(response) -> list[str]:
    return re.findall(r'name="who" value="[^"]*" aria-label="([^"]*)"', response.content.decode())


def test_the_page_says_who_has_what_since_when(now):
    admin = staff(StaffRole.ADMIN)
    ilse = make_user("ilse", first_name="Ilse", created_at=now - 40 * DAY)
    paying(ilse, Role.PREMIUM, now - 10 * DAY)
    active(ilse, now - timedelta(hours=3), watched_ms=5_400_000)
    Player.objects.create(actor=ilse.uuid, xp=2_500, level=5)

    response = client_of(admin).get(f"{LIST}?q=ilse")

    said = text_of(response)
    assert "Premium, renews 11 Dec 2026" in said
    assert "2,500 XP" in said
    assert "1.5 h" in said
    assert "3 h ago" in said
    assert "12 Oct 2026" in said
    assert "ilse@example.org" in said
    assert inline_parts(response.content.decode()) == []


def test_a_filter_that_cannot_be_shows_nobody_and_says_why(now):
    make_user("ilse")

    for query in ("colour=red", "order=password", "after=abc", "level_min=abc", "q=" + "a" * 201):
        response = client_of(staff(StaffRole.ADMIN) if not User.objects.filter(is_superuser=True).exists() else User.objects.get(is_superuser=True)).get(f"{LIST}?{query}")  # fmt: skip
        assert response.status_code == 400
        assert names_in(response) == []
        assert "This filter cannot be" in text_of(response)


def test_what_is_typed_is_never_markup(now):
    admin = staff(StaffRole.ADMIN)
    make_user("bad", first_name="<script>alert(1)</script>")

    page = client_of(admin).get(f"{LIST}?q=%3Cscript%3E").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_analysts_see_masked_addresses_and_cannot_search_them(now):
    make_user("ilse", email="ilse.vermeer@example.org")
    browser = client_of(staff(StaffRole.ANALYST))

    assert "vermeer" not in browser.get(LIST).content.decode()
    assert names_in(browser.get(f"{LIST}?q=vermeer")) == []
    assert names_in(browser.get(f"{LIST}?q=ilse")) == ["ilse"]
    assert "i•••@•••.org" in text_of(browser.get(f"{LIST}?q=ilse"))


@pytest.mark.parametrize(
    "query", ["plan=premium", "subscription=paying", "ends=30", "country=NL", "left_from=2026-01-01"]
)
def test_moderators_find_nobody_by_a_subscription_and_see_none(now, query):
    given(make_user("ana"), Role.PREMIUM, 30, now)
    browser = client_of(staff(StaffRole.MODERATOR))

    refused, page = browser.get(f"{LIST}?{query}"), browser.get(LIST).content.decode()

    assert refused.status_code == 400
    assert "Your role does not see subscriptions." in refused.content.decode()
    assert "ana" in page
    assert "Premium, until" not in page
    assert 'name="plan"' not in page


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?role=premium&metric=xp&op=above&value=1&order=-total_interactions&metric=plays_30d&op=below&value=9&activity=active-7",
    ],
)
def test_the_list_takes_few_queries_however_many_there_are(now, django_assert_max_num_queries, query):
    browser = client_of(staff(StaffRole.SUPPORT))
    for number in range(30):
        user = make_user(f"m{number}")
        given(user, Role.PREMIUM, 30, now)
        active(user, now, plays=number)
        Player.objects.create(actor=user.uuid, xp=number, level=1)
    browser.get(LIST)

    with django_assert_max_num_queries(12):
        response = browser.get(f"{LIST}{query}")

    assert len(names_in(response)) >= 29


def test_the_total_is_that_of_the_filter(now):
    admin = staff(StaffRole.ADMIN)
    for number in range(60):
        make_user(f"m{number}", is_active=number % 2 == 0)

    said = text_of(client_of(admin).get(f"{LIST}?state=deactivated"))

    assert "30 members" in said
    assert filters.people(filters.read_query("state=deactivated"), now, by_address=True).count() == 30


# Saved filters


def save(browser, **fields):
    return browser.post(reverse("desk:saved-save"), fields, follow=True)


def test_a_saved_filter_is_ones_own_until_it_is_shared(now):
    admin, support = staff(StaffRole.ADMIN), staff(StaffRole.SUPPORT)

    save(client_of(admin), name="Quiet payers", query="subscription=paying&activity=quiet-30")
    save(client_of(admin), name="Shared", query="role=premium", is_shared="on")

    own, others = client_of(admin).get(LIST), client_of(support).get(LIST)
    assert "Quiet payers" in text_of(own)
    assert "Quiet payers" not in text_of(others)
    assert "Shared" in text_of(others)
    assert "?subscription=paying&amp;activity=quiet-30" in own.content.decode()


def test_the_same_name_takes_the_place_of_the_first(now):
    admin = client_of(staff(StaffRole.ADMIN))

    save(admin, name="Mine", query="role=premium")
    save(admin, name=" Mine ", query="role=free")

    assert SavedFilter.objects.get().query == "role=free"


@pytest.mark.parametrize(("name", "query"), [("", "role=free"), ("x" * 61, "role=free"), ("Everybody", "")])
def test_a_filter_without_name_or_content_is_not_saved(now, name, query):
    response = save(client_of(staff(StaffRole.ADMIN)), name=name, query=query)

    assert response.status_code == 200
    assert not SavedFilter.objects.exists()


def test_what_is_no_filter_is_not_saved(now):
    assert save(client_of(staff(StaffRole.ADMIN)), name="x", query="colour=red").status_code == 400
    assert not SavedFilter.objects.exists()


def test_only_its_owner_deletes_a_saved_filter_or_who_decides_about_staff(now):
    admin, support = staff(StaffRole.ADMIN), staff(StaffRole.SUPPORT)
    for owner, shared in ((support, True), (support, False), (admin, True)):
        SavedFilter.objects.create(owner=owner, name=f"{owner} {shared}", query="role=free", is_shared=shared)

    def delete(who, name):
        kept = SavedFilter.objects.get(name=name)
        return client_of(who).post(reverse("desk:saved-delete", args=[kept.uuid])).status_code

    assert delete(support, f"{admin} True") == 404
    assert delete(admin, f"{support} False") == 404
    assert delete(admin, f"{support} True") == 302
    assert delete(support, f"{support} False") == 302
    assert SavedFilter.objects.count() == 1


def test_nobody_keeps_more_than_fifty(now):
    admin = staff(StaffRole.ADMIN)
    SavedFilter.objects.bulk_create(SavedFilter(owner=admin, name=f"f{n}", query="role=free") for n in range(50))

    assert "Delete one first" in text_of(save(client_of(admin), name="One more", query="role=free"))
    assert "Saved as" in text_of(save(client_of(admin), name="f7", query="role=premium"))
