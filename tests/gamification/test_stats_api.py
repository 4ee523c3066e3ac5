"""The API of a member's numbers: who may see them, what they say, and that nothing there awards anything."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from gamification.models import Entry, Player
from stats import ledger, verify
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.factories import api_client, make_staff, make_user
from tests.stats import world

pytestmark = pytest.mark.django_db

STATS, LEDGER, STREAK = "/api/gamification/stats", "/api/gamification/xp", "/api/gamification/streak/update"
DAY = timedelta(days=1)


@pytest.fixture
def ana(db):
    return make_user("ana")


def did(user, kind, *, days=0, **fields):
    with ledger.recording():
        ledger.record(kind, user_actor(user.uuid), occurred_at=timezone.now() - days * DAY, **fields)


def learned(user):
    """Let somebody complete a lesson today and pass a quiz yesterday: 50 + 100 + 2 · 20 points."""
    course = str(uuid7())
    did(user, Kind.QUIZ_COMPLETED, days=1, item=world.make_film("Quiz"), course=course, percent=80, passed=True)
    did(user, Kind.LESSON_COMPLETED, item=world.make_film("Ebb and flood"), course=course)


def of(viewer, user):
    return api_client(viewer).get(f"{STATS}/{user.uuid}")


def publish(user, value="on"):
    did(user, Kind.SETTING_CHANGED, setting="game.public", value=value)


def test_the_fields_are_the_third_seeds(ana, django_assert_max_num_queries):
    learned(ana)
    client = api_client(ana)

    with django_assert_max_num_queries(12):
        told = client.get(STATS).json()

    assert (told["user_id"], told["username"]) == (str(ana.uuid), "ana")
    assert (told["total_xp"], told["level"], told["xp_to_next_level"], told["level_progress"]) == (190, 1, 210, 47)
    assert (told["current_streak"], told["longest_streak"], told["is_active_today"]) == (2, 2, True)
    assert (told["rank"], told["ranked_members"], told["study_time"]) == (1, 1, 0)
    assert (told["lessons_completed"], told["quizzes_completed"], told["courses_completed"]) == (1, 1, 0)
    assert told["streak_ends_at"] > timezone.now().isoformat()


def test_a_new_member_stands_at_the_beginning(ana):
    told = api_client(ana).get(f"{STATS}/").json()

    assert (told["total_xp"], told["level"], told["current_streak"], told["rank"]) == (0, 1, 0, None)


def test_only_who_agrees_is_seen_by_others(ana):
    learned(ana)
    stranger, staff = make_user(), make_staff()

    assert [of(who, ana).status_code for who in (ana, stranger, staff, None)] == [200, 404, 200, 401]

    publish(ana)

    assert of(stranger, ana).json() == of(ana, ana).json()
    assert of(None, ana).status_code == 401

    publish(ana, "off")

    assert of(stranger, ana).status_code == 404


def test_nobody_and_who_keeps_it_private_are_answered_alike(ana):
    stranger = make_user()

    private, nobody = of(stranger, ana), api_client(stranger).get(f"{STATS}/{uuid4()}")

    assert private.status_code == nobody.status_code == 404
    assert private.json()["code"] == nobody.json()["code"]
    assert api_client(ana).get(f"{STATS}/me").json()["user_id"] == str(ana.uuid)
    assert api_client(ana).get(f"{STATS}/not-a-uuid").status_code == 404


def test_who_may_not_log_in_any_more_is_seen_by_nobody_but_staff(ana):
    publish(ana)
    ana.is_active = False
    ana.save()

    assert [of(who, ana).status_code for who in (make_user(), make_staff())] == [404, 200]


def test_the_ledger_explains_itself_and_adds_up(ana, django_assert_max_num_queries):
    learned(ana)
    client = api_client(ana)

    with django_assert_max_num_queries(12):
        first = client.get(LEDGER, {"page_size": 3}).json()
    second = client.get(LEDGER, {"page_size": 3, "page": 2}).json()

    lines = first["results"] + second["results"]
    assert (first["count"], len(first["results"]), len(second["results"])) == (4, 3, 1)
    assert sum(line["amount"] for line in lines) == client.get(STATS).json()["total_xp"]
    assert "+50 for finishing “Ebb and flood”" in {line["text"] for line in lines}
    assert [line["id"] for line in lines] == sorted((line["id"] for line in lines), reverse=True)


def test_nobody_reads_the_ledger_of_another(ana):
    learned(ana)

    assert api_client(make_staff()).get(LEDGER).json()["count"] == 0
    assert api_client().get(LEDGER).status_code == 401


@pytest.mark.parametrize("path", [STATS, f"{STATS}/me", LEDGER])
def test_unknown_parameters_are_refused(ana, path):
    answer = api_client(ana).get(path, {"user": "1"})

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["code"] == "unknown_parameter"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_points(ana, method):
    for path in (STATS, f"{STATS}/me", LEDGER):
        answer = getattr(api_client(ana), method)(path, {"total_xp": 1_000_000, "amount": 500}, format="json")

        assert answer.status_code == 405

    assert not Entry.objects.exists()


def test_updating_the_streak_awards_nothing_however_often(ana):
    learned(ana)
    before = list(Entry.objects.values_list())

    answers = [
        api_client(ana).post(STREAK, {"current_streak": 99, "date": "2020-01-01"}, format="json") for _ in range(3)
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["current_streak"] for answer in answers} == {2}
    assert list(Entry.objects.values_list()) == before
    assert verify.differences() == []


def test_updating_the_streak_of_who_did_nothing_makes_nothing(ana):
    assert api_client(ana).post(STREAK).json()["current_streak"] == 0
    assert api_client().post(STREAK).status_code == 401
    assert not Player.objects.exists()


def test_updating_the_streak_mends_a_row_that_is_not_what_the_facts_say(ana):
    learned(ana)
    before, postings = Player.objects.values().get(), Entry.objects.count()
    Player.objects.update(run=40, longest=41, lessons=7)

    told = api_client(ana).post(STREAK).json()

    assert (told["current_streak"], told["longest_streak"], told["lessons_completed"]) == (2, 2, 1)
    assert Player.objects.values().get() == before
    assert Entry.objects.count() == postings
    assert verify.differences() == []
