"""Achievements over numbers that the registry computes: queued by what members do, asked of in the background."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gamification.achievements import backfilling, previewing, queries, rechecking, tasks, writing
from gamification.achievements.models import Backfill, Recheck
from gamification.models import Player, Unlock
from stats import verify
from stats.kinds import Kind
from tests.gamification.achievements.test_unlocking import NOON, done, has, lessons, tell
from tests.stats import world

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=20)


@pytest.fixture
def ben(db):
    return world.make_member("ben")


def shares(person, count, start=NOON):
    film = world.make_film()
    return [
        done(person, Kind.SHARE, start + timedelta(days=n), item=film, platform="email", recipient_count=1)
        for n in range(count)
    ]


def test_a_computed_number_unlocks_on_the_day_on_which_it_was_reached(ben, make_achievement):
    make_achievement("herald", "shares_count", 3)
    tell(*shares(ben, 5))
    assert has(ben) == {}

    assert rechecking.work_off(LATER) == 1

    assert has(ben)["herald"].date() == (NOON + timedelta(days=2)).date()
    assert not Recheck.objects.exists()
    assert verify.differences() == []


def test_asking_again_unlocks_nothing_again(ben, make_achievement):
    make_achievement("herald", "shares_count", 3)
    tell(*shares(ben, 5))
    rechecking.work_off(LATER)
    before = Player.objects.get(actor=ben.uuid).xp

    tell(*shares(ben, 2, NOON + timedelta(days=9)))
    rechecking.work_off(LATER)

    assert Unlock.objects.count() == 1
    assert Player.objects.get(actor=ben.uuid).xp == before + 2 * 20


def test_a_window_that_rolls_is_kept_once_it_was_reached(ben, make_achievement):
    make_achievement("sprinter", "shares_count", 3, window="7d")
    now = timezone.now()
    tell(*shares(ben, 3, now - timedelta(days=3)))

    rechecking.work_off(now)
    assert set(has(ben)) == {"sprinter"}
    Recheck.objects.create(actor=ben.uuid, at=now)
    rechecking.work_off(now + timedelta(days=60))

    assert set(has(ben)) == {"sprinter"}


def test_nobody_is_queued_where_nothing_is_computed(ben, make_achievement):
    make_achievement("reader", "lessons_completed", 3)

    tell(*lessons(ben, 1), *shares(ben, 1))

    assert not Recheck.objects.exists()


def test_who_was_active_before_is_asked_quietly_when_it_is_published(ben, make_achievement):
    tell(*shares(ben, 4))
    row = make_achievement("herald", "shares_count", 3)
    Backfill.objects.create(achievement=row, version=1)

    backfilling.work_off()
    assert Recheck.objects.get().is_quiet == 1
    rechecking.work_off(LATER)

    assert set(has(ben)) == {"herald"}


def test_the_holders_are_counted(ben, make_achievement):
    row = make_achievement("reader", "lessons_completed", 1)
    tell(*lessons(ben, 1))

    assert queries.refresh_holders() == 1
    assert queries.refresh_holders() == 0

    row.refresh_from_db()
    assert row.holders == 1
    assert queries.wall_of(ben.uuid).badges[0].holders_percent == 100.0


def test_the_dry_run_asks_the_registry_and_changes_nothing(ben, make_achievement):
    tell(*shares(ben, 4))
    tell(*shares(world.make_member("ann"), 1))
    row = make_achievement("herald", "shares_count", 3)

    seen = previewing.preview(row, writing.latest_of(row))

    assert (seen.members, seen.gains, seen.gaining, seen.asked, seen.xp) == (2, 1, ("ben",), 2, 200)
    assert not Unlock.objects.exists()


def test_the_scheduler_goes_through_backfills_and_the_queue(ben, make_achievement):
    tell(*shares(ben, 4), *lessons(ben, 1))
    for key, metric in (("herald", "shares_count"), ("reader", "lessons_completed")):
        Backfill.objects.create(achievement=make_achievement(key, metric, 1), version=1)

    tasks.backfill_achievements()
    tasks.recheck_achievements()
    tasks.queue_rechecks()
    tasks.count_holders()

    assert set(has(ben)) == {"herald", "reader"}
    assert not Backfill.objects.filter(finished_at=None).exists()
