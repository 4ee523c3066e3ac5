"""Moments in the API and as toasts: told in words, shown once, nothing in calm mode."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from gamification.achievements import defaults
from gamification.models import Entry
from gamification.moments import pages, telling
from gamification.moments.models import Moment
from gamification.playing import choosing
from stats import ledger
from stats.actors import user_actor
from stats.fields import to_micros
from stats.fresh import Effect
from stats.ids import uuid7
from stats.kinds import Kind
from tests.factories import make_user

pytestmark = pytest.mark.django_db

API, SHOWN, SHOW = "/api/gamification/moments", "/api/gamification/moments/shown", "/moments/"


@pytest.fixture
def ben(client):
    user = make_user("ben")
    client.force_login(user)
    return user


def tell(user, kind, ref, amount=1):
    telling.listen([Effect(user.uuid.hex, kind, ref, amount, to_micros(timezone.now()))])


def test_what_waits_is_told_in_words_and_reading_marks_nothing(client, ben):
    tell(ben, "level", "5")
    tell(ben, "streak", "7")

    for _ in range(2):
        answer = client.get(API).json()

        assert [moment["kind"] for moment in answer["moments"]] == ["level", "streak"]
        assert answer["moments"][0]["title"] == "You reached level 5"
        assert answer["moments"][1]["title"] == "7 days in a row"
        assert answer["last_entry"] == 0


def test_what_was_marked_is_not_told_again_and_of_others_nothing_is(client, ben):
    ada = make_user("ada")
    tell(ben, "level", "5")
    tell(ada, "level", "6")
    others = Moment.objects.get(actor=ada.uuid)
    own = client.get(API).json()["moments"][0]["id"]

    answer = client.post(SHOWN, {"ids": [own, others.pk]}, content_type="application/json")

    assert answer.json() == {"shown": 1}
    assert client.get(API).json()["moments"] == []
    others.refresh_from_db()
    assert others.shown_at is None


@pytest.mark.parametrize(
    "sent", [{"ids": ["x"]}, {"ids": [0]}, {"ids": [2**63]}, {"ids": 3}, {"ids": [1] * 101}, {"until": "soon"}]
)
def test_numbers_that_are_none_are_refused(client, ben, sent):
    answer = client.post(SHOWN, sent, content_type="application/json")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_guests_are_told_nothing(client, db):
    assert client.get(API).status_code == 401
    assert client.post(SHOWN, {}, content_type="application/json").status_code == 401
    assert client.post(SHOW).status_code == 302


def shown_by(client, page):
    """Answer as a browser does that has shown a page's toasts."""
    ids, until = re.search(r'data-moments="([\d ]*)" data-until="([^"]*)"', page).groups()
    sent = {"ids": [int(number) for number in ids.split()], "until": until}
    return client.post(SHOWN, sent, content_type="application/json").json()["shown"]


def test_toasts_name_the_points_that_came_since_until_the_browser_has_shown_them(client, ben):
    with ledger.recording():
        ledger.record(Kind.COURSE_COMPLETED, user_actor(ben.uuid), course=str(uuid7()))

    lost = client.post(SHOW, {"after": "0"}).content.decode()
    page = client.post(SHOW, {"after": "0"}).content.decode()

    assert lost == page
    assert "+500" in page
    assert "You reached level 2" in page
    last = Entry.objects.filter(actor=ben.uuid).latest("id").pk
    assert f'data-last="{last}"' in page
    assert [shown_by(client, page), shown_by(client, page)] == [1, 0]
    again = client.post(SHOW, {"after": str(last)}).content.decode()
    assert "+500" not in again
    assert "You reached level 2" not in again


def test_what_is_told_together_or_not_at_all_is_shown_with_the_rest(client, ben):
    call_command("seed_achievements")
    for key in [one.key for one in defaults.DEFAULTS[:5]]:
        tell(ben, "unlock", f"{key}:1", 50)
    for kind, ref in (("level", "5"), ("level", "6"), ("unlock", "gone_since:1")):
        tell(ben, kind, ref)
    page = client.post(SHOW).content.decode()

    assert page.count("data-toast") == 2
    assert shown_by(client, page) == Moment.objects.filter(actor=ben.uuid).count()
    assert client.post(SHOW).content.decode().count("data-toast") == 0


def test_what_came_while_toasts_were_shown_waits_for_the_next(client, ben):
    for ref in ("a", "b"):
        tell(ben, telling.BACKFILL, ref)
    page = client.post(SHOW).content.decode()
    tell(ben, telling.BACKFILL, "c")
    tell(ben, "streak", "7")

    assert "2 achievements for what you did before" in page
    assert shown_by(client, page) == 0
    later = client.post(SHOW).content.decode()
    assert "3 achievements for what you did before" in later
    assert "7 days in a row" in later
    assert shown_by(client, later) == 2


def test_what_another_member_was_shown_marks_nothing_of_ones_own(client, ben):
    tell(ben, "level", "5")
    page = client.post(SHOW).content.decode()
    other = Client()
    other.force_login(make_user("ada"))

    assert shown_by(other, page) == 0
    assert "You reached level 5" in client.post(SHOW).content.decode()


def test_of_very_many_the_oldest_come_first_and_the_rest_after_them(client, ben):
    for days in range(1, 131):
        tell(ben, "streak", str(days))

    pages_ = []
    while (page := client.post(SHOW).content.decode()).count("data-toast"):
        pages_.append(page.count("data-toast"))
        assert shown_by(client, page) == pages_[-1]

    assert pages_ == [100, 30]


def test_points_of_long_ago_are_not_told_as_new(client, ben):
    with ledger.recording():
        ledger.record(Kind.COURSE_COMPLETED, user_actor(ben.uuid), course=str(uuid7()))
    shown = pages.toasts(ben.uuid, timezone.now() + timedelta(hours=1), 0)

    assert shown["lines"] == []


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 30, "１"])
def test_a_number_of_an_entry_that_is_none_shows_no_points(client, ben, after):
    with ledger.recording():
        ledger.record(Kind.COURSE_COMPLETED, user_actor(ben.uuid), course=str(uuid7()))

    assert "+500" not in client.post(SHOW, {"after": after}).content.decode()


def test_calm_mode_says_nothing(client, ben):
    tell(ben, "level", "5")
    choosing.change(ben, calm=True)

    assert client.get(API).json()["moments"] == []
    assert client.post(SHOW, {"after": "0"}).status_code == 204
    assert Moment.objects.get(kind="level", ref="5").shown_at is None


def test_an_unlock_is_told_with_its_name_and_many_are_told_as_one(client, ben):
    call_command("seed_achievements")
    keys = [one.key for one in defaults.DEFAULTS]
    tell(ben, "unlock", f"{keys[0]}:1", 50)

    (moment,) = client.get(API).json()["moments"]
    assert moment["title"] == f"Unlocked: {defaults.DEFAULTS[0].name}"
    assert moment["rarity"]

    for key in keys[1:6]:
        tell(ben, "unlock", f"{key}:1", 50)
    page = client.post(SHOW).content.decode()
    assert "6 achievements unlocked" in page
    assert "Unlocked:" not in page


def test_an_achievement_that_is_no_more_is_not_told(client, ben):
    tell(ben, "unlock", "gone_since:1", 50)

    assert client.get(API).json()["moments"] == []


def test_asking_is_cheap(client, ben, django_assert_max_num_queries):
    tell(ben, "level", "5")
    tell(ben, "unlock", "first_steps:1", 50)
    client.get(API)

    with django_assert_max_num_queries(7):
        client.get(API)
    with django_assert_max_num_queries(10):
        page = client.post(SHOW, {"after": "0"}).content.decode()
    with django_assert_max_num_queries(7):
        assert shown_by(client, page) == 2
