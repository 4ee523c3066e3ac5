"""Bulk actions in the browser: choose, look, start, follow, take back, take along; each for who may."""

import csv
import io
import re
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from accounts.models import StaffAction, Subscription, User
from accounts.roles import Role
from accounts.staffing import StaffRole
from analytics.people.models import BulkAction, BulkState
from tests.analytics.people.world import DAY, active, client_of, given, staff
from tests.config.markup import inline_parts
from tests.factories import make_plans, make_user

NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)
ALLOWED = {
    "extend": {"admin", "support", "finance"},
    "upgrade": {"admin", "support", "finance"},
    "feature": {"admin", "support", "finance"},
    "message": {"admin", "support"},
    "export": {"admin", "support", "analyst", "moderator", "finance"},
    "deactivate": {"admin", "support"},
    "activate": {"admin", "support"},
}


@pytest.fixture
def now(db):
    make_plans()
    with time_machine.travel(NOW, tick=False):
        yield NOW


def text_of(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def prepare(browser, act, *people, **more):
    return browser.post(reverse("desk:bulk-prepare"), {"act": act, "who": [str(one.uuid) for one in people], **more})


def describe(browser, made, **params):
    return browser.post(reverse("desk:bulk-describe", args=[made.uuid]), params, follow=True)


def seen_in(response) -> str:
    return re.search(r'name="seen" value="([^"]*)"', response.content.decode())[1]


def start(browser, made, page):
    return browser.post(reverse("desk:bulk-start", args=[made.uuid]), {"seen": seen_in(page)}, follow=True)


def test_from_the_ticked_members_to_the_end_and_back(now):
    admin = client_of(staff(StaffRole.ADMIN))
    ilse, ben = make_user("ilse"), make_user("ben")
    given(ilse, Role.PREMIUM, 10, now)

    prepare(admin, "extend", ilse, ben)
    made = BulkAction.objects.get()
    page = describe(admin, made, days=30, reason="An outage")

    said = text_of(page)
    assert "1 subscription lasts 30 days longer" in said
    assert "1 without a running subscription stay as they are" in said
    assert "1 Dec 2026 → 31 Dec 2026" in said
    assert "Extend 1 subscription" in said
    assert "It can be taken back afterwards" in said
    assert Subscription.objects.get().current_period_end == now + 10 * DAY

    page = start(admin, made, page)

    said = text_of(page)
    assert "Finished" in said
    assert "1 done" in said
    assert "1 stayed as they were" in said
    assert "No running subscription" in said
    assert Subscription.objects.get().current_period_end == now + 40 * DAY

    page = admin.post(reverse("desk:bulk-undo", args=[made.uuid]), follow=True)

    assert "Undo: Extend the subscription" in text_of(page)
    assert Subscription.objects.get().current_period_end == now + 10 * DAY
    assert "It was taken back" in text_of(admin.get(reverse("desk:bulk", args=[made.uuid])))
    assert inline_parts(page.content.decode()) == []


def test_all_who_fit_are_those_of_the_filter(now):
    admin = client_of(staff(StaffRole.ADMIN))
    for number in range(70):
        given(make_user(f"m{number}"), Role.PREMIUM if number % 2 else Role.SUBSCRIBER, 10, now)

    prepare(admin, "extend", who_all="1", query="role=premium")

    made = BulkAction.objects.get()
    assert (made.total, made.selection) == (35, "role=premium")
    assert "Role: Premium" in text_of(admin.get(reverse("desk:bulk", args=[made.uuid])))


def test_a_form_that_cannot_be_is_shown_again_and_nothing_is_kept(now):
    admin = client_of(staff(StaffRole.ADMIN))
    prepare(admin, "extend", make_user("ilse"))
    made = BulkAction.objects.get()

    for days in ("0", "-5", "1000000000", "abc", "3651", ""):
        assert describe(admin, made, days=days).status_code == 400

    made.refresh_from_db()
    assert made.params == {"days": 30, "reason": ""}


def test_what_is_usually_done_is_shown_at_once(now):
    admin = client_of(staff(StaffRole.ADMIN))
    given(make_user("ilse"), Role.PREMIUM, 10, now)

    shown = [text_of(prepare(admin, act, User.objects.get(username="ilse"))) for act in ALLOWED]
    pages = [text_of(admin.get(reverse("desk:bulk", args=[made.uuid]))) for made in BulkAction.objects.order_by("id")]

    assert len(shown) == len(pages) == len(ALLOWED)
    for act, page in zip(ALLOWED, pages, strict=True):
        assert ("What would happen" in page) == (act in {"extend", "upgrade", "export"}), act


@pytest.mark.parametrize("fields", [{"act": "delete"}, {"act": ""}, {}])
def test_there_is_no_other_act(now, fields):
    response = client_of(staff(StaffRole.ADMIN)).post(
        reverse("desk:bulk-prepare"), {"who": [str(make_user().uuid)], **fields}, follow=True
    )

    assert "Choose what to do" in text_of(response)
    assert not BulkAction.objects.exists()


def test_nobody_chosen_and_nobodys_id(now):
    admin = client_of(staff(StaffRole.ADMIN))

    assert "Nobody was chosen" in text_of(admin.post(reverse("desk:bulk-prepare"), {"act": "extend"}, follow=True))
    assert admin.post(reverse("desk:bulk-prepare"), {"act": "extend", "who": ["1"]}).status_code == 400
    assert (
        admin.post(reverse("desk:bulk-prepare"), {"act": "extend", "who_all": "1", "query": "x=1"}).status_code == 400
    )
    assert not BulkAction.objects.exists()


@pytest.mark.parametrize("role", list(StaffRole))
def test_each_act_is_for_who_may(now, role):
    browser, ilse = client_of(staff(role)), make_user("ilse")

    offered = (
        set(re.findall(r'<option value="(\w+)">', browser.get("/admin/people/").content.decode())) & ALLOWED.keys()
    )
    tried = {act for act in ALLOWED if prepare(browser, act, ilse).status_code == 302}

    assert offered == tried == {act for act, roles in ALLOWED.items() if role.value in roles}
    assert BulkAction.objects.count() == len(tried)


def test_a_draft_is_its_makers_alone_and_what_is_beyond_ones_level_is_not_seen(now):
    admin, other = client_of(staff(StaffRole.ADMIN)), client_of(staff(StaffRole.SUPPORT))
    analyst = client_of(staff(StaffRole.ANALYST))
    prepare(admin, "deactivate", make_user("ilse"))
    made = BulkAction.objects.get()
    address = reverse("desk:bulk", args=[made.uuid])

    assert other.get(address).status_code == 404
    for name in ("describe", "start"):
        assert other.post(reverse(f"desk:bulk-{name}", args=[made.uuid]), {"reason": "x"}).status_code == 404
    start(admin, made, describe(admin, made, reason="Spam"))
    assert other.get(address).status_code == 200
    assert analyst.get(address).status_code == 404
    assert analyst.post(reverse("desk:bulk-undo", args=[made.uuid])).status_code == 404
    assert analyst.post(reverse("desk:bulk-stop", args=[made.uuid])).status_code == 404
    assert "Deactivate" in text_of(other.get(reverse("desk:bulk-list")))
    assert "Spam" not in text_of(analyst.get(reverse("desk:bulk-list")))
    assert not User.objects.get(username="ilse").is_active


def test_progress_is_told_alone_to_who_follows_it(now):
    admin = client_of(staff(StaffRole.ADMIN))
    prepare(admin, "deactivate", make_user("ilse"))
    made = BulkAction.objects.get()
    start(admin, made, describe(admin, made, reason="Spam"))

    part = admin.get(reverse("desk:bulk", args=[made.uuid]), headers={"X-Progress": "1"}).content.decode()

    assert 'data-state="finished"' in part
    assert "<html" not in part


def test_a_second_press_changes_nothing(now):
    admin = client_of(staff(StaffRole.ADMIN))
    ilse = make_user("ilse")
    given(ilse, Role.PREMIUM, 10, now)
    prepare(admin, "extend", ilse)
    made = BulkAction.objects.get()
    page = describe(admin, made, days=30)

    start(admin, made, page)
    again = start(admin, made, page)

    assert "started already" in text_of(again)
    assert Subscription.objects.get().current_period_end == now + 40 * DAY


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_an_export_has_a_row_each_with_no_formula_and_is_noted(now):
    admin = client_of(staff(StaffRole.ADMIN))
    ilse = make_user("ilse", first_name="=HYPERLINK(1)", last_name="Vermeer")
    given(ilse, Role.PREMIUM, 10, now)
    active(ilse, now, plays=7, watched_ms=5_400_000)
    make_user("ben")
    prepare(admin, "export", who_all="1", query="state=active&q=")
    made = BulkAction.objects.get()
    page = describe(admin, made, reason="For the newsletter")

    response = admin.post(reverse("desk:bulk-download", args=[made.uuid]), {"seen": seen_in(page)})

    rows = {row["username"]: row for row in rows_of(response)}
    assert set(rows) == {"admin-of-all", "ilse", "ben"}
    assert rows["ilse"]["first_name"] == "'=HYPERLINK(1)"
    assert rows["ilse"]["email"] == "ilse@example.org"
    assert (rows["ilse"]["role"], rows["ilse"]["plan"], rows["ilse"]["paid_for"]) == ("premium", "premium", "0")
    assert (rows["ilse"]["watch_history_entries"], rows["ilse"]["total_watched_hours"]) == ("7", "1.5")
    assert rows["ben"]["last_activity"] == ""
    line = StaffAction.objects.get(what="members.exported")
    assert (line.detail["people"], line.detail["masked"]) == (3, False)
    made.refresh_from_db()
    assert (made.state, made.done) == (BulkState.FINISHED, 3)


def test_an_analysts_export_is_masked(now):
    analyst = client_of(staff(StaffRole.ANALYST))
    ilse = make_user("ilse", email="ilse.vermeer@example.org")
    prepare(analyst, "export", ilse)
    made = BulkAction.objects.get()
    page = describe(analyst, made)
    assert "vermeer" not in page.content.decode()

    response = analyst.post(reverse("desk:bulk-download", args=[made.uuid]), {"seen": seen_in(page)})

    assert [row["email"] for row in rows_of(response)] == ["i•••@•••.org"]
    assert StaffAction.objects.get(what="members.exported").detail["masked"] is True


def test_the_pages_take_few_queries(now, django_assert_max_num_queries):
    browser = client_of(staff(StaffRole.SUPPORT))
    people = [make_user(f"m{number}") for number in range(40)]
    for person in people:
        given(person, Role.PREMIUM, 10, now)
    prepare(browser, "extend", *people)
    made = BulkAction.objects.get()

    with django_assert_max_num_queries(12):
        browser.get(reverse("desk:bulk-list"))
    page = describe(browser, made, days=30)
    with django_assert_max_num_queries(12):
        browser.get(reverse("desk:bulk", args=[made.uuid]))
    start(browser, made, page)
    with django_assert_max_num_queries(12):
        browser.get(reverse("desk:bulk", args=[made.uuid]))
