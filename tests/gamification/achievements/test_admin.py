"""The editor: drafts, the dry run, publishing in versions, and taking back."""

import pytest
from django.core.management import call_command
from django.test import Client

from gamification.achievements import backfilling, previewing, writing
from gamification.achievements.models import Achievement, Withheld
from gamification.models import Player, Unlock
from stats import verify
from tests.factories import make_staff, make_user
from tests.gamification.achievements.test_unlocking import NOON, has, lessons, tell

pytestmark = pytest.mark.django_db

EDITOR = "/admin/gamification/achievement/"
FORM = {
    "name": "Reader",
    "description": "Complete some lessons",
    "category": "Learning",
    "icon": "book",
    "numeral": "",
    "color": "",
    "metric": "lessons_completed",
    "window": "all",
    "tiers": "2 50 common\n5 100 rare",
    "every": "0",
    "key": "reader",
    "position": "5",
}


@pytest.fixture
def ben(db):
    return make_user("ben")


@pytest.fixture
def staff(db):
    client = Client()
    client.force_login(make_staff("boss"))
    return client


def draft(**values):
    told = {"name": "Reader", "description": "Read.", "metric": "lessons_completed", "icon": "book"}
    tiers = [{"threshold": values.pop("threshold", 2), "points": values.pop("points", 50), "rarity": "common"}]
    return writing.Draft(**{**told, "tiers": tiers, **values})


def test_a_draft_is_tried_and_then_published_and_the_past_is_unlocked(staff, ben):
    tell(*lessons(ben, 3))

    written = staff.post(f"{EDITOR}add/", FORM)
    assert written.status_code == 302, written.context["adminform"].form.errors
    row = Achievement.objects.get()
    assert (row.key, row.current) == ("reader", 0)
    page = staff.get(f"{EDITOR}{row.pk}/dry-run/")
    assert page.context["preview"].gaining == ("ben",)
    assert (has(ben), Achievement.objects.get().current) == ({}, 0)

    staff.post(f"{EDITOR}{row.pk}/dry-run/")
    backfilling.work_off()

    assert has(ben) == {"reader": NOON.replace(minute=20)}
    assert Player.objects.get(actor=ben.uuid).xp == 3 * 50 + 20 + 200
    assert verify.differences() == []


def test_the_editor_says_at_the_field_what_is_wrong(staff):
    answer = staff.post(f"{EDITOR}add/", FORM | {"tiers": "five points please"})
    assert answer.context["adminform"].form.errors.as_data()["tiers"][0].code == "invalid_rule"

    answer = staff.post(f"{EDITOR}add/", FORM | {"tiers": "5 1000000000 common"})

    assert set(answer.context["adminform"].form.errors) == {"tiers"}
    assert not Achievement.objects.exists()


def test_the_lists_and_pages_of_the_editor_open(staff, make_achievement):
    row = make_achievement("reader", "lessons_completed", 2)

    for address in (EDITOR, f"{EDITOR}{row.pk}/change/", f"{EDITOR}{row.pk}/dry-run/", "/admin/gamification/withheld/"):
        assert staff.get(address).status_code == 200, address


def test_members_do_not_open_the_editor(ben):
    client = Client()
    client.force_login(ben)

    assert client.get(EDITOR).status_code in {302, 403}


def test_keepers_keep_under_a_stricter_version_and_lose_by_their_own(ben):
    row = writing.create(draft(threshold=2), None)
    writing.publish(row)
    tell(*lessons(ben, 3))
    assert has(ben) == {"reader": NOON.replace(minute=20)}

    writing.revise(row, draft(threshold=10), None)
    seen = previewing.preview(row, writing.latest_of(row))
    writing.publish(row)
    backfilling.work_off()
    tell(*lessons(ben, 1, NOON.replace(hour=18)))

    assert (seen.gains, seen.keeps, seen.keeping) == (0, 1, ("ben",))
    assert has(ben) == {"reader": NOON.replace(minute=20)}
    assert Unlock.objects.get(actor=ben.uuid).version == 1
    ann = make_user("ann")
    tell(*lessons(ann, 3))
    assert has(ann) == {}


def test_publishing_twice_gives_nothing_twice(ben):
    row = writing.create(draft(), None)
    writing.publish(row)
    tell(*lessons(ben, 3))
    xp = Player.objects.get(actor=ben.uuid).xp

    writing.revise(row, draft(description="Read more."), None)
    writing.publish(row)
    backfilling.work_off()

    assert Player.objects.get(actor=ben.uuid).xp == xp
    assert Unlock.objects.count() == 1


def test_what_is_retired_is_not_given_and_not_taken(ben):
    ann = make_user("ann")
    row = writing.create(draft(), None)
    writing.publish(row)
    tell(*lessons(ben, 2))

    writing.retire(row)
    tell(*lessons(ann, 2))
    assert (len(has(ben)), len(has(ann))) == (1, 0)

    writing.retire(row, False)
    backfilling.work_off()
    assert len(has(ann)) == 1


def test_staff_take_it_back_with_what_it_paid_and_it_is_not_earned_again(staff, ben):
    row = writing.create(draft(), None)
    writing.publish(row)
    tell(*lessons(ben, 2))
    assert Player.objects.get(actor=ben.uuid).xp == 2 * 50 + 20 + 200

    answer = staff.post(
        "/admin/gamification/withheld/add/", {"username": "ben", "achievement": row.pk, "reason": "Not by hand."}
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    tell(*lessons(ben, 3))

    assert has(ben) == {}
    assert Player.objects.get(actor=ben.uuid).xp == 5 * 50 + 20
    assert Withheld.objects.get().by.username == "boss"
    assert verify.differences() == []

    writing.give_back(Withheld.objects.get())

    assert set(has(ben)) == {"reader"}
    assert Player.objects.get(actor=ben.uuid).xp == 5 * 50 + 20 + 200


def test_the_twelve_are_seeded_once_and_given_for_the_past(ben):
    tell(*lessons(ben, 12))

    call_command("seed_achievements")
    call_command("seed_achievements")

    assert Achievement.objects.count() == 12
    assert has(ben) == {"first_steps": NOON, "learning_enthusiast": NOON.replace(hour=15)}
    assert verify.differences() == []
