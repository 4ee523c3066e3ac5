"""What the staff hid stays hidden until they let it be seen again; its owner is told why, and may ask them to look again."""

from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.models import FeatureGrant
from library import access, uploads
from library.models import Media, Report
from library.moderation import reports
from stats import verify
from stats.actors import user_actor
from stats.models import Item
from tests.factories import api_client, make_item, make_staff, make_user
from tests.library.moderation.test_reports import QUEUE, decide, told
from tests.library.test_at_once import at_once

pytestmark = pytest.mark.django_db

DETAILS = {"title": "Tide", "category": "nature", "tags": "", "visibility": "public", "publish": "now"}
HIDDEN = "An item of yours was hidden by the staff"


def hide(item, *reasons):
    for reason in reasons or ("rights",):
        reports.report(make_user(), reports.SUBJECT["item"], item, reason)
    return reports.decide(reports.SUBJECT["item"], item, make_staff(), uphold=True)


def is_seen(item):
    return access.visible_to(make_user()).filter(pk=item.pk).exists()


def url(item, tail=""):
    return f"/api/library/items/{item.uuid}{tail}"


def test_its_owner_reads_why_and_cannot_let_it_be_seen_on_the_page(client):
    item = make_item(title="Tide")
    hide(item, "spam", "rights", "rights")
    client.force_login(item.owner)

    page, mine = client.get(f"/items/{item.uuid}/").content.decode(), client.get("/items/").content.decode()
    form = client.get(f"/items/{item.uuid}/edit/").content.decode()
    saved = client.post(f"/items/{item.uuid}/edit/", DETAILS | {"title": "Ebb"})

    assert "Reason: Belongs to somebody else." in page
    assert "Hidden by the staff" in mine
    assert "Hidden by the staff of this site." in form
    assert saved.status_code == 302
    item.refresh_from_db()
    assert (item.title, item.visibility, is_seen(item)) == ("Ebb", "private", False)
    assert told(item.owner) == [HIDDEN]


@pytest.mark.parametrize("visibility", ["public", "unlisted", "role"])
def test_a_program_is_refused(visibility):
    item = make_item()
    hide(item)
    owner = api_client(item.owner)

    refused = owner.patch(url(item), {"visibility": visibility, "title": "Ebb"}, format="json")

    assert (refused.status_code, refused.json()["code"]) == (403, "held_by_staff")
    assert owner.get(url(item)).json()["held_for"] == "rights"
    assert Item.objects.get(pk=item.pk).title == item.title
    assert owner.patch(url(item), {"title": "Ebb"}, format="json").status_code == 200
    assert not is_seen(item)


def test_many_at_once_are_all_left_as_they_are_when_one_is_hidden():
    owner = make_user()
    FeatureGrant.objects.create(user=owner, feature="bulk_operations")
    items = [make_item(owner, visibility="private"), make_item(owner)]
    hide(items[1])
    ids = [str(item.uuid) for item in items]

    refused = api_client(owner).post(
        "/api/library/items/bulk", {"action": "change", "items": ids, "change": {"visibility": "public"}}, format="json"
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "held_by_staff")
    assert set(Item.objects.filter(owner=owner).values_list("visibility", flat=True)) == {"private"}


def test_what_its_owner_kept_private_cannot_be_let_out_after_it_was_hidden_either():
    item = make_item(visibility="private")

    hide(item)

    assert api_client(item.owner).patch(url(item), {"visibility": "public"}, format="json").status_code == 403
    assert told(item.owner) == [HIDDEN]


def test_staff_who_let_it_be_seen_give_it_back_to_its_owner():
    item = make_item()
    hide(item)

    assert api_client(make_staff()).patch(url(item), {"visibility": "public"}, format="json").status_code == 200

    assert is_seen(item)
    owner = api_client(item.owner)
    assert owner.get(url(item)).json()["held_for"] is None
    for visibility in ("private", "public"):
        assert owner.patch(url(item), {"visibility": visibility}, format="json").status_code == 200
    assert not list(verify.differences())


def test_an_appeal_is_looked_at_and_may_succeed(client):
    item = make_item(title="My own film")
    hide(item)
    client.force_login(item.owner)
    asked = client.post(f"/items/{item.uuid}/appeal/", {"note": "I made it myself."}, follow=True)
    assert "You asked them to look again" in asked.content.decode()

    client.force_login(make_staff())
    waiting = client.get(QUEUE).content.decode()
    assert all(words in waiting for words in ("My own film", "I made it myself.", "Belongs to somebody else"))
    decide(client, "appeal", item, "uphold")

    assert not is_seen(item)
    assert api_client(item.owner).patch(url(item), {"visibility": "public"}, format="json").status_code == 200
    assert is_seen(item)
    assert told(item.owner)[1:] == ["The staff looked again at an item of yours: you may let others see it again"]
    assert "Nothing waits" in client.get(QUEUE).content.decode()
    assert not list(verify.differences())


def test_an_appeal_may_fail_each_time_and_its_owner_is_told_each_time(client):
    item = make_item()
    hide(item)
    owner, staff = api_client(item.owner), api_client(make_staff())

    for _ in range(2):
        assert owner.post(url(item, "/appeal"), {"note": "Look again."}, format="json").status_code == 201
        decision = staff.post(f"/api/library/reports/appeal/{item.uuid}", {"decision": "dismiss"}, format="json")
        assert decision.json() == {"decided": 1}

    assert not is_seen(item)
    assert told(item.owner)[1:] == ["The staff looked again at an item of yours: it stays hidden"] * 2
    client.force_login(item.owner)
    assert "They looked again, and it stays hidden." in client.get(f"/items/{item.uuid}/").content.decode()


def test_only_its_owner_appeals_and_only_for_what_is_hidden():
    item, free = make_item(), make_item()
    hide(item)

    for who, about in ((make_user(), item), (make_staff(), item), (free.owner, free)):
        assert api_client(who).post(url(about, "/appeal"), {"note": "Please."}, format="json").status_code == 404
    for note in ("", "\u200b \n", "a" * 501):
        assert api_client(item.owner).post(url(item, "/appeal"), {"note": note}, format="json").status_code == 400
    assert not Report.objects.exclude(appeal=None).exists()


def test_what_staff_let_out_or_its_owner_deleted_no_longer_waits(client):
    items = [make_item(), make_item()]
    for item in items:
        hide(item)
        reports.report(item.owner, reports.SUBJECT["appeal"], item, note="Please.")

    uploads.delete(items[0], user_actor(items[0].owner.uuid))
    api_client(make_staff()).patch(url(items[1]), {"visibility": "public"}, format="json")

    client.force_login(make_staff())
    assert "Nothing waits" in client.get(QUEUE).content.decode()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_it_is_hidden_while_its_owner_writes():
    for _ in range(8):
        item = make_item()
        details = replace(uploads.details_of(item, timezone.now()), title="Ebb")
        at_once(
            lambda item=item: hide(item),
            lambda item=item, details=details: uploads.change(item, details, user_actor(item.owner.uuid)),
        )

    assert set(Media.objects.values_list("held_for", "item__visibility")) == {("rights", "private")}
    assert set(Item.objects.values_list("title", flat=True)) == {"Ebb"}
