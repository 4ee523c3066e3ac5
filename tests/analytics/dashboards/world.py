"""A site of two years with everything that makes counting hard, told through the ways by which it is really told.

Midnights and the hours at which the clock changes, guests who turn out to be members, members who left, who are not
recorded or deactivated, items that were deleted, events that come late or twice, refunds, several currencies, and days
that were counted before the last of their events came. The same moment gives the same site.
"""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings
from rest_framework.exceptions import APIException

from accounts.billing.gateways import Unreachable
from accounts.models import Plan, Referral, User
from analytics import heartbeats
from analytics.models import Heartbeat, JobFailure, SystemSample, TouchedDay, TrafficMinute
from analytics.platform import aggregating
from gamification.achievements.models import Achievement, AchievementVersion
from gamification.achievements.queries import refresh_holders
from library.learning.models import Course
from stats import ledger, settling
from stats.actors import Actor, user_actor
from stats.kinds import PLAY_SOURCES, SHARE_PLATFORMS, Kind
from stats.models import DeadLetter, DirtyDay, Item, Source
from stats.possible import facts
from tests.accounts.billing.provider import PROVIDER
from tests.accounts.billing.test_histories import ACTS, History
from tests.analytics.events import guest
from tests.analytics.platform.happenings import paid, refunded
from tests.factories import make_course, make_lesson, make_plans, make_section, make_staff
from tests.stats import world as ingest

ZONE = "Europe/Amsterdam"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)
YEARS = 2 * 365 + 40
KEPT_DAYS = 34
TYPES = ("video", "video", "track", "lesson", "image", "stream")
SAID = (
    Kind.LIKE, Kind.LIKE, Kind.UNLIKE, Kind.SAVE, Kind.UNSAVE, Kind.SHARE, Kind.DOWNLOAD, Kind.COMMENT, Kind.RATING,
    Kind.SEARCH, Kind.SEARCH, Kind.FOLLOW, Kind.LOGIN, Kind.LOGIN, Kind.LOGOUT, Kind.PAGE_VIEW, Kind.FEATURE_USED,
    Kind.UPLOAD, Kind.BACKUP_FINISHED,
)  # fmt: skip
ABOUT_ITEMS = {
    Kind.LIKE, Kind.UNLIKE, Kind.SAVE, Kind.UNSAVE, Kind.SHARE, Kind.DOWNLOAD, Kind.COMMENT, Kind.RATING,
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """What there is, and at which moment it is looked at."""

    now: datetime
    people: list[User]
    guests: list[Actor]
    items: list[Item]
    courses: list[Course]
    shop: Source
    secret: str


@contextmanager
def standing(now: datetime, seed: int = 8) -> Iterator[Site]:
    """Make the site as of a moment at which the clock then stands still, and take everything back at the end."""
    gateways = {**settings.GATEWAYS, "fake": "tests.accounts.billing.provider.PROVIDER"}
    with (
        override_settings(TIME_ZONE=ZONE, GATEWAYS=gateways, BILLING_GATEWAY="fake"),
        time_machine.travel(now, tick=False),
        transaction.atomic(),
    ):
        cache.clear()
        PROVIDER.clear()
        yield Maker(now, seed).make()
        transaction.set_rollback(True)
    PROVIDER.clear()
    cache.clear()


class Maker:
    """Tells everything, by chance but always the same."""

    def __init__(self, now: datetime, seed: int) -> None:
        self.now, self.chance = now, random.Random(seed)

    def make(self) -> Site:
        """Tell everything, count what tasks count, then tell what comes late."""
        shop, secret = self._shop()
        people, guests = self._people(), [guest(f"visitor {number}") for number in range(6)]
        items, courses = self._items(people, shop), self._courses(people)
        site = Site(self.now, people, guests, items, courses, shop, secret)
        self._play(site, 500)
        self._say(site, 500)
        self._learn(site)
        self._earn(site)
        self._pay(site)
        self._send(site, 60)
        settling.settle_all()
        self._leave(site)
        self._count_days()
        self._come_late(site)
        settling.settle_all()
        while aggregating.work_off_touched(self.now):
            pass
        aggregating.refresh_today(self.now)
        refresh_holders()
        facts.refresh(self.now, all_of_them=True)
        self._run(site)
        cache.clear()
        return site

    # When

    def at(self) -> datetime:
        """Return an instant of the two years, more likely a late one; often an awkward one."""
        chance = self.chance
        back = timedelta(days=YEARS * chance.random() ** 3) if chance.random() < 0.9 else chance.random() * DAY
        at = self.now - back
        if chance.random() < 0.2:
            midnight = _midnight(at.astimezone(ZoneInfo(ZONE)).date())
            at = midnight + chance.choice((-MOMENT, timedelta(), MOMENT, 24 * HOUR - MOMENT))
        if chance.random() < 0.08:
            changed = chance.choice([one for one in CLOCK_CHANGES if one < self.now])
            at = changed + chance.choice((-HOUR, -MOMENT, timedelta(), 30 * MINUTE, HOUR, 2 * HOUR))
        if chance.random() < 0.1:
            days = chance.choice((1, 2, 7, 8, 30, 31, 60, 90, 180, 365))
            at = self.now - days * DAY + chance.choice((-MOMENT, timedelta(), MOMENT))
        return at if at <= self.now else self.now - HOUR

    # Who and what

    def _shop(self) -> tuple[Source, str]:
        keys = ingest.make_source("shop")
        return keys.source, keys.secret

    def _people(self) -> list[User]:
        make_staff("rosa", created_at=self.now - 900 * DAY)
        people = []
        for number in range(28):
            at = self.at()
            user = User(username=f"member{number:02}", email=f"member{number:02}@example.org", password="!")
            user.created_at, user.is_active, user.opted_out = at, number % 9 != 4, number % 11 == 5
            user.is_staff = number % 14 == 3
            user.uuid = uuid.UUID(int=(0xA << 120) + self.chance.getrandbits(64))
            user.save()
            people.append(user)
        for number in range(0, 12, 3):
            member, by = people[number], people[number + 1]
            Referral.objects.create(member=member, referrer=by, signed_up_at=member.created_at)
        return people

    def _items(self, people: list[User], shop: Source) -> list[Item]:
        items = []
        for number in range(16):
            at = self.at()
            items.append(
                Item.objects.create(
                    type=TYPES[number % len(TYPES)],
                    title=f"Item {number:02}" if number % 7 else "",
                    owner=people[number % 5] if number % 5 else None,
                    source=shop if number % 4 == 3 else Source.objects.get(pk=Source.SITE),
                    external_key=f"thing-{number}" if number % 4 == 3 else None,
                    duration_ms=self.chance.choice((None, 20_000, 60_000, 600_000)),
                    created_at=at,
                    deleted_at=self.now - HOUR if number % 8 == 6 else None,
                )
            )
        return items

    def _courses(self, people: list[User]) -> list[Course]:
        courses = []
        for number in range(4):
            owner = people[(6, 7, 7, 12)[number]]
            course = make_course(owner, title=f"Course {number}", published=number != 3)
            lesson = make_lesson(make_section(course), title=f"Lesson of {number}")
            Course.objects.filter(pk=course.pk).update(created_at=self.now - 700 * DAY)
            Item.objects.filter(pk=lesson.item_id).update(created_at=self.now - 699 * DAY)
            courses.append(course)
        return courses

    def _who(self, site: Site) -> Actor:
        chance = self.chance
        if chance.random() < 0.2:
            return chance.choice(site.guests)
        return user_actor(site.people[min(int(chance.expovariate(0.12)), len(site.people) - 1)].uuid)

    # What they did

    def _play(self, site: Site, times: int) -> None:
        lessons = list(Item.objects.filter(type="lesson"))
        with ledger.recording():
            for number in range(times):
                at, item = self.at(), self.chance.choice(site.items if number % 4 else lessons)
                seconds = self.chance.choice((0.5, 5, 19.5, 20, 31, 58, 61, 600))
                ledger.record(
                    Kind.PLAY, self._who(site), item=item, occurred_at=at, play_id=f"p{number}",
                    duration_seconds=seconds, ranges=[[0, seconds]], item_duration_seconds=60.0,
                    source=self.chance.choice((*PLAY_SOURCES, None)), completed=number % 6 == 0 or None,
                )  # fmt: skip
        with ledger.recording():  # one player tells of its play again, further on
            at = self.now - 3 * HOUR
            for seconds in (10, 45):
                ledger.record(
                    Kind.PLAY, user_actor(site.people[0].uuid), item=site.items[0], occurred_at=at, play_id="again",
                    duration_seconds=seconds, ranges=[[0, seconds]],
                )  # fmt: skip

    def _say(self, site: Site, times: int) -> None:
        with ledger.recording():
            for _number in range(times):
                kind = self.chance.choice(SAID)
                ledger.record(
                    kind,
                    None if kind is Kind.BACKUP_FINISHED else self._who(site),
                    item=self.chance.choice(site.items) if kind in ABOUT_ITEMS else None,
                    occurred_at=self.at(),
                    **self._fields(site, kind),
                )

    def _fields(self, site: Site, kind: Kind) -> dict[str, Any]:
        fields: dict[Kind, dict[str, Any]] = {
            Kind.SHARE: {"platform": self.chance.choice(SHARE_PLATFORMS)},
            Kind.RATING: {"stars": self.chance.randint(1, 5)},
            Kind.SEARCH: {"name": "tide", "results": self.chance.randint(0, 9)},
            Kind.FOLLOW: {"target": str(self.chance.choice(site.people).uuid)},
            Kind.PAGE_VIEW: {"url": "https://example.org/"},
            Kind.FEATURE_USED: {"feature": "hd_streaming"},
            Kind.UPLOAD: {"content_type": "video"},
        }
        return fields.get(kind, {})

    def _learn(self, site: Site) -> None:
        lessons = {lesson.title: lesson for lesson in Item.objects.filter(title__startswith="Lesson of")}
        with ledger.recording():
            for _number in range(130):
                who, number = user_actor(self.chance.choice(site.people[:20]).uuid), self.chance.randrange(4)
                course, lesson = str(site.courses[number].uuid), lessons[f"Lesson of {number}"]
                at, span = self.at(), self.chance.choice((HOUR, 5 * DAY, 40 * DAY))
                ledger.record(Kind.ENROLLED, who, occurred_at=at, course=course)
                then = at + span
                if then > self.now:
                    continue
                ledger.record(Kind.LESSON_COMPLETED, who, item=lesson, occurred_at=then, course=course)
                percent = self.chance.choice((30, 80, 100))
                ledger.record(
                    Kind.QUIZ_COMPLETED, who, item=lesson, occurred_at=then, course=course, percent=percent, passed=percent > 50
                )  # fmt: skip
                if self.chance.random() < 0.4:
                    ledger.record(Kind.COURSE_COMPLETED, who, occurred_at=then, course=course)
                if self.chance.random() < 0.4:
                    ledger.record(Kind.REVIEW, who, occurred_at=then, course=course, stars=self.chance.randint(1, 5))
                if self.chance.random() < 0.1:
                    ledger.record(Kind.REVIEW_DELETED, who, occurred_at=then, course=course)
                if self.chance.random() < 0.3:
                    ledger.record(
                        Kind.DISCUSSION_POST, who, occurred_at=then, course=course,
                        post=str(uuid.UUID(int=self.chance.getrandbits(128))),
                    )  # fmt: skip

    def _earn(self, site: Site) -> None:
        for number in range(3):
            row = Achievement.objects.create(
                key=f"made-{number}", current=1, position=number, created_at=self.now - 700 * DAY
            )
            AchievementVersion.objects.create(
                achievement=row, number=1, name=f"Made {number}", description="-", metric="plays", published_at=self.now
            )
        with ledger.recording():
            for number in range(40):
                name = f"made-{number % 3}"
                who = user_actor(site.people[self.chance.randrange(6 + 6 * (number % 3))].uuid)
                ledger.record(
                    Kind.ACHIEVEMENT_UNLOCKED, who, occurred_at=self.at(), name=name, amount=200,
                    props={"tier": 1, "cycle": 1, "points": 10},
                )  # fmt: skip
        with ledger.recording():  # days in a row that lead to today, to yesterday, and end before
            for member, ago, days in ((0, 0, 9), (1, 1, 3), (2, 0, 2), (3, 2, 6), (7, 0, 16), (8, 0, 34)):
                who = user_actor(site.people[member].uuid)
                for day in range(days):
                    at = self.now - (ago + day) * DAY - MINUTE
                    ledger.record(Kind.FEATURE_USED, who, occurred_at=at, feature="hd_streaming")
            ledger.record(
                Kind.XP_CORRECTED, user_actor(site.people[1].uuid), occurred_at=self.now - 3 * DAY, amount=-70,
                props={"reason": "twice"},
            )  # fmt: skip

    def _pay(self, site: Site) -> None:
        make_plans()
        Plan.objects.filter(key="premium").update(trial_days=14)
        for key, fields in {
            "premium-year": {"price_minor": 14000, "interval": "year"},
            "subscriber-year": {"price_minor": 6000, "interval": "year", "role": "subscriber"},
            "premium-usd": {"price_minor": 1500, "currency": "USD"},
        }.items():
            Plan.objects.create(key=key, name=key, **{"role": "premium", **fields})
        history = Members(self.chance, site.people[:10], self.now - YEARS * DAY)
        while history.now < self.now:
            history.step()
        for number in range(24):
            course = site.courses[number % 3]
            at, currency = self.at(), ("EUR", "EUR", "USD", "JPY")[number % 4]
            bought = paid(
                site.people[number % 9], 900 + number, at, currency=currency, course=course,
                country=("NL", "BE", "")[number % 3],
            )  # fmt: skip
            if number % 3 == 0 and at + 2 * DAY < self.now:
                refunded(bought, 100 + number, at + 2 * DAY)

    def _send(self, site: Site, times: int) -> None:
        """Let the shop's server tell of its items, some of it twice."""
        things = [item for item in site.items if item.source_id == site.shop.pk]
        events = []
        for number in range(times):
            kind = ("play", "like", "share", "search")[number % 4]
            fields: dict[str, Any] = {"occurred_at": ingest.at(self.at()), "user": str(site.people[number % 5].uuid)}
            if kind == "play":
                fields |= {"play_id": f"s{number}", "duration_seconds": 40, "item_duration_seconds": 60}
                fields |= {"ranges": [[0, 40]]}
            if kind == "share":
                fields |= {"platform": "email"}
            if kind == "search":
                fields |= {"name": "shoes"}
            events.append(ingest.event(kind, None if kind == "search" else self.chance.choice(things), **fields))
        ingest.send(events, site.secret)
        ingest.send(events[: times // 2], site.secret)

    def _count_days(self) -> None:
        """Count a month of days, as the scheduler would have done; those before wait for whoever asks."""
        today = self.now.astimezone(ZoneInfo(ZONE)).date()
        aggregating.aggregate([today - number * DAY for number in range(1, KEPT_DAYS)], self.now)
        TouchedDay.objects.all().delete()

    def _come_late(self, site: Site) -> None:
        """Find out who some guests are, and tell of a few days that are over and counted."""
        for number in range(3):
            with ledger.recording():
                ledger.record(
                    Kind.GUEST_CLAIMED, user_actor(site.people[number].uuid), guest=str(site.guests[number].id)
                )
        with ledger.recording():
            for number in range(18):
                at = self.now - (2, 5, 29)[number % 3] * DAY - number * MINUTE
                ledger.record(
                    Kind.PLAY, self._who(site), item=self.chance.choice(site.items), occurred_at=at,
                    play_id=f"late{number}", duration_seconds=50, ranges=[[0, 50]],
                )  # fmt: skip
                course = str(self.chance.choice(site.courses).uuid)
                who = user_actor(self.chance.choice(site.people).uuid)
                ledger.record(Kind.ENROLLED, who, occurred_at=at, course=course)
        today = self.now.astimezone(ZoneInfo(ZONE)).date()
        TouchedDay.objects.filter(day__lt=today - (KEPT_DAYS + 30) * DAY).delete()

    def _leave(self, site: Site) -> None:
        """Take the accounts of two members away whose doings stay, as far as the database lets them go."""
        for number in (20, 21):
            site.people[number].delete()
        del site.people[20:22]

    def _run(self, site: Site) -> None:
        """Let the system be measured, and something go wrong."""
        minute = self.now.replace(second=0, microsecond=0)
        ages = [*range(400), *range(400, 3000, 7), *range(3000, 60_000, 59)]
        SystemSample.objects.bulk_create(
            SystemSample(
                minute=minute - age * MINUTE, backlog=age % 17, lag_ms=age % 1300, unsettled=age % 5, dead_letters=0,
                sessions=age % 23, database_bytes=10_000_000, disk_free_bytes=10**10,
            )
            for age in ages
            if age < 43_000
        )  # fmt: skip
        TrafficMinute.objects.bulk_create(
            TrafficMinute(minute=minute - age * MINUTE, requests=40 + age % 13, errors=int(age % 90 == 7))
            for age in range(0, 43_000, 3)
        )
        for age in (5, 50, 23 * 60, 25 * 60):
            JobFailure.objects.create(task=f"stats.task{age}", error="KeyError: 1", at=self.now - age * MINUTE)
        for age in (1, 14, 15, 16, 90):
            UserSession.objects.create(
                user=site.people[0], session_key=f"key{age}", ip="127.0.0.1", user_agent="",
                last_seen_at=self.now - age * MINUTE,
            )  # fmt: skip
        for name in heartbeats.NAMES:
            Heartbeat.objects.create(name=name, at=self.now - 20 * timedelta(seconds=1))
        DeadLetter.objects.create(event_id=uuid.uuid4(), source_id=0, code="x", reason="y", row=b"", format=1)
        DirtyDay.objects.create(item_id=site.items[0].pk, source_id=0, day=self.now.date() - 700 * DAY)
        ingest.post([ingest.event("search", name="x", user=str(site.people[1].uuid))], site.secret)


class Members(History):
    """Subscriptions by chance of some members, from a moment on."""

    def __init__(self, chance: random.Random, people: list[User], since: datetime) -> None:
        super().__init__(chance)
        User.objects.filter(pk__in=[one.pk for one in self.people]).update(created_at=since)
        self.now, self.people = since, people

    def step(self) -> None:
        """Do something, and wait; what is over is noticed late."""
        act = self.chance.choice(ACTS)
        PROVIDER.answers = []
        try:
            act(self, self.chance.choice(self.people))
        except (APIException, ValueError, Unreachable):
            pass
        self.now += self.chance.choice((timedelta(), 7 * HOUR, 3 * DAY, 9 * DAY, 17 * DAY))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


CLOCK_CHANGES = (
    datetime(2024, 10, 27, 1, tzinfo=UTC),
    datetime(2025, 3, 30, 1, tzinfo=UTC),
    datetime(2025, 10, 26, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
)
