"""What happens to each table that knows a person, when the person is erased; and how the log forgets who it was.

Nothing is taken out of the log: totals, other people's numbers and the numbers of past days stay. What one did is from
then on the doing of an actor that nothing leads to: a new random id that no account has and nobody keeps the key to. Ids
that the person's browser or another site still knows (guests, sessions, what sources called them) are replaced as well,
and what the person wrote (addresses of pages, what was searched for) is struck out.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet

from stats import log
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import DeadLetter

WRITTEN = (Kind.PAGE_VIEW, Kind.ENGAGEMENT, Kind.SEARCH)
TOLD = (*WRITTEN, Kind.ACTION)
BOOKED = (
    Kind.SUBSCRIPTION_CHANGED, Kind.PAYMENT, Kind.REFUND, Kind.REFUND_FAILED, Kind.DISPUTE, Kind.DISPUTE_WON,
)  # fmt: skip
ABOUT = (Kind.FOLLOW, Kind.UNFOLLOW, Kind.REFERRAL)
STRUCK = "-"


class Fate(StrEnum):
    """What erasure does with the rows of a person."""

    DELETED = "deleted"
    BLANKED = "blanked"  # what is personal in them is struck out; they stay
    RENAMED = "renamed"  # they follow from the log, and go to the actor that nobody is
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Rule:
    """How the rows of one table that name a person by one column (or by a path to one) are treated, in the order listed.

    `values` are what blanked columns become; `hidden` columns are secrets, or somebody else's, that the person's own copy
    leaves out; `told` says whether the copy has the rows at all. `why` is for rows that stay.
    """

    model: str
    path: str
    fate: Fate
    why: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    told: bool = True

    def rows(self, person: Any) -> QuerySet[Model]:
        """Return the rows that name a member."""
        model = apps.get_model(self.model)
        key: Any = person
        first = model._meta.get_field(self.path.partition("__")[0])
        if not first.is_relation:
            key = person.uuid if first.get_internal_type() == "UUIDField" else person.pk
        return model._base_manager.filter(**{self.path: key})  # noqa: SLF001 (Django documents it)


@dataclass(frozen=True, slots=True)
class Eraser:
    """What one app has of people: its rules, what it takes away by its own functions before the rules are applied, and what
    is to be done last, when nothing leads to the person any more.

    `fixed` are the triggers, each with its table, by which the database refuses to change rows that a rule changes.
    """

    rules: tuple[Rule, ...]
    first: Callable[[Any], None] | None = None
    last: Callable[[], None] | None = None
    fixed: tuple[tuple[str, str], ...] = ()


def renamed(*models: str) -> tuple[Rule, ...]:
    """Return the rules of tables that follow from the log."""
    return tuple(Rule(model, "actor", Fate.RENAMED) for model in models)


def rename(cursor: CursorWrapper, table: str, column: str, old: uuid.UUID, new: uuid.UUID) -> int:
    """Give rows another actor. Returns how many."""
    cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {column} = %s", [_bound(new), _bound(old)])
    return cursor.rowcount


def forget(cursor: CursorWrapper, old: uuid.UUID, new: uuid.UUID, account: uuid.UUID) -> None:
    """Make what a member did, and what was done about the member, the doing of somebody whom nobody knows.

    What the books follow from stays with the account, which is then called `account`.

    Inside a transaction that holds the lock of the log. Reads the whole log.
    """
    salt = uuid7().hex
    cursor.execute("SELECT guest FROM stats_guestclaim WHERE actor = %s", [_bound(old)])
    for (guest,) in cursor.fetchall():
        _forget_guest(cursor, uuid.UUID(str(guest)))
    for table in (log.TABLE, "stats_action", "stats_play"):
        cursor.execute(
            f"UPDATE {table} SET session_id = MD5(session_id || %s) WHERE actor = %s AND session_id > ''",
            [salt, _bound(old)],
        )
    cursor.execute(
        f"UPDATE {log.TABLE} SET label = CASE WHEN kind IN ({_marks(WRITTEN)}) THEN %s ELSE label END, data = NULL"
        f" WHERE actor = %s AND kind IN ({_marks(TOLD)})",
        [*WRITTEN, STRUCK, _bound(old), *TOLD],
    )
    cursor.execute(
        f"UPDATE stats_action SET label = %s WHERE actor = %s AND kind IN ({_marks(WRITTEN)})",
        [STRUCK, _bound(old), *WRITTEN],
    )
    for table, name in ((log.TABLE, "label"), ("stats_externaluser", "external_id")):
        only = " AND kind = 'identified'" if table == log.TABLE else ""
        cursor.execute(f"UPDATE {table} SET {name} = MD5({name} || %s) WHERE actor = %s{only}", [salt, _bound(old)])
    for table in (log.TABLE, "stats_action"):
        cursor.execute(
            f"UPDATE {table} SET label = %s WHERE kind IN ({_marks(ABOUT)}) AND LOWER(REPLACE(label, '-', '')) = %s",
            [str(new), *ABOUT, old.hex],
        )
    for table in (log.TABLE, "stats_action"):
        cursor.execute(
            f"UPDATE {table} SET actor = %s WHERE actor = %s AND kind IN ({_marks(BOOKED)})",
            [_bound(account), _bound(old), *BOOKED],
        )
    rename(cursor, log.TABLE, "actor", old, new)
    for letter in DeadLetter.objects.iterator():
        if old.hex.encode() in bytes(letter.row) or str(old).encode() in bytes(letter.row):
            letter.delete()


def events_of(person: uuid.UUID) -> Iterator[dict[str, Any]]:
    """Yield everything that the log has of a member, in the order in which it came. Reads the whole log."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {log.NAMES} FROM {log.TABLE} WHERE actor = %s ORDER BY chunk, id", [_bound(person)])
        names = [column[0] for column in cursor.description]
        while rows := cursor.fetchmany(log.REPLAY_ROWS):
            for row in rows:
                yield dict(zip(names, row, strict=True))


@contextmanager
def lifted(cursor: CursorWrapper, trigger: str, table: str) -> Iterator[None]:
    """Let rows be changed that the database refuses to change, inside a transaction that nobody else writes beside."""
    if cursor.db.vendor == "postgresql":
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
        return
    cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = %s", [trigger])
    (made_by,) = cursor.fetchone()
    cursor.execute(f"DROP TRIGGER {trigger}")
    yield
    cursor.execute(made_by)


def _forget_guest(cursor: CursorWrapper, guest: uuid.UUID) -> None:
    """Take away the id that the person's browsers had before the member was known."""
    new = uuid7()
    for table, column in ((log.TABLE, "actor"), ("stats_guestclaim", "guest")):
        rename(cursor, table, column, guest, new)
    for table in (log.TABLE, "stats_action"):
        cursor.execute(
            f"UPDATE {table} SET label = %s WHERE kind = 'guest_claimed' AND LOWER(REPLACE(label, '-', '')) = %s",
            [str(new), guest.hex],
        )


def _bound(value: uuid.UUID) -> Any:
    return value if connection.vendor == "postgresql" else value.hex


def _marks(kinds: tuple[str, ...]) -> str:
    return ", ".join(["%s"] * len(kinds))


ERASER = Eraser(
    rules=(
        Rule("stats.Follow", "target", Fate.RENAMED),
        *renamed(
            "stats.GuestClaim", "stats.ExternalUser", "stats.ActorStats", "stats.Play", "stats.HiddenPlay", "stats.HistoryClear", "stats.State", "stats.Follow",
            "stats.FollowCounter", "stats.Rating", "stats.CourseMember", "stats.CourseQuiz", "stats.CourseReview",
            "stats.StreamMark", "stats.Action", "stats.ActorDay",
        ),
        Rule("stats.Item", "owner", Fate.BLANKED, values={"title": ""}, where={"deleted_at__isnull": False}),
    )
)  # fmt: skip
