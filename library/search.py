"""Searching items by words: PostgreSQL's full text and SQLite's FTS5 behind the same two functions.

Every word must be there, in its title, its tags, its owner's name or its description, in any form that has the same
English stem; the last word may be the beginning of one. Signs separate words and mean nothing themselves, so nothing of
what a person types is an expression of the database's.
"""

import re

from django.db import connection
from django.db.models import F, FloatField, QuerySet
from django.db.models.expressions import RawSQL

from library.listing import fold
from library.models import Listing

MAX_TEXT = 200
MOST_FOUND = 500
"""So many of the matches, the newest, are ranked, ordered and counted: a word that everything has costs no more."""

_WORD = re.compile(r"[^\W_]+")
_SHORTEST_BEGINNING = 2
# How much a word counts by where it stands: title, tags, owner, description
_TITLE, _TAGS, _OWNER, _DESCRIPTION = 1.0, 0.6, 0.4, 0.1
_MATCH = {
    "postgresql": "SELECT item_id FROM library_words WHERE words @@ to_tsquery('library_text', %s)",
    "sqlite": "SELECT rowid FROM library_words WHERE library_words MATCH %s",
}
_RANK = {
    "postgresql": f"SELECT ts_rank('{{{_DESCRIPTION}, {_OWNER}, {_TAGS}, {_TITLE}}}', words, to_tsquery('library_text', %s))"
    " FROM library_words WHERE library_words.item_id = library_listing.item_id",
    # "LIMIT -1" lets SQLite rank all matches once, instead of searching again for each
    "sqlite": "SELECT worth FROM (SELECT rowid AS id,"
    f" -bm25(library_words, {10 * _TITLE}, {10 * _TAGS}, {10 * _OWNER}, {10 * _DESCRIPTION}) AS worth"
    " FROM library_words WHERE library_words MATCH %s LIMIT -1) WHERE id = library_listing.item_id",
}


def words_of(text: str) -> list[str]:
    """Return the words that are looked for, in small letters without accents. Pure."""
    return _WORD.findall(fold(text[:MAX_TEXT]))


def matching(rows: QuerySet[Listing], text: str) -> QuerySet[Listing]:
    """Return those of list rows whose items have every word of `text`: the newest `MOST_FOUND`, in no order.

    None when there are signs alone.
    """
    words = words_of(text)
    if not words:
        return rows.none()
    found = rows.filter(pk__in=RawSQL(_MATCH[connection.vendor], [_query(words)]))  # noqa: S611  # words are parameters
    return Listing.objects.filter(pk__in=found.order_by("-published_at", "-item").values("pk")[:MOST_FOUND])


def by_rank(rows: QuerySet[Listing], text: str) -> QuerySet[Listing]:
    """Order what `matching` found: words in the title first, then in tags, owner's name, description; then the newest."""
    words = words_of(text)
    if not words:
        return rows
    rank = RawSQL(f"({_RANK[connection.vendor]})", [_query(words)], output_field=FloatField())  # noqa: S611
    return rows.annotate(rank=rank).order_by(F("rank").desc(), "-published_at", "-item")


def _query(words: list[str]) -> str:
    """Return the words as the database's query. They are letters and digits alone, and each stands in quotes."""
    *whole, last = words
    if connection.vendor == "postgresql":
        end = f"'{last}':*" if len(last) >= _SHORTEST_BEGINNING else f"'{last}'"
        return " & ".join([*(f"'{word}'" for word in whole), end])
    end = f'"{last}" *' if len(last) >= _SHORTEST_BEGINNING else f'"{last}"'
    return " AND ".join([*(f'"{word}"' for word in whole), end])
