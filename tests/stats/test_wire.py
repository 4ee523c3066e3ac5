"""Bytes to events, and what is in doubt looked at one by one."""

import gzip
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats import wire

BODY = b'[{"type":"like","item":"a"}]'


def test_an_array_and_an_object_with_events_say_the_same():
    array = wire.decode(BODY)
    batch = wire.decode(b'{"sent_at":"2026-01-17T14:00:00+01:00","key":"pk_1","events":' + BODY + b"}")

    assert array.events == batch.events
    assert (array.key, batch.key) == (None, "pk_1")
    assert batch.sent_at == datetime(2026, 1, 17, 13, tzinfo=UTC)


def test_both_ways_through_the_wire_lead_to_the_same_event():
    event = {
        "id": "01981b7e-0000-7000-8000-000000000001", "type": "play", "occurred_at": "2026-01-17T14:00:00.123456+05:30",
        "item": "é", "content_type": "video", "session_id": "s", "play_id": "p", "source": "playlist",
        "duration_seconds": 42.5, "ranges": [[0, 30], [10, 22.5]], "completed": False, "speed": 2,
    }  # fmt: skip
    quick = wire.decode(json.dumps([event], ensure_ascii=False).encode())
    slow = wire.decode(json.dumps([{**event, "unknown": 1}]).encode())

    assert quick.events == slow.events
    assert (quick.ignored_fields, slow.ignored_fields) == (0, 1)


def test_the_old_clients_names_mean_the_same():
    old = {
        "trackId": "video-1", "userId": "u", "sessionId": "s", "playlistId": "01981b7e-0000-7000-8000-000000000001",
        "timestamp": "2026-01-17T14:00:00Z", "duration": 12, "completionRate": 80, "skipped": True, "replayed": False,
        "type": "play", "play_id": "p",
    }  # fmt: skip
    new = {
        "item": "video-1", "user": "u", "session_id": "s", "playlist": "01981b7e-0000-7000-8000-000000000001",
        "occurred_at": "2026-01-17T14:00:00Z", "duration_seconds": 12, "skipped": True, "replayed": False,
        "type": "play", "play_id": "p",
    }  # fmt: skip

    assert wire.decode(json.dumps([old]).encode()) == wire.decode(json.dumps([new]).encode())


@pytest.mark.parametrize(
    ("kind", "action", "meant"),
    [("like", "like", "like"), ("like", "unlike", "unlike"), ("save", "unsave", "unsave"), ("save", "save", "save")],
)
def test_the_old_clients_action_says_what_is_undone(kind, action, meant):
    decoded = wire.decode(json.dumps([{"type": kind, "action": action, "trackId": "a"}]).encode())

    assert [event.type for _, event in decoded.events] == [meant]
    assert decoded.ignored_fields == 0


def test_a_bad_event_keeps_its_place_among_good_ones():
    decoded = wire.decode(b'[{"type":"like"},{"type":5,"id":"x"},{"type":"like"}]')

    assert [index for index, _ in decoded.events] == [0, 2]
    assert [(one.index, one.code) for one in decoded.rejected] == [(1, "unknown_event_type")]


def test_depth_is_counted_outside_of_texts_only():
    assert wire.decode(b'[{"type":"action","name":"[[[[[[[[[[[[[[[[[[[[[[","extra":"\\"{{{{{{{{{{{{{{{{{{{{"}]').events


@pytest.mark.parametrize(
    "body",
    [
        b'["' + b'\\"' * 2_000_000,
        b'["' + b"a" * 4_000_000 + b"\\",
        b'[{"type":"\\u0000' + b"a" * 4_900_000 + b'"}]',
        b"[" + b'"",' * 1_000_000,
        b'[{"x":1},' * 500_000,
        gzip.compress(b"") * 200_000,
    ],
    ids=["quotes", "no end", "long text", "many texts", "many objects", "many members"],
)
def test_hostile_bodies_take_no_more_time_than_others_of_their_size(body):
    started = time.monotonic()
    with pytest.raises(wire.BadBody):
        wire.inflate(body) if body[:2] == b"\x1f\x8b" else _decode(body)

    assert time.monotonic() - started < 5


def _decode(body: bytes) -> None:
    decoded = wire.decode(body)
    if decoded.rejected:
        raise wire.BadBody(422, decoded.rejected[0].code, "")


@given(st.binary(max_size=2000), st.integers(1, 4), st.integers(1, 9))
def test_gzip_in_any_number_of_members_gives_back_what_was_packed(content, members, level):
    size = len(content) // members + 1
    packed = b"".join(gzip.compress(content[start : start + size], level) for start in range(0, len(content), size))

    assert wire.inflate(packed) == content


def test_inflating_stops_at_the_limit():
    packed = gzip.compress(bytes(1000)) + gzip.compress(bytes(1000))

    assert len(wire.inflate(packed, limit=2000)) == 2000
    with pytest.raises(wire.BadBody, match="larger than 1999"):
        wire.inflate(packed, limit=1999)


@given(st.uuids())
def test_a_canonical_uuid_is_one_in_either_case_and_nothing_else_is(value):
    assert wire.as_uuid(str(value)) == value
    assert wire.as_uuid(str(value).upper()) == value
    assert wire.as_uuid(value.hex) is None
    assert wire.as_uuid(f"{{{value}}}") is None
    assert wire.as_uuid(f"{value}\n") is None


@pytest.mark.parametrize("body", [b"[" + b"{}," * 1_000_000 + b"{}]", b'{"events": [' + b"[]," * 1_000_000 + b"[]]}"])
def test_a_million_empty_events_are_refused_without_looking_at_each(body):
    with pytest.raises(wire.BadBody) as refused:
        wire.decode(body)

    assert (refused.value.status, refused.value.code) == (413, "batch_too_large")
