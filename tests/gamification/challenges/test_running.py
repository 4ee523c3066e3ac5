"""Challenges are held, entered, left and cancelled; what makes no sense is refused with its code."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import StaffAction
from gamification.challenges import measuring, queries, running
from gamification.challenges.models import Challenge, Entrant, State, Who
from gamification.teams import forming
from gamification.teams.models import Role
from stats import compute
from stats.metrics import Subject
from tests.factories import make_staff, make_user
from tests.gamification.teams.playing import make_team
from tests.gamification.teams.test_forming import refusal

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 11, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
TODAY = NOW.date()


def held(by=None, **fields):
    told = {
        "title": "A week of lessons",
        "metric": "total_xp",
        "zone": "UTC",
        "starts_on": TODAY,
        "ends_on": TODAY + 6 * DAY,
    }
    return running.create(by or make_staff(), now=NOW, **{**told, **fields})


def test_it_lasts_from_midnight_to_midnight_of_its_zone():
    row = held(zone="Pacific/Auckland", starts_on=TODAY + DAY, ends_on=TODAY + DAY)

    assert row.starts_at == datetime(2026, 11, 18, 11, tzinfo=UTC)
    assert row.ends_at == row.starts_at + DAY


def test_a_day_of_a_clock_change_is_as_long_as_it_is():
    row = held(zone="Europe/Amsterdam", starts_on=date(2027, 3, 28), ends_on=date(2027, 3, 28))

    assert row.ends_at - row.starts_at == timedelta(hours=23)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": "  "}, "required"),
        ({"title": "x" * 81}, "too_long"),
        ({"title": "a\u202eb"}, "invalid_characters"),
        ({"title": "a\nb"}, "invalid_characters"),
        ({"about": "x" * 501}, "too_long"),
        ({"metric": "nonsense"}, "unknown_metric"),
        ({"metric": "__class__"}, "unknown_metric"),
        ({"metric": "last_activity_timestamp"}, "unknown_metric"),
        ({"metric": "leaderboard_position"}, "unknown_metric"),
        ({"metric": "skip_rate"}, "unknown_metric"),
        ({"metric": "completion_rate", "who": Who.TEAMS}, "not_additive"),
        ({"zone": "Mars/Olympus"}, "unknown_timezone"),
        ({"zone": ""}, "unknown_timezone"),
        ({"zone": "../etc/passwd"}, "unknown_timezone"),
        ({"starts_on": TODAY - DAY}, "date_in_past"),
        ({"starts_on": TODAY + 367 * DAY, "ends_on": TODAY + 368 * DAY}, "date_in_future"),
        ({"starts_on": date.max, "ends_on": date.max}, "date_in_future"),
        ({"starts_on": TODAY + 2 * DAY, "ends_on": TODAY + DAY}, "invalid_range"),
        ({"ends_on": TODAY + 366 * DAY}, "range_too_large"),
        ({"ends_on": date.max}, "range_too_large"),
        ({"goal": 0}, "value_out_of_range"),
        ({"goal": -5}, "value_out_of_range"),
        ({"goal": 1e10}, "value_out_of_range"),
        ({"goal": float("nan")}, "value_out_of_range"),
        ({"goal": float("inf")}, "value_out_of_range"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, code):
    assert refusal(held, make_staff(), **wrong) == code
    assert not Challenge.objects.exists()


def test_the_day_is_that_of_the_zone():
    assert held(zone="Pacific/Kiritimati", starts_on=TODAY + DAY, ends_on=TODAY + DAY).starts_on == TODAY + DAY
    assert refusal(held, zone="Pacific/Kiritimati", starts_on=TODAY, ends_on=TODAY + DAY) == "date_in_past"


def test_staff_hold_them_for_all_and_who_leads_a_team_for_it():
    ana, cap, noa = make_user(), make_user(), make_user()
    team, other = make_team(ana, "Team", cap, noa), make_team(make_user(), "Other")
    forming.appoint(team, cap.uuid, Role.CAPTAIN)

    assert held(cap, team=team).team == team
    assert held(make_staff(), team=other).team == other
    for by, whose in ((ana, None), (noa, team), (ana, other), (make_user(), team)):
        assert refusal(held, by, team=whose) == "not_permitted"
    forming.close(team)
    assert refusal(held, make_staff(), team=team) == "team_closed"


def test_a_team_has_ten_challenges_at_a_time(monkeypatch):
    monkeypatch.setattr(running, "MOST_OPEN", 1)
    ana = make_user()
    team = make_team(ana)
    first = held(ana, team=team)

    assert refusal(held, ana, team=team) == "too_many"
    running.cancel(first, ana, NOW)
    held(ana, team=team)


def test_one_enters_until_the_end_and_once():
    ana, noa = make_user(), make_user()
    row = held()

    running.enter(row, ana, NOW)
    assert refusal(running.enter, row, ana, NOW) == "already_entered"
    running.enter(row, noa, row.ends_at - timedelta(microseconds=1))
    assert refusal(running.enter, row, make_user(), row.ends_at) == "challenge_over"
    running.leave(row, noa, row.ends_at - timedelta(microseconds=1))
    assert refusal(running.leave, row, noa, NOW) == "not_entered"
    assert refusal(running.leave, row, ana, row.ends_at) == "challenge_over"

    assert list(row.entrants.values_list("member__uuid", flat=True)) == [ana.uuid]


def test_teams_are_entered_by_who_leads_them():
    ana, noa = make_user(), make_user()
    team = make_team(ana, "Team", noa)
    row = held(who=Who.TEAMS)

    assert refusal(running.enter, row, make_user(), NOW) == "team_needed"
    assert refusal(running.enter, row, noa, NOW) == "captain_needed"
    running.enter(row, ana, NOW)
    assert refusal(running.enter, row, ana, NOW) == "already_entered"
    assert refusal(running.leave, row, noa, NOW) == "captain_needed"
    assert queries.own(row, noa, forming.Membership.objects.get(member=noa)).team == team
    running.leave(row, ana, NOW)

    assert not row.entrants.exists()


def test_a_teams_own_challenge_is_for_its_members():
    ana, noa, eve = make_user(), make_user(), make_user()
    team = make_team(ana, "Team", noa)
    row = held(ana, team=team)

    running.enter(row, noa, NOW)
    assert refusal(running.enter, row, eve, NOW) == "not_this_team"
    make_team(eve, "Other")
    assert refusal(running.enter, row, eve, NOW) == "not_this_team"

    together = held(ana, team=team, who=Who.TEAMS, goal=1000)
    assert together.entrants.get().team == team


def test_a_cancelled_one_is_entered_by_nobody():
    staff, ana = make_staff(), make_user()
    row = held(staff)

    assert refusal(running.cancel, row, ana, NOW) == "not_permitted"
    running.cancel(row, staff, NOW)
    running.cancel(row, staff, NOW)

    row.refresh_from_db()
    assert row.state(NOW) == State.CANCELLED
    assert refusal(running.enter, row, ana, NOW) == "challenge_cancelled"
    over = held(staff)
    assert refusal(running.cancel, over, staff, over.ends_at) == "challenge_over"


def test_members_see_those_for_all_and_their_teams():
    ana, noa = make_user(), make_user()
    team = make_team(ana)
    for_all, for_team = held(), held(ana, team=team)
    stay = forming.Membership.objects.get(member=ana)

    assert set(queries.visible_to(ana, stay)) == {for_all, for_team}
    assert set(queries.visible_to(noa, None)) == {for_all}
    assert set(queries.visible_to(make_staff(), None)) == {for_all, for_team}


def test_each_is_in_one_list():
    row = held(starts_on=TODAY + DAY, ends_on=TODAY + 2 * DAY)
    rows = Challenge.objects.all()

    for now, state in ((NOW, "coming"), (row.starts_at, "running"), (row.ends_at, "over")):
        found = [name for name in ("coming", "running", "over") if queries.in_state(rows, name, now).exists()]
        assert found == [state]


def test_what_may_be_measured_is_there_and_is_a_number_of_a_person():
    measurable = measuring.measurable()

    assert compute.registry().keys() >= measuring.SUMMED
    assert set(measuring.USUAL) <= measurable.keys()
    assert next(iter(measurable)) == "total_xp"
    assert all(Subject.USER in metric.subjects for metric in measurable.values())


def test_the_account_of_who_takes_part_may_be_deleted():
    ana = make_user()
    row = held()
    running.enter(row, ana, NOW)

    ana.delete()

    assert not Entrant.objects.exists()


SOON = {"starts_on": TODAY + 2 * DAY, "ends_on": TODAY + 3 * DAY}


def test_before_it_begins_all_of_it_can_be_changed_and_staffs_change_is_in_the_audit_log():
    staff = make_staff()
    row = held(staff, **SOON)
    running.enter(row, make_user(), NOW)

    told = {
        "title": "Two days", "about": "Of study.", "metric": "study_time", "goal": 60.0, "zone": "Pacific/Auckland",
        "starts_on": TODAY + 4 * DAY, "ends_on": TODAY + 5 * DAY,
    }  # fmt: skip
    running.change(row, staff, now=NOW, **told)

    row.refresh_from_db()
    assert {name: getattr(row, name) for name in told} == told
    assert row.starts_at == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert row.ends_at - row.starts_at == 2 * DAY
    assert row.entrants.count() == 1
    line = StaffAction.objects.get(what="challenge.changed")
    assert (line.by, line.about_key) == (staff, str(row.uuid))
    assert line.detail["title"] == {"before": "A week of lessons", "after": "Two days"}
    assert line.detail["starts_on"]["after"] == "2026-11-22"


def test_a_change_that_changes_nothing_is_none():
    row = held(**SOON)

    running.change(row, make_staff(), now=NOW, title=row.title, ends_on=row.ends_on)

    assert not StaffAction.objects.filter(what="challenge.changed").exists()


def test_while_it_runs_its_words_change_and_it_may_last_longer():
    row = held()

    running.change(row, make_staff(), now=NOW, title="Ten days", about="More.", ends_on=TODAY + 9 * DAY, goal=None)

    row.refresh_from_db()
    assert (row.title, row.about, row.ends_at) == ("Ten days", "More.", datetime(2026, 11, 28, tzinfo=UTC))


@pytest.mark.parametrize(
    ("days", "wrong", "code"),
    [
        ({}, {"ends_on": TODAY + 5 * DAY}, "only_later"),
        ({}, {"ends_on": TODAY + 366 * DAY}, "range_too_large"),
        ({}, {"metric": "study_time"}, "already_running"),
        ({}, {"goal": 5.0}, "already_running"),
        ({}, {"zone": "Europe/Amsterdam"}, "already_running"),
        ({}, {"starts_on": TODAY + DAY}, "already_running"),
        ({}, {"title": " "}, "required"),
        (SOON, {"title": ""}, "required"),
        (SOON, {"title": "a\u202eb"}, "invalid_characters"),
        (SOON, {"starts_on": TODAY - DAY}, "date_in_past"),
        (SOON, {"ends_on": TODAY + DAY}, "invalid_range"),
        (SOON, {"ends_on": TODAY + 400 * DAY}, "range_too_large"),
        (SOON, {"metric": "nonsense"}, "unknown_metric"),
        (SOON, {"zone": "Mars/Olympus"}, "unknown_timezone"),
        (SOON, {"goal": 0.0}, "value_out_of_range"),
    ],
)
def test_a_wrong_change_is_refused_and_changes_nothing(days, wrong, code):
    row = held(**days)
    before = Challenge.objects.filter(pk=row.pk).values().get()

    assert refusal(running.change, row, make_staff(), now=NOW, **wrong) == code

    assert Challenge.objects.filter(pk=row.pk).values().get() == before
    assert not StaffAction.objects.filter(what="challenge.changed").exists()


def test_what_teams_do_stays_what_adds_up():
    row = held(who=Who.TEAMS, **SOON)

    assert refusal(running.change, row, make_staff(), now=NOW, metric="completion_rate") == "not_additive"


def test_who_may_change_it_and_until_when():
    owner, stranger = make_user(), make_user()
    team = make_team(owner)
    own, everybodys = held(owner, team=team), held()

    assert refusal(running.change, own, stranger, now=NOW, title="Mine") == "not_permitted"
    assert refusal(running.change, everybodys, owner, now=NOW, title="Mine") == "not_permitted"
    running.change(own, owner, now=NOW, title="Ours")
    assert Challenge.objects.get(pk=own.pk).title == "Ours"
    assert not StaffAction.objects.filter(what="challenge.changed").exists()
    assert refusal(running.change, own, owner, now=NOW + 8 * DAY, title="Late") == "challenge_over"
    running.cancel(own, owner, NOW)
    assert refusal(running.change, own, owner, now=NOW, title="Gone") == "challenge_cancelled"
