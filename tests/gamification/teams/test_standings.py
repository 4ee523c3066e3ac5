"""Teams have the points that their members earned while they were in them: no more, no less, none twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gamification.models import Entry, Player
from gamification.teams import forming, standings
from gamification.teams.models import Membership, Team
from gamification.teams.standings import Earned
from stats import ledger
from stats.actors import user_actor
from stats.fields import to_micros
from stats.ids import uuid7
from stats.kinds import Kind
from tests.factories import make_user
from tests.gamification.teams.playing import earn, make_team, since

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 18, 11, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)


def test_what_was_earned_before_joining_and_after_leaving_is_not_the_teams():
    ana = make_user()
    team = make_team(None, "Team", ana)
    since(team, ana, NOON, NOON + DAY)

    for at in (NOON - timedelta(seconds=1), NOON, NOON + DAY - timedelta(microseconds=1), NOON + DAY):
        earn(ana, at)

    # the day's points came with the first lesson of a day: on the first day before joining
    assert standings.of_team(team, NOON.date()).all == 50 + 50 + 20


def test_coming_and_going_earns_nothing_twice():
    ana = make_user()
    first, second = make_team(name="First", is_open=True), make_team(name="Second", is_open=True)
    at = NOON - timedelta(hours=6)
    forming.join(first, ana, at)

    for turn in range(10):
        earn(ana, at + timedelta(minutes=30))
        forming.leave(second if turn % 2 else first, ana, at + timedelta(hours=1))
        at += timedelta(hours=1)
        forming.join(first if turn % 2 else second, ana, at)

    xp = Player.objects.get(actor=ana.uuid).xp
    assert xp == 10 * 50 + 20
    assert standings.of_team(first, NOON.date()).all + standings.of_team(second, NOON.date()).all == xp


def test_points_are_those_of_the_week_the_month_and_ever():
    ana = make_user()
    team = make_team(None, "Team", ana)
    since(team, ana, NOON - 400 * DAY)

    for days in (0, 7, 60):
        earn(ana, NOON - days * DAY)

    told = Earned(70, 140, 210)
    assert standings.of_team(team, NOON.date()) == told
    assert standings.of_members(team, NOON.date()) == {ana.uuid: told}


def test_who_takes_no_part_in_leaderboards_is_left_out():
    ana = make_user()
    team = make_team(None, "Team", ana)
    since(team, ana, NOON - DAY)
    earn(ana, NOON)

    with ledger.recording():
        ledger.record(Kind.SETTING_CHANGED, user_actor(ana.uuid), setting="game.listed", value="off")

    assert standings.of_team(team) == Earned()
    assert standings.of_members(team) == {}


def test_teams_with_as_many_points_share_a_place():
    people = [make_user() for _ in range(4)]
    teams = [make_team(person, f"Team {number}") for number, person in enumerate(people)]
    Membership.objects.update(joined_at=NOON)
    for person, lessons in zip(people, (1, 2, 2, 0), strict=True):
        for _ in range(lessons):
            earn(person, NOON + DAY)

    standings.refresh(NOON)

    rows = list(standings.table(""))
    assert [row.xp for row in rows] == [120, 120, 70]
    assert [standings.place_of("", row.xp).place for row in rows] == [1, 1, 3]
    assert standings.place_of("", 0) == standings.Place(None, 3)
    assert teams[3] not in [row.team for row in rows]


def test_a_week_that_is_over_is_counted_for_two_days_more_and_then_kept():
    ana = make_user()
    team = make_team(ana, "Team")
    since(team, ana, NOON - 400 * DAY)
    earn(ana, NOON)
    sunday, tuesday, wednesday = (NOON + days * DAY for days in (4, 6, 7))

    standings.refresh(sunday)
    earn(ana, NOON + DAY)
    standings.refresh(tuesday - 14 * timedelta(hours=1))
    assert standings.table("2026-W47").get().xp == 140
    earn(ana, NOON + 2 * DAY)
    standings.refresh(wednesday)

    assert standings.table("2026-W47").get().xp == 140
    assert standings.table("").get().xp == 210


def test_a_closed_team_stands_nowhere():
    ana = make_user()
    team = make_team(ana)
    since(team, ana, NOON)
    earn(ana, NOON)
    standings.refresh(NOON)

    forming.close(team, NOON + DAY)

    assert not standings.table("").exists()
    assert standings.of_team(team, NOON.date()).all == 70


def test_places_cost_one_query_and_so_does_a_team(django_assert_num_queries):
    team = make_team(None, "Team", *(make_user() for _ in range(5)))

    with django_assert_num_queries(1):
        standings.of_members(team)
    with django_assert_num_queries(1):
        standings.place_of("", 10)


class BruteForce(TestCase):
    """Random stays and entries against adding up by hand."""

    @settings(max_examples=25, deadline=None)
    @given(
        moves=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 50)), max_size=12),
        entries=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 600), st.integers(-50, 50)), max_size=30),
    )
    def test_teams_have_what_was_earned_in_their_stays(self, moves, entries):
        people = [make_user() for _ in range(3)]
        teams = [Team.objects.create(name=f"T{number}", name_key=f"{uuid7()}") for number in range(3)]
        clock, open_stays = 0, {}
        for person, team, pause in moves:
            clock += pause
            if person in open_stays:
                Membership.objects.filter(pk=open_stays.pop(person).pk).update(left_at=clock)
            else:
                open_stays[person] = Membership.objects.create(team=teams[team], member=people[person], joined_at=clock)
        for person in people:
            Player.objects.create(actor=person.uuid)
        Entry.objects.bulk_create(
            Entry(
                actor=people[person].uuid,
                rule="lesson",
                ref=str(number),
                cause=1,
                amount=amount,
                earned_at=at,
                recorded_at=at,
            )
            for number, (person, at, amount) in enumerate(entries)
            if amount
        )

        told = standings.totals(100, 500)

        expected: dict[int, int] = {}
        for stay in Membership.objects.filter(team__in=teams):
            joined = to_micros(stay.joined_at)
            left = to_micros(stay.left_at) if stay.left_at else 10**9
            for person, at, amount in entries:
                if people[person].uuid == stay.member_id and joined <= at < left and 100 <= at < 500:
                    expected[stay.team_id] = expected.get(stay.team_id, 0) + amount
        assert {team: xp for team, xp in told.items() if xp} == {team: xp for team, xp in expected.items() if xp}
