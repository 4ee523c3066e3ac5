"""How long finding takes with 100,000 items, a million comments and a million follows: pages and endpoints, one by one.

    .venv/bin/python benchmarks/library.py [--rounds 7] [--only search] [--rebuild] [--smoke]

PostgreSQL (`BENCH_LIBRARY_DATABASE_URL`, default `eightpoint_library` on 127.0.0.1 as `postgres`; that database is
dropped and made, and kept for the day). `--smoke` is a small one on SQLite, to see that it runs.

A page is asked for in this process as the person who sees it. A time is the median of the rounds with nothing in the
cache; beside it stand the CPU time of this process and of the database's, which others who use the machine do not
lengthen, the time waited for the database, and the number of queries. "late" is what took its time on the clock alone.
"""

import argparse
import os
import random
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from _site import site

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/eightpoint_library"
PAGE_MS, QUERIES = 50, 12
SKEW = 0.8
COMMON = ["tide", "light", "stone", "river", "winter", "bread", "paper", "garden", "engine", "silver"]
DAY = timedelta(days=1)
NOTE = "bench_filled"


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are of each."""

    people: int = 50_000
    items: int = 100_000
    comments: int = 1_000_000
    follows: int = 1_000_000
    followed: int = 2_000
    courses: int = 2_000
    enrolled: int = 10_000


SMOKE = Size(people=200, items=400, comments=1_000, follows=1_000, followed=50, courses=20, enrolled=100)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page or endpoint: who asks for what."""

    what: str
    address: str
    who: str = "reader"


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds in all, of CPU and in the database, and the number of queries."""

    wall: float
    cpu: float
    database: float
    queries: int


class Table:
    """Fills one model's table with many rows: by COPY on PostgreSQL, by many inserts on SQLite."""

    def __init__(self, model: Any, *names: str) -> None:
        from django.db import connection
        from django.db.models import NOT_PROVIDED

        meta = model._meta
        own = [one for one in meta.local_concrete_fields if one.column]
        by_name = {one.attname: one for one in own} | {one.name: one for one in own}
        self.given = [by_name[name] for name in names]
        self.rest = [
            one
            for one in own
            if one not in self.given
            and one.db_default is NOT_PROVIDED
            and not (one.primary_key and not one.has_default())
        ]
        constants = [datetime.now(UTC) if getattr(one, "auto_now", False) else one.get_default() for one in self.rest]
        self.constants = [
            one.get_db_prep_save(value, connection) for one, value in zip(self.rest, constants, strict=True)
        ]
        self.name = meta.db_table
        self.columns = ", ".join(f'"{one.column}"' for one in (*self.given, *self.rest))

    def fill(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert rows that have the given columns; every other column has its default."""
        from django.db import connection, transaction

        prepared = (
            [
                *(one.get_db_prep_save(value, connection) for one, value in zip(self.given, row, strict=True)),
                *self.constants,
            ]
            for row in rows
        )
        started = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self.name} ({self.columns}) FROM STDIN") as copying:
                    for row in prepared:
                        copying.write_row(row)
            else:
                marks = ", ".join(["%s"] * (len(self.given) + len(self.rest)))
                cursor.executemany(f"INSERT INTO {self.name} ({self.columns}) VALUES ({marks})", list(prepared))
        print(f"    {self.name}: {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)


@dataclass
class Town:
    """Who and what there is: the same size gives the same rows. Numbers of rows begin at 1.

    Member 1 has the most followers and items, member 2 (`reader`) follows `followed` people, item 1 has the most
    comments, course 1 the most people. A few words are in many titles, most in few.
    """

    size: Size
    chance: random.Random = field(default_factory=lambda: random.Random("library"))
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.words = [self._word() for _ in range(4_000)]
        self.of_people = skewed(self.size.people)
        self.of_items = skewed(self.size.items)
        self.people = [self._id() for _ in range(self.size.people)]
        self.items = [self._id() for _ in range(self.size.items)]
        self.courses = [self._id() for _ in range(self.size.courses)]

    def settle_in(self) -> None:
        """Fill all tables."""
        from accounts.models import User
        from library.models import Comment, Media
        from library.people.models import Notification
        from stats.models import Follow, FollowCounter, Item, ItemCounter, ItemRating, RollupDay

        Table(User, "id", "uuid", "username", "username_key", "email", "first_name", "last_name", "password").fill(
            (
                n + 1,
                self.people[n],
                f"member{n + 1}",
                f"member{n + 1}",
                f"m{n + 1}@example.org",
                self._name(),
                self._name(),
                "!",
            )
            for n in range(self.size.people)
        )
        Table(Item, "id", "uuid", "type", "title", "owner_id", "duration_ms", "created_at").fill(self._items())
        Table(Media, "item_id", "description", "category", "tags", "bytes", "published_at", "thumbnail", "sha256").fill(
            self._media()
        )
        Table(ItemCounter, "item_id", "plays", "views", "likes", "comments").fill(
            (n + 1, 5_000_000 // (n + 9), 3_000_000 // (n + 9), 90_000 // (n + 9), 20_000 // (n + 9))
            for n in range(self.size.items)
        )
        Table(ItemRating, "item_id", "ratings", "stars").fill(
            (n + 1, 10 + n % 90, (10 + n % 90) * (2 + n % 4)) for n in range(0, self.size.items, 3)
        )
        today = self.now.date()
        Table(RollupDay, "scope", "key", "day", "plays", "views", "likes", "shares").fill(
            ("i", n + 1, today - age * DAY, 90, 40 + n % 50, n % 7, n % 3)
            for n in range(0, self.size.items, 7)
            for age in range(14)
        )
        Table(Comment, "id", "uuid", "item_id", "author_id", "text", "created_at").fill(self._comments())
        follows = self._follows()
        Table(Follow, "actor", "target", "is_on", "at", "event_id").fill(
            (self.people[one], self.people[other], 1, self._before(), self._id()) for one, other in follows
        )
        Table(FollowCounter, "actor", "followers", "following").fill(self._follow_counters(follows))
        Table(Notification, "id", "uuid", "recipient_id", "kind", "title", "address", "created_at", "cause").fill(
            (n + 1, self._id(), 2, "new_item", self._title(), f"/items/{self.items[0]}/", self._before(), self._id())
            for n in range(min(self.size.followed, 1000))
        )
        self._teach()

    def _teach(self) -> None:
        from library.models import Course, Enrolment, Lesson, LessonDone, Post, Review, Section, Thread
        from stats.models import CourseCounter, CourseMember, CourseReview, Item, Visibility

        first_item = self.size.items + 1
        lessons = [
            (course, number) for course in range(self.size.courses) for number in range(60 if course == 0 else 6)
        ]
        Table(Item, "id", "uuid", "type", "title", "owner_id", "visibility", "duration_ms").fill(
            (
                first_item + n,
                self._id(),
                "lesson",
                self._title(),
                1 + course % 500 % self.size.people,
                Visibility.PRIVATE,
                300_000,
            )
            for n, (course, _) in enumerate(lessons)
        )
        Table(
            Course, "id", "uuid", "slug", "title", "subtitle", "description", "category", "status", "owner_id", "published_at"
        ).fill(
            (n + 1, self.courses[n], f"course-{n + 1}", self._title(), self._text(8), self._text(80), self._category(),
             "published", 1 + n % 500 % self.size.people, self._before())
            for n in range(self.size.courses)
        )  # fmt: skip
        sections = sorted({(course, number // 10) for course, number in lessons})
        section_of = {one: n + 1 for n, one in enumerate(sections)}
        Table(Section, "id", "uuid", "course_id", "title", "position").fill(
            (n + 1, self._id(), course + 1, self._title(), number) for n, (course, number) in enumerate(sections)
        )
        Table(Lesson, "id", "uuid", "section_id", "item_id", "kind", "title", "position", "text").fill(
            (
                n + 1,
                self._id(),
                section_of[course, number // 10],
                first_item + n,
                "text",
                self._title(),
                number,
                self._text(200),
            )
            for n, (course, number) in enumerate(lessons)
        )
        learners = [(0, n) for n in range(self.size.enrolled)] + [(n, 1) for n in range(1, min(12, self.size.courses))]
        learners = sorted(set(learners))
        Table(Enrolment, "id", "uuid", "course_id", "user_id", "state", "enrolled_at").fill(
            (n + 1, self._id(), course + 1, person + 1, "active", self._before())
            for n, (course, person) in enumerate(learners)
        )
        Table(CourseMember, "actor", "course", "enrolled_at").fill(
            (self.people[person], self.courses[course], self._before()) for course, person in learners
        )
        Table(LessonDone, "lesson_id", "user_id", "completed_at").fill((n + 1, 2, self._before()) for n in range(25))
        reviewers = range(2, self.size.enrolled, 3)
        Table(Review, "id", "uuid", "course_id", "author_id", "stars", "text", "created_at").fill(
            (n + 1, self._id(), 1, person + 1, 1 + n % 5, self._text(30), self._before())
            for n, person in enumerate(reviewers)
        )
        Table(CourseReview, "actor", "course", "stars", "at", "event_id").fill(
            (self.people[person], self.courses[0], 1 + n % 5, self._before(), self._id())
            for n, person in enumerate(reviewers)
        )
        Table(CourseCounter, "course", "enrolled", "reviews", "posts").fill(
            (self.courses[n], self.size.enrolled if n == 0 else 12, len(reviewers) if n == 0 else 0, 0)
            for n in range(self.size.courses)
        )
        threads = self.size.enrolled // 10
        Table(Thread, "id", "uuid", "course_id", "author_id", "title", "answers").fill(
            (n + 1, self._id(), 1, 3 + n, self._title(), 3) for n in range(threads)
        )
        Table(Post, "id", "uuid", "thread_id", "author_id", "is_question", "text", "created_at").fill(
            (4 * n + k + 1, self._id(), n + 1, 3 + n, k == 0, self._text(30), self._before())
            for n in range(threads)
            for k in range(4)
        )

    def _items(self) -> Iterator[tuple[Any, ...]]:
        owners = self.chance.choices(range(self.size.people), cum_weights=self.of_people, k=self.size.items)
        types = self.chance.choices(("video", "track", "image", "stream"), (60, 25, 14, 1), k=self.size.items)
        for n in range(self.size.items):
            length = self.chance.randrange(30_000, 3_000_000) if types[n] in {"video", "track"} else None
            yield n + 1, self.items[n], types[n], self._title(), owners[n] + 1, length, self._before()

    def _media(self) -> Iterator[tuple[Any, ...]]:
        tags = [f"{word}" for word in self.words[:300]]
        weights = skewed(len(tags))
        for n in range(self.size.items):
            some = sorted(set(self.chance.choices(tags, cum_weights=weights, k=3)))
            yield n + 1, self._text(40), self._category(), some, 10**6, self._before(), f"items/{n}.webp", f"{n:064x}"

    def _comments(self) -> Iterator[tuple[Any, ...]]:
        items = self.chance.choices(range(self.size.items), cum_weights=self.of_items, k=self.size.comments)
        for n, item in enumerate(items):
            yield (
                n + 1,
                self._id(),
                item + 1,
                1 + self.chance.randrange(self.size.people),
                self._text(12),
                self._before(),
            )

    def _follows(self) -> list[tuple[int, int]]:
        follows = {(1, other) for other in range(self.size.followed + 2) if other != 1}
        while len(follows) < self.size.follows:
            targets = self.chance.choices(range(self.size.people), cum_weights=self.of_people, k=10_000)
            pairs = ((self.chance.randrange(self.size.people), other) for other in targets)
            follows |= {(one, other) for one, other in pairs if one not in {1, other}}
        return sorted(follows)

    def _follow_counters(self, follows: list[tuple[int, int]]) -> Iterator[tuple[Any, ...]]:
        followers, following = [0] * self.size.people, [0] * self.size.people
        for one, other in follows:
            following[one] += 1
            followers[other] += 1
        for n in range(self.size.people):
            yield self.people[n], followers[n], following[n]

    def _word(self) -> str:
        return "".join(
            self.chance.choice(("ba", "de", "ki", "lo", "mu", "ra", "se", "ti", "vo", "zan")) for _ in range(3)
        )

    def _text(self, words: int) -> str:
        return " ".join(
            self.chance.choice(COMMON) if self.chance.random() < 0.2 else self.chance.choice(self.words)
            for _ in range(words)
        )

    def _title(self) -> str:
        return self._text(4).capitalize()

    def _name(self) -> str:
        return self.chance.choice(self.words).capitalize()

    def _category(self) -> str:
        from library.models import Category

        return str(self.chance.choice(Category.values))

    def _before(self) -> datetime:
        return self.now - timedelta(seconds=self.chance.randrange(60, 300 * 86_400))

    def _id(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)


def skewed(number: int) -> list[float]:
    """Return cumulative weights of the first to the last."""
    return list(accumulate((rank + 1) ** -SKEW for rank in range(number)))


def pages(town: Town) -> tuple[Asked, ...]:
    """Return what is asked for. A word of `COMMON` is in most items, one of the town's own words in a few hundred."""
    from library.models import Lesson, Media, Thread

    tag, rare = Media.objects.get(item=1).tags[0], town.words[7]
    lesson = Lesson.objects.get(pk=26).uuid
    item, usual = f"/items/{town.items[0]}/", f"/items/{town.items[town.size.items // 2]}/"
    thread = Thread.objects.get(pk=1).uuid
    return (
        Asked("browse: newest", "/browse/"),
        Asked("browse: newest, as a guest", "/browse/", ""),
        Asked("browse: page 400", "/browse/?page=400"),
        Asked("browse: most played", "/browse/?order=popular"),
        Asked("browse: trending", "/browse/?order=trending"),
        Asked("browse: best rated", "/browse/?order=rated"),
        Asked("browse: streams, played most", "/browse/?type=stream&order=popular"),
        Asked("browse: category, length, month", "/browse/?category=food&length=long&since=month"),
        Asked("browse: a tag, trending", f"/browse/?tag={tag}&order=trending"),
        Asked("browse: an owner of thousands", "/browse/?owner=member1&order=popular"),
        Asked("search: a word in most items", f"/browse/?q={COMMON[0]}"),
        Asked("search: two words", f"/browse/?q={COMMON[1]}+{rare}"),
        Asked("search: a rare word", f"/browse/?q={rare}"),
        Asked("search: the beginning of many words", f"/browse/?q={rare[:2]}"),
        Asked(
            "search: a word, filtered and trending", f"/browse/?q={COMMON[0]}&type=track&length=short&order=trending"
        ),
        Asked("search: nothing found", "/browse/?q=xylophone"),
        Asked("search: a hundred letters", "/browse/?q=" + "+".join("ab" * 50)),
        Asked("search: signs", "/browse/?q=" + "%25_" * 66),
        Asked("API: newest", "/api/library/items"),
        Asked("API: search", f"/api/library/items?search={COMMON[0]}&page_size=100"),
        Asked("item: most talked of", item),
        Asked("item: most talked of, as a guest", item, ""),
        Asked("item: usual", usual),
        Asked("API: item", f"/api/library{item}"),
        Asked("API: comments", f"/api/library{item}comments"),
        Asked("feed: of thousands followed", "/following/"),
        Asked("API: feed", "/api/library/feed"),
        Asked("member: most followed", "/members/member1/"),
        Asked("member: followers", "/members/member1/followers/"),
        Asked("notifications", "/notifications/"),
        Asked("courses: catalogue", "/courses/"),
        Asked("courses: search", f"/courses/?q={COMMON[0]}"),
        Asked("course: most learners", "/courses/course-1/"),
        Asked("course: most learners, as a guest", "/courses/course-1/", ""),
        Asked("course: lesson", f"/courses/course-1/lessons/{lesson}/"),
        Asked("course: discussions", "/courses/course-1/discussions/"),
        Asked("course: one discussion", f"/courses/course-1/discussions/{thread}/"),
        Asked("my courses", "/learning/"),
        Asked("API: courses", "/api/learning/courses"),
    )


def measured(asked: Asked, rounds: int) -> Measured | str:
    """Ask for one page; what went wrong when it is not there."""
    from django.conf import settings
    from django.core.cache import cache
    from django.test import Client
    from reads import counted, cpu_clock, median_ms

    from accounts.models import User

    client = Client(HTTP_HOST="localhost", raise_request_exception=True)
    if asked.who:
        client.force_login(User.objects.get(username="member2"))

    def forget() -> None:
        cache.clear()
        client.get("/privacy/")  # the middleware notes who was there, once a while

    def ask() -> Any:
        return client.get(asked.address)

    try:
        response = ask()
    except Exception as error:  # noqa: BLE001  # whatever a page fails with is told
        return f"failed: {error!r}"
    if response.status_code != 200:
        return f"was answered {response.status_code}"
    wall = median_ms(ask, rounds, before=forget)
    cpu = median_ms(ask, rounds, before=forget, clock=cpu_clock() if settings.ON_POSTGRESQL else time.process_time)
    forget()
    with counted() as times:
        ask()
    return Measured(wall, cpu, sum(times), len(times))


def tell(results: dict[str, Measured | str]) -> bool:
    """Print the table. Returns whether nothing was missing."""
    from reads import head, ms, show

    head("page or endpoint", "time", "CPU", "in the database", "queries", f"{PAGE_MS} ms; {QUERIES}")
    for what, found in results.items():
        if isinstance(found, str):
            show(what, found, "", "", "", "")
            continue
        missed = "missed" if found.cpu > PAGE_MS or found.queries > QUERIES else "late" if found.wall > PAGE_MS else ""
        show(what, ms(found.wall), ms(found.cpu), ms(found.database), str(found.queries), missed)
    return not any(isinstance(found, str) for found in results.values())


def fill(town: Town) -> None:
    """Fill the database in use, and keep what triggers would."""
    from library import listing

    started = time.perf_counter()
    listing.remove(plan=["everything at once"])
    town.settle_in()
    listing.install()
    print(f"    listing: {time.perf_counter() - started:.0f} s so far", file=sys.stderr, flush=True)
    finish(town, started)


def finish(town: Town, started: float) -> None:
    """Bring sequences, what the planner knows and the figures up to date."""
    from django.core.management.color import no_style
    from django.db import connection

    from library import trending

    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(sql)
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    moved, refreshed = trending.refresh(town.now), time.perf_counter()
    trending.refresh(town.now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE library_listing" if connection.vendor == "postgresql" else "ANALYZE")
    print(f"Filled in {time.perf_counter() - started:.0f} s; figures of {moved:,} items taken, again in"
          f" {time.perf_counter() - refreshed:.1f} s.", flush=True)  # fmt: skip


def _models() -> list[Any]:
    from django.apps import apps

    from stats.models import Source

    return [model for model in apps.get_models() if model is not Source]  # whose first row is 0


def prepared(name: str, size: Size, *, rebuild: bool) -> Town:
    """Return what is in the database, which is made if it is not there."""
    from django.core.management import call_command
    from django.db import connection

    town = Town(size)
    if connection.vendor != "postgresql":
        call_command("migrate", verbosity=0)
        fill(town)
        return town
    import _loading

    told = f"{size} {town.now.date()}"
    if rebuild or not _loading.is_filled(name, told):
        _loading.blank(name)
        _loading.use(name)
        fill(town)
        _loading.keep(name, told, {})
    else:
        _loading.migrate(name)
    _loading.use(name)
    return town


def main() -> None:
    """Read the options, fill the database, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="measure what has this in its name")
    parser.add_argument("--rebuild", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="few items and people on SQLite, to see that it runs")
    options = parser.parse_args()
    url = os.environ.get("BENCH_LIBRARY_DATABASE_URL", DEFAULT_URL)
    with site("library", url, on_sqlite=options.smoke) as name:
        run(name, options)


def run(name: str, options: argparse.Namespace) -> None:
    """Fill the database, measure, print."""
    size = SMOKE if options.smoke else Size()
    town = prepared(name, size, rebuild=options.rebuild)
    results = {}
    for asked in pages(town):
        if options.only in asked.what:
            results[asked.what] = found = measured(asked, 1 if options.smoke else options.rounds)
            print(f"  {asked.what}: {found}", file=sys.stderr, flush=True)
    if not tell(results):
        raise SystemExit("Not all pages are there.")


if __name__ == "__main__":
    main()
