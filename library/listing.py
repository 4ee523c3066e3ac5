"""What lists and searches read, kept up by the database itself in the transaction that changes an item or its owner.

One narrow row for each item that may stand in a list (`Listing`), its tags (`ItemTag`), and its words: a `tsvector` on
PostgreSQL, an FTS5 table on SQLite. They are written by triggers, so that no way of changing an item can forget them;
`remove` before migrations and `install` after them see to it that they are there, as their text here is.
"""

import hashlib
import string
import unicodedata
from typing import Any

from django.db import connection

from accounts.roles import Role
from stats.models import Source, Visibility

EVERYBODY = 0
RANKS = {role.value: role.rank + 1 for role in Role}
"""What a list row says of who may find it: 0 everybody, 1 to 4 members from that role up."""

PREFIX = "library_kept_"
_PUNCTUATION = string.punctuation + "\t\r\n“”‘’„‚«»‹›–—…·•¿¡"


def _accents() -> tuple[str, str]:
    marked = [chr(code) for code in range(0xC0, 0x250) if len(unicodedata.normalize("NFD", chr(code))) > 1]
    return "".join(marked), "".join(unicodedata.normalize("NFD", letter)[0] for letter in marked)


def fold(text: str) -> str:
    """Return text without the accents of Latin letters, in small letters: as both databases compare words."""
    return text.translate(str.maketrans(*_accents())).lower()


_RANK = "CASE i.visibility WHEN 'public' THEN {} ELSE CASE m.least_role {} END END".format(
    EVERYBODY, " ".join(f"WHEN '{role}' THEN {rank}" for role, rank in RANKS.items())
)
_LISTED = (
    "stats_item i JOIN library_media m ON m.item_id = i.id LEFT JOIN accounts_user u ON u.id = i.owner_id"
    f" WHERE i.source_id = {int(Source.SITE)} AND i.deleted_at IS NULL AND m.published_at IS NOT NULL"
    f" AND i.visibility IN ('{Visibility.PUBLIC}', '{Visibility.ROLE}') AND i.id IN ({{ids}})"
)
_NAMES = "COALESCE(u.first_name, '') || ' ' || COALESCE(u.last_name, '') || ' ' || COALESCE(u.username, '')"
_FACTS = ("owner_id", "type", "category", "least_rank", "published_at", "duration_ms")
_STEPS = (
    "DELETE FROM library_itemtag WHERE item_id IN ({ids})",
    f"DELETE FROM library_listing WHERE item_id IN ({{ids}}) AND item_id NOT IN (SELECT i.id FROM {_LISTED})",
    (
        f"INSERT INTO library_listing (item_id, {', '.join(_FACTS)}, plays, trend, ratings, grade)"
        f" SELECT i.id, i.owner_id, i.type, m.category, {_RANK}, m.published_at, i.duration_ms,"
        " COALESCE((SELECT c.plays FROM stats_itemcounter c WHERE c.item_id = i.id), 0), 0, 0, 0"
        f" FROM {_LISTED} ON CONFLICT (item_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _FACTS)}"
    ),
)
_TAGS = {
    "postgresql": (
        "INSERT INTO library_itemtag (item_id, tag) SELECT DISTINCT i.id, LEFT(t.tag, 30) FROM"
        f" {_LISTED.replace(' WHERE', ' CROSS JOIN jsonb_array_elements_text(m.tags) t (tag) WHERE')}"
    ),
    "sqlite": (
        "INSERT INTO library_itemtag (item_id, tag) SELECT DISTINCT i.id, SUBSTR(t.value, 1, 30) FROM"
        f" {_LISTED.replace(' WHERE', ' CROSS JOIN json_each(m.tags) t WHERE')}"
    ),
}
_WORDS = {
    "postgresql": (
        "DELETE FROM library_words WHERE item_id IN ({ids})",
        (
            "INSERT INTO library_words (item_id, words) SELECT i.id,"
            " setweight(library_lexemes(i.title), 'A') || setweight(library_lexemes(m.tags::text), 'B')"
            f" || setweight(library_lexemes({_NAMES}), 'C') || setweight(library_lexemes(m.description), 'D') FROM {_LISTED}"
        ),
    ),
    "sqlite": (
        "DELETE FROM library_words WHERE rowid IN ({ids})",
        (
            "INSERT INTO library_words (rowid, title, tags, owner, description)"
            f" SELECT i.id, i.title, (SELECT group_concat(t.value, ' ') FROM json_each(m.tags) t), {_NAMES}, m.description FROM {_LISTED}"
        ),
    ),
}
_GROUND = {
    "postgresql": (
        "DROP TABLE IF EXISTS library_words",
        "DROP TEXT SEARCH CONFIGURATION IF EXISTS library_text",
        "DROP TEXT SEARCH DICTIONARY IF EXISTS library_stems",
        "CREATE TEXT SEARCH DICTIONARY library_stems (TEMPLATE = snowball, LANGUAGE = english)",
        "CREATE TEXT SEARCH CONFIGURATION library_text (COPY = simple)",
        "ALTER TEXT SEARCH CONFIGURATION library_text ALTER MAPPING FOR asciiword, word WITH library_stems",
        "CREATE TABLE library_words (item_id bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX library_words_found ON library_words USING gin (words) WITH (fastupdate = off)",
    ),
    "sqlite": (
        "DROP TABLE IF EXISTS library_words",
        (
            "CREATE VIRTUAL TABLE library_words USING fts5 (title, tags, owner, description,"
            " tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3')"
        ),
    ),
}
# name, table, event, whose items
_TRIGGERS = (
    ("media_new", "library_media", "INSERT", "NEW.item_id"),
    (
        "media_changed",
        "library_media",
        "UPDATE OF description, category, tags, least_role, published_at",
        "NEW.item_id",
    ),
    ("media_gone", "library_media", "DELETE", "OLD.item_id"),
    ("item", "stats_item", "UPDATE OF type, title, owner_id, duration_ms, visibility, deleted_at", "NEW.id"),
    (
        "owner",
        "accounts_user",
        "UPDATE OF username, first_name, last_name",
        "SELECT id FROM stats_item WHERE owner_id = NEW.id",
    ),
)


def rebuild() -> None:
    """Write all that is kept of every item anew. The figures that `library.trending` adds stay."""
    with connection.cursor() as cursor:
        for step in _steps(connection.vendor):
            cursor.execute(step.format(ids="SELECT id FROM stats_item"))
        if connection.vendor == "postgresql":  # it must know rare words from common ones before the first search
            cursor.execute("ANALYZE library_listing, library_itemtag, library_words")


def compact() -> None:
    """Take what was deleted out of the index of words for good: SQLite's keeps it in its older parts until they are merged."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO library_words (library_words) VALUES ('optimize')")


def install(**_: Any) -> None:
    """Make the triggers and what they write, unless all are there as they should be. One query when they are."""
    vendor = connection.vendor
    wanted = _wanted(vendor)
    with connection.cursor() as cursor:
        there = _there(cursor)
        if there.keys() == wanted.keys():
            return
        _drop(cursor, there)
        for statement in (*_GROUND[vendor], *_functions(vendor), *wanted.values()):
            cursor.execute(statement)
    rebuild()


def remove(plan: Any = (), **_: Any) -> None:
    """Take the triggers away before migrations: a table that a trigger speaks of cannot be altered as Django does it."""
    if plan:
        with connection.cursor() as cursor:
            _drop(cursor, _there(cursor))


def _there(cursor: Any) -> dict[str, str]:
    cursor.execute(
        "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname LIKE %s"
        if connection.vendor == "postgresql"
        else "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
        [f"{PREFIX}%"],
    )
    return dict(cursor.fetchall())


def _drop(cursor: Any, triggers: dict[str, str]) -> None:
    for name, table in triggers.items():
        cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


def _steps(vendor: str) -> tuple[str, ...]:
    return (*_STEPS, _TAGS[vendor], *_WORDS[vendor])


def _functions(vendor: str) -> tuple[str, ...]:
    if vendor != "postgresql":
        return ()
    marked, plain = _accents()
    blank = " " * len(_PUNCTUATION)
    quoted = (_PUNCTUATION + marked).replace("'", "''")
    keep = "; ".join(step.format(ids="SELECT unnest(which)") for step in _steps(vendor))
    return (
        (
            "CREATE OR REPLACE FUNCTION library_lexemes(told text) RETURNS tsvector LANGUAGE sql STABLE AS $$"
            f" SELECT to_tsvector('library_text', translate(told, '{quoted}', '{blank}{plain}')) $$"
        ),
        (
            "CREATE OR REPLACE FUNCTION library_keep(which bigint[]) RETURNS void LANGUAGE plpgsql AS"
            # two changes of one item, or of it and its owner, take turns, and the second sees what the first wrote
            " $$ BEGIN PERFORM 1 FROM stats_item WHERE id = ANY (which) ORDER BY id FOR NO KEY UPDATE;"
            f" {keep}; END $$"
        ),
        *(
            f"CREATE OR REPLACE FUNCTION {PREFIX}{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN PERFORM library_keep(ARRAY({ids if ids.startswith('SELECT') else f'SELECT {ids}'})); RETURN NULL; END $$"
            for name, _, _, ids in _TRIGGERS
        ),
    )


def _wanted(vendor: str) -> dict[str, str]:
    """Return the statements that make the triggers by their names, which tell the text of all of them."""
    told = repr((_GROUND[vendor], _functions(vendor), _steps(vendor), _TRIGGERS))
    version = hashlib.sha256(told.encode()).hexdigest()[:8]
    made = {}
    for name, table, event, ids in _TRIGGERS:
        key = f"{PREFIX}{name}_{version}"
        if vendor == "postgresql":
            made[key] = f"CREATE TRIGGER {key} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {PREFIX}{name}()"
        else:
            body = "; ".join(step.format(ids=ids) for step in _steps(vendor))
            made[key] = f"CREATE TRIGGER {key} AFTER {event} ON {table} FOR EACH ROW BEGIN {body}; END"
    return made
