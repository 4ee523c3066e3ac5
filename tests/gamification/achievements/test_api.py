"""Achievements for programs: what is shown, what is refused, and that nobody can ask for one."""

import pytest

from gamification.achievements import defaults
from gamification.achievements.models import Achievement, AchievementVersion, Backfill
from gamification.models import Entry, Unlock
from gamification.playing import choosing
from tests.factories import api_client, make_staff, make_user
from tests.gamification.achievements.test_unlocking import lessons, tell

pytestmark = pytest.mark.django_db

OWN = "/api/gamification/achievements"
CHECK = "/api/gamification/achievements/check"
CREATE = "/api/gamification/admin/achievement/create"
SEED = "/api/gamification/admin/achievements/seed"

MARATHON = {
    "name": "Marathon",
    "description": "Complete 100 lessons",
    "requirement_type": "lessons_completed",
    "requirement_value": 100,
    "points": 800,
    "rarity": "epic",
}


@pytest.fixture
def ben(db):
    defaults.seed()
    return make_user("ben")


@pytest.fixture
def staff(db):
    return api_client(make_staff())


def test_the_wall_tells_what_is_unlocked_and_how_far_the_rest_is(ben, django_assert_max_num_queries):
    tell(*lessons(ben, 3))
    client = api_client(ben)

    with django_assert_max_num_queries(12):
        answer = client.get(OWN)

    told = answer.json()
    assert answer.status_code == 200
    assert (told["unlocked"], told["total"], told["points"]) == (1, 12, 50)
    by_key = {one["key"]: one for one in told["achievements"]}
    assert by_key["first_steps"]["unlocked_at"] == "2026-10-05T12:00:00Z"
    assert by_key["learning_enthusiast"]["progress"] == {"value": 3, "goal": 10, "percent": 30, "noun": "lessons"}
    assert [by_key["level_5"]["progress"][name] for name in ("value", "goal")] == [1, 5]


def test_others_see_what_is_unlocked_only_by_consent(ben):
    tell(*lessons(ben, 1))
    ann = api_client(make_user("ann"))

    assert ann.get(f"{OWN}/{ben.uuid}").status_code == 404
    choosing.change(ben, public=True)
    told = ann.get(f"{OWN}/{ben.uuid}").json()

    assert [(one["key"], one["progress"]) for one in told["achievements"]] == [("first_steps", None)]
    assert ann.get(f"{OWN}/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b").status_code == 404


def test_a_hidden_one_is_not_told_of_before_it_is_unlocked(ben, make_achievement):
    make_achievement("secret", "lessons_completed", 2, is_hidden=True)
    client = api_client(ben)
    tell(*lessons(ben, 1))
    assert b"ecret" not in client.get(OWN).content

    tell(*lessons(ben, 1))

    told = client.get(OWN).json()
    assert (told["unlocked"], told["total"]) == (2, 13)
    assert "secret" in {one["key"] for one in told["achievements"]}


def test_checking_awards_nothing_that_was_not_earned(ben):
    client = api_client(ben)
    tell(*lessons(ben, 1))
    before = Entry.objects.count(), Unlock.objects.count()

    answers = [client.post(CHECK, {"key": "unstoppable", "xp": 5000}, format="json") for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json()["newly_unlocked"] == []
    assert (Entry.objects.count(), Unlock.objects.count()) == before


def test_checking_finds_what_was_earned_before_the_achievement_was_there(db):
    ben = make_user("ben")
    tell(*lessons(ben, 1))
    defaults.seed()

    assert api_client(ben).post(CHECK).json()["newly_unlocked"] == ["first_steps"]


def test_staff_make_one_that_holds_at_once(staff):
    answer = staff.post(CREATE, MARATHON, format="json")

    assert answer.status_code == 201, answer.json()
    assert (answer.json()["key"], answer.json()["is_published"]) == ("marathon", True)
    version = AchievementVersion.objects.get()
    assert version.tiers == [{"threshold": 100, "points": 800, "rarity": "epic"}]
    assert Backfill.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"requirement_type": "moon_phase"}, 400, "invalid_rule"),
        ({"requirement_type": "last_activity_timestamp"}, 400, "invalid_rule"),
        ({"requirement_type": "leaderboard_position"}, 400, "invalid_rule"),
        ({"requirement_value": -1}, 400, "value_out_of_range"),
        ({"requirement_value": 0}, 400, "value_out_of_range"),
        ({"requirement_value": 10**10}, 400, "value_out_of_range"),
        ({"points": 10**9}, 400, "value_out_of_range"),
        ({"points": -5}, 400, "value_out_of_range"),
        ({"repeat_every": -1}, 400, "value_out_of_range"),
        ({"xp": 10_000}, 400, "invalid_rule"),
        ({"icon": "../../etc/passwd"}, 400, "invalid_rule"),
        ({"badge_color": "red"}, 400, "invalid_rule"),
        ({"requirement_type": "badge_points"}, 400, "invalid_rule"),
        ({"requirement_type": "badges_unlocked", "repeat_every": 1}, 400, "invalid_rule"),
        ({"tiers": [{"threshold": 5, "points": 1}, {"threshold": 5, "points": 1}]}, 400, "invalid_rule"),
        ({"name": "first steps"}, 409, "already_exists"),
        ({"key": "first_steps"}, 409, "already_exists"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_code(staff, change, status, code):
    defaults.seed()

    answer = staff.post(CREATE, MARATHON | change, format="json")

    told = answer.json()
    assert answer.status_code == status, told
    assert code in {told["code"], *(one["code"] for one in told["errors"])}, told
    assert Achievement.objects.count() == 12


def test_seeding_twice_changes_nothing(staff):
    assert staff.post(SEED).json() == {"created": 12, "total": 12}
    assert staff.post(SEED).json() == {"created": 0, "total": 12}


def test_members_make_none(ben):
    client = api_client(ben)

    assert client.post(CREATE, MARATHON, format="json").status_code == 403
    assert client.post(SEED).status_code == 403


def test_what_a_deactivated_member_has_unlocked_is_for_staff(ben, staff):
    tell(*lessons(ben, 1))
    choosing.change(ben, public=True)
    ann = api_client(make_user("ann"))
    assert ann.get(f"{OWN}/{ben.uuid}").status_code == 200

    ben.is_active = False
    ben.save()

    assert ann.get(f"{OWN}/{ben.uuid}").status_code == 404
    assert staff.get(f"{OWN}/{ben.uuid}").status_code == 200
