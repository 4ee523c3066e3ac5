"""What members and teams have done in a challenge's time is counted to the number, and kept when it is over."""

from datetime import timedelta

import pytest

from gamification.challenges import measuring, queries, running, standings
from gamification.challenges.models import Challenge, Who
from gamification.teams import forming
from gamification.teams.models import Membership
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind
from tests.factories import make_item, make_user
from tests.gamification.challenges.test_running import DAY, NOW, TODAY, held
from tests.gamification.teams.playing import earn, make_team, since

pytestmark = pytest.mark.django_db


def told(row):
    return {str(one.member or one.team): (one.value, one.rank) for one in queries.table(row)}


def like(member, at):
    with ledger.recording():
        ledger.record(Kind.LIKE, user_actor(member.uuid), item=make_item(), occurred_at=at)


def test_everything_since_the_start_counts_however_late_one_enters():
    ana = make_user("ana")
    row = held(starts_on=TODAY, ends_on=TODAY)
    for at in (
        row.starts_at - timedelta(seconds=1),
        row.starts_at,
        row.ends_at - timedelta(microseconds=1),
        row.ends_at,
    ):
        earn(ana, at)

    running.enter(row, ana, row.ends_at - timedelta(seconds=1))
    standings.count(row, row.ends_at)

    assert told(row) == {"ana": (50 + 50 + 20, 1)}


def test_equals_share_a_rank():
    people = [make_user(name) for name in ("ana", "ben", "cleo", "dan")]
    row = held()
    for person, lessons in zip(people, (1, 2, 2, 0), strict=True):
        running.enter(row, person, NOW)
        for _ in range(lessons):
            earn(person, NOW)

    standings.count(row, NOW + DAY)

    assert told(row) == {"ben": (120, 1), "cleo": (120, 1), "ana": (70, 3), "dan": (0, 4)}


def test_a_team_has_what_its_members_did_while_they_were_in_it():
    ana, noa = make_user(), make_user()
    team = make_team(ana, "Owls", noa, is_open=True)
    since(team, ana, NOW - 10 * DAY)
    since(team, noa, NOW, NOW + DAY)
    for metric, expected in (("total_xp", 70 + 50 + 50 + 20), ("lessons_completed", 3)):
        row = held(who=Who.TEAMS, metric=metric)
        running.enter(row, ana, NOW)
        if metric == "total_xp":
            earn(ana, NOW)
            for at in (NOW - timedelta(hours=1), NOW, NOW + DAY - timedelta(seconds=1), NOW + DAY, NOW + 2 * DAY):
                earn(noa, at)

        standings.count(row, NOW + 3 * DAY)

        assert told(row) == {"Owls": (expected, 1)}


def test_who_comes_and_goes_counts_once():
    ana = make_user()
    first, second = make_team(name="First", is_open=True), make_team(name="Second", is_open=True)
    rows = [held(who=Who.TEAMS, metric=metric) for metric in ("total_xp", "likes", "lessons_completed")]
    for row in rows:
        for team in (first, second):
            running.enter(row, Membership.objects.get(team=team, role="owner").member, NOW)
    at = NOW
    for turn in range(6):
        team = first if turn % 2 else second
        forming.join(team, ana, at)
        earn(ana, at + timedelta(minutes=1))
        like(ana, at + timedelta(minutes=2))
        at += timedelta(minutes=15)
        forming.leave(team, ana, at)

    for row in rows:
        standings.count(row, NOW + DAY)

    sums = [sum(value for value, _rank in told(row).values()) for row in rows]
    assert sums == [6 * 50 + 20, 6, 6]  # noon, when the day's points are earned, lies within


@pytest.mark.parametrize("metric", ["likes", "plays", "lessons_completed", "study_time", "completion_rate"])
def test_any_number_of_a_person_may_be_what_counts(metric):
    ana = make_user("ana")
    row = held(metric=metric)
    running.enter(row, ana, NOW)
    earn(ana, NOW)
    like(ana, NOW)

    standings.count(row, NOW + DAY)

    assert told(row)["ana"][0] == {"likes": 1, "lessons_completed": 1}.get(metric, 0)


def test_points_are_counted_as_the_metric_tells_them():
    people = [make_user() for _ in range(3)]
    row = held()
    for number, person in enumerate(people):
        running.enter(row, person, NOW)
        for lesson in range(number + 1):
            earn(person, NOW + lesson * DAY)
    now = NOW + 2 * DAY

    standings.count(row, row.ends_at)

    metric, window = measuring.measurable()["total_xp"], measuring.window_of(row, row.ends_at)
    for entrant in row.entrants.select_related("member"):
        assert entrant.value == measuring.of_member(metric, entrant.member.uuid, window)
    assert now < row.ends_at


def test_after_two_days_the_standings_stay_as_they_are():
    ana, ben = make_user("ana"), make_user("ben")
    row = held(ends_on=TODAY)
    for person in (ana, ben):
        running.enter(row, person, NOW)
    earn(ana, NOW)

    assert standings.run(row.ends_at + timedelta(hours=47)) == 1
    earn(ben, NOW)
    earn(ben, NOW)
    assert standings.run(row.ends_at + timedelta(hours=48)) == 1
    earn(ana, NOW)
    earn(ana, NOW)
    assert standings.run(row.ends_at + timedelta(hours=49)) == 0
    standings.count(Challenge.objects.get(pk=row.pk), row.ends_at + timedelta(hours=50))

    row.refresh_from_db()
    assert row.closed_at == row.ends_at + timedelta(hours=48)
    assert {str(one.member): (one.value, one.place) for one in row.entrants.all()} == {"ben": (120, 1), "ana": (70, 2)}
    assert standings.close(row) is False


def test_what_is_late_counts_in_the_two_days():
    ana = make_user("ana")
    row = held(ends_on=TODAY)
    running.enter(row, ana, NOW)

    standings.run(row.ends_at + timedelta(minutes=5))
    earn(ana, NOW)
    standings.run(row.ends_at + timedelta(hours=1))

    assert told(row) == {"ana": (70, 1)}


def test_one_that_has_not_begun_or_is_cancelled_is_not_counted():
    coming, gone = held(starts_on=TODAY + DAY), held()
    running.cancel(gone, gone.created_by, NOW)

    assert standings.run(NOW) == 0
    assert standings.close(gone, gone.ends_at + 3 * DAY) is False
    assert standings.run(coming.starts_at) == 1


def test_a_turn_comes_once_a_minute_and_later_for_many_who_are_counted_one_by_one(monkeypatch):
    monkeypatch.setattr(standings, "AT_ONCE", 1)
    row = held(metric="likes")
    for _ in range(2):
        running.enter(row, make_user(), NOW)
    points = held()

    assert standings.run(NOW) == 2
    assert standings.run(NOW + timedelta(seconds=30)) == 0
    assert standings.run(NOW + timedelta(minutes=1)) == 1
    assert standings.run(NOW + timedelta(minutes=3)) == 2

    points.refresh_from_db()
    assert points.counted_at == NOW + timedelta(minutes=3)


def test_a_metric_that_is_gone_leaves_the_standings_alone():
    ana = make_user("ana")
    row = held()
    running.enter(row, ana, NOW)
    earn(ana, NOW)
    standings.count(row, NOW + DAY)
    Challenge.objects.update(metric="no_longer_there")

    standings.run(row.ends_at + 3 * DAY)

    row.refresh_from_db()
    assert told(row) == {"ana": (70, 1)}
    assert row.closed_at is not None


def test_points_of_many_cost_few_queries(django_assert_max_num_queries):
    row = held()
    for _ in range(10):
        running.enter(row, make_user(), NOW)

    with django_assert_max_num_queries(8):
        standings.count(row, NOW)


def test_a_long_round_goes_on_in_the_next_turn_where_it_stopped(monkeypatch):
    monkeypatch.setattr(standings, "PART", 2)
    row, people = held(metric="likes"), [make_user() for _ in range(5)]
    for person in people:
        running.enter(row, person, NOW)
        like(person, NOW)

    def counted(at):
        row.refresh_from_db()
        standings.count(row, at, until=0)
        return row.entrants.filter(value=1).count()

    assert [counted(NOW + number * DAY / 4) for number in (1, 2)] == [2, 4]
    row.refresh_from_db()
    assert row.counted_at is None
    assert [counted(NOW + number * DAY / 4) for number in (3, 4)] == [5, 5]
    row.refresh_from_db()
    assert row.counted_at == NOW + DAY / 4


def test_a_turn_ends_when_its_time_is_up_and_the_one_that_waits_longest_is_next(monkeypatch):
    rows = [held(metric="likes") for _ in range(3)]
    points = held()
    for row in rows:
        running.enter(row, make_user(), NOW)
    ticks = iter(range(1000))
    monkeypatch.setattr(standings, "monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr(standings, "TURN_S", 2.0)

    turns = [standings.run(NOW + number * timedelta(minutes=2)) for number in range(8)]

    assert max(turns) == 2  # one person by person, and the points, which take one query
    for row in (*rows, points):
        row.refresh_from_db()
        assert row.counted_at is not None


def test_what_is_kept_was_counted_whole_after_the_two_days(monkeypatch):
    monkeypatch.setattr(standings, "PART", 1)
    ana, ben = make_user("ana"), make_user("ben")
    row = held(metric="likes", ends_on=TODAY)
    for person in (ana, ben):
        running.enter(row, person, NOW)
    settled = row.ends_at + standings.SETTLES
    standings.count(row, settled - timedelta(minutes=1), until=0)
    like(ana, NOW)
    ticks = iter(range(1000))
    monkeypatch.setattr(standings, "monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr(standings, "TURN_S", 1.5)

    turns = 0
    while Challenge.objects.filter(closed_at=None).exists():
        turns += 1
        assert turns < 6
        standings.run(settled + turns * timedelta(minutes=1))

    assert {str(one.member): (one.value, one.place) for one in row.entrants.all()} == {"ana": (1, 1), "ben": (0, 2)}
