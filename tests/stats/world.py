"""A small world for tests of the statistics: sources, people, items, events, and looking at everything that is stored."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from stats import drain, ledger, sources, verify
from stats.ids import uuid7
from stats.models import DeadLetter, InboxBatch, Item, Source

EVENTS = "/api/stats/events"
ORIGIN = "http://testserver"


@dataclass(frozen=True)
class Keys:
    """A source and its keys."""

    source: Source
    public: str
    secret: str


def make_source(name: str = "app", origins: list[str] | None = None, **settings: Any) -> Keys:
    source, secret = sources.create(name, origins)
    for field, value in settings.items():
        setattr(source, field, value)
    source.save()
    return Keys(source, source.public_key, secret)


def make_member(name: str, **fields: Any) -> Any:
    user = get_user_model()(username=name, email=f"{name}@example.org", **fields)
    user.set_unusable_password()
    user.save()
    return user


def make_film(title: str = "Film", **fields: Any) -> Item:
    return Item.objects.create(**{"type": "video", "title": title, "duration_ms": 100_000, **fields})


def ago(**span: float) -> str:
    """Return the time some while ago, as it stands on the wire."""
    return at(datetime.now(UTC) - timedelta(**span))


def at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def event(kind: str, item: Any = None, **fields: Any) -> dict[str, Any]:
    """Return an event as a client sends it, with an id of its own."""
    told = {"id": str(uuid7()), "type": kind, **fields}
    if item is not None:
        told["item"] = str(item.uuid) if isinstance(item, Item) else item
    return told


def post(body: Any, key: str | None = None, **headers: str) -> Any:
    """Send a body, as it is or as JSON, to the ingest address. Headers are named as in `Client.post`."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    content_type = headers.pop("content_type", "application/json")
    if key is not None:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return Client(raise_request_exception=False).post(EVENTS, body, content_type=content_type, **headers)


def send(events: Iterable[dict[str, Any]], key: str, **headers: str) -> dict[str, Any]:
    """Send events that must be taken, and drain. Returns the answer."""
    response = post(list(events), key, **headers)
    assert response.status_code == 202, response.content
    drain_all()
    return response.json()


def drain_all() -> int:
    """Apply everything that waits. Returns how many events that were."""
    pace, events = drain.Pace(), 0
    while taken := drain.drain_once(pace):
        events += taken
    return events


def logged() -> list[tuple[str, int]]:
    """Return (id, source) of every event in the log, sorted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, source_id FROM stats_event")
        return sorted((uuid.UUID(str(id_)).hex, source) for id_, source in cursor.fetchall())


def stored() -> dict[str, int]:
    """Return how many rows there are of everything that a request may leave behind."""
    return {
        "inbox": InboxBatch.objects.count(),
        "log": len(logged()),
        "letters": DeadLetter.objects.count(),
        "items": Item.objects.count(),
    }


def tables() -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all projections, sorted, as texts that are the same on both databases."""
    found = {}
    with connection.cursor() as cursor:
        for projection in ledger.projections():
            for table in projection.tables:
                names, _ = verify._columns(table)
                cursor.execute(f"SELECT {', '.join(names)} FROM {table._meta.db_table}")
                found[table._meta.db_table] = sorted(tuple(_text(value) for value in row) for row in cursor.fetchall())
    return found


def _text(value: Any) -> str:
    return value.hex if isinstance(value, uuid.UUID) else str(value)


def assert_sound() -> None:
    """Every projection is what the log says."""
    assert [str(one) for one in verify.differences()] == []
