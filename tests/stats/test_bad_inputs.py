"""Bad input of every kind: a clear code, nothing stored, and the good neighbour is not lost.

The numbers are those of the list of bad inputs that this address must withstand.
"""

import gzip
import json
import uuid
import zlib
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import guests
from stats import inbox, sources, wire
from stats.models import DeadLetter, InboxBatch, Item, Source
from tests.stats import world
from tests.stats.world import ORIGIN, event

pytestmark = pytest.mark.django_db

GOOD = {"type": "share", "item": "good", "platform": "email"}
MANY = {"type": "page_view", "url": "/"}


def j(value: Any) -> bytes:
    return json.dumps(value).encode()


def batch(number: int) -> bytes:
    return j([MANY] * number)


@dataclass(frozen=True)
class Whole:
    """A request that is refused as a whole. `{public}` and `{secret}` in headers and query are keys of the source."""

    name: str
    body: bytes
    status: int
    code: str
    headers: dict[str, str] = field(default_factory=dict)
    key: str | None = "{secret}"
    query: str = ""
    answer: dict[str, str] = field(default_factory=dict)


GZIP = {"HTTP_CONTENT_ENCODING": "gzip"}
TYPED = {"WWW-Authenticate": "Bearer"}
WHOLE = [
    Whole("1 empty", b"", 400, "empty_body"),
    Whole("1 blanks", b" \r\n\t ", 400, "empty_body"),
    Whole("2 xml", b"<a/>", 415, "unsupported_media_type", {"content_type": "text/xml"}),
    Whole("2 form", b"a=b", 415, "unsupported_media_type", {"content_type": "application/x-www-form-urlencoded"}),
    Whole("3 truncated", j([GOOD])[:-5], 400, "invalid_json"),
    Whole("3 text after", j([GOOD]) + b"]", 400, "invalid_json"),
    Whole("3 single quotes", b"[{'type':'like'}]", 400, "invalid_json"),
    Whole("4 bad byte", b'[{"type":"like","item":"\xff"}]', 400, "invalid_encoding"),
    Whole("4 utf-16", '[{"type":"like"}]'.encode("utf-16"), 400, "invalid_encoding"),
    Whole("4 byte order mark", b"\xef\xbb\xbf" + j([GOOD]), 400, "invalid_encoding"),
    Whole("5 charset", j([GOOD]), 415, "unsupported_charset", {"content_type": "application/json; charset=bogus"}),
    Whole("6 NaN", b'[{"type":"like","speed":NaN}]', 400, "invalid_number"),
    Whole("6 Infinity", b'[{"type":"like","props":{"a":-Infinity}}]', 400, "invalid_number"),
    Whole("6 1e999", b'[{"type":"like","whatever":1e999}]', 400, "invalid_number"),
    Whole("7 5000 digits", b'[{"type":"like","bytes":' + b"9" * 5000 + b"}]", 400, "invalid_number"),
    Whole("8 100 000 deep", b"[" * 100_000 + b"]" * 100_000, 400, "json_too_deep"),
    Whole("8 100 000 open", b'{"a":' * 100_000, 400, "json_too_deep"),
    Whole("8 9 000 deep", b'[{"type":"action","name":"a","props":' + b'{"a":' * 9000 + b"1" + b"}" * 9000 + b"}]",
          400, "json_too_deep"),
    Whole("8 17 deep", b'[{"x":' + b"[" * 15 + b"]" * 15 + b"}]", 400, "json_too_deep"),
    Whole("9 duplicate key", b'[{"type":"like","item":"a","item":"b","extra":1}]', 400, "duplicate_key"),
    Whole("10 text", b'"x"', 400, "invalid_shape"),
    Whole("10 number", b"5", 400, "invalid_shape"),
    Whole("10 null", b"null", 400, "invalid_shape"),
    Whole("10 object", b'{"type":"like"}', 400, "invalid_shape"),
    Whole("10 events is no array", b'{"events":{"type":"like"}}', 400, "invalid_shape"),
    Whole("11 empty array", b"[]", 400, "empty_batch"),
    Whole("11 empty events", b'{"events":[]}', 400, "empty_batch"),
    Whole("12 1 001 events", batch(1001), 413, "batch_too_large"),
    Whole("12 1 001 bad ones", j([5] * 1001), 413, "batch_too_large"),
    Whole("13 a byte too much", batch(1).ljust(wire.MAX_BYTES + 1), 413, "body_too_large"),
    Whole("15 bomb", gzip.compress(bytes(50_000_000)), 413, "decompressed_too_large", GZIP),
    Whole("16 no gzip", j([GOOD]), 400, "invalid_compression", GZIP),
    Whole("16 truncated gzip", gzip.compress(batch(500))[:-9], 400, "invalid_compression", GZIP),
    Whole("16 text after gzip", gzip.compress(j([GOOD])) + b"tail", 400, "invalid_compression", GZIP),
    Whole("16 bad checksum", gzip.compress(j([GOOD]))[:-8] + bytes(8), 400, "invalid_compression", GZIP),
    Whole("16 thousands of members", gzip.compress(b"") * 5000, 400, "invalid_compression", GZIP),
    Whole("16 brotli", j([GOOD]), 415, "unsupported_encoding", {"HTTP_CONTENT_ENCODING": "br"}),
    Whole("26 half a pair", rb'[{"type":"like","item":"\ud800"}]', 400, "invalid_characters"),
    Whole("26 half a pair in a key", rb'[{"type":"like","\udfff":"a"}]', 400, "invalid_characters"),
    Whole("31 sent_at without zone", j({"sent_at": "2026-01-17T14:00:00", "events": [GOOD]}),
          400, "timestamp_without_timezone"),
    Whole("31 sent_at is a number", j({"sent_at": 1768658400, "events": [GOOD]}), 400, "invalid_timestamp"),
    Whole("37 no key", j([GOOD]), 401, "authentication_required", key=None, answer=TYPED),
    Whole("37 basic", j([GOOD]), 401, "malformed_credentials", {"HTTP_AUTHORIZATION": "Basic YTpi"}, None, answer=TYPED),
    Whole("37 no key after bearer", j([GOOD]), 401, "malformed_credentials", {"HTTP_AUTHORIZATION": "Bearer"}, None),
    Whole("37 two keys", j([GOOD]), 401, "malformed_credentials", key="{public} {secret}"),
    Whole("37 key is no text", j({"key": 5, "events": [GOOD]}), 400, "invalid_shape", key=None),
    Whole("38 unknown secret", j([GOOD]), 401, "invalid_key", key="sk_unknown", answer=TYPED),
    Whole("38 unknown public", j([GOOD]), 401, "invalid_key", key="pk_unknown", answer=TYPED),
    Whole("38 altered", j([GOOD]), 401, "invalid_key", key="{secret}x"),
    Whole("38 neither", j([GOOD]), 401, "invalid_key", key="ept_abc"),
    Whole("38 of an ended source", j([GOOD]), 401, "invalid_key", key="{ended}"),
    Whole("38 replaced", j([GOOD]), 401, "invalid_key", key="{replaced}"),
    Whole("38 in a beacon", j({"key": "pk_unknown", "events": [GOOD]}), 401, "invalid_key", key=None),
    Whole("39 key in the address", j([GOOD]), 400, "credential_in_url", key=None, query="?key={public}"),
    Whole("39 api_key in the address", j([GOOD]), 400, "credential_in_url", query="?x=1&api_key="),
    Whole("40 secret key in a browser", j([GOOD]), 403, "key_not_allowed_from_browser", {"HTTP_ORIGIN": "https://shop.example"}),
    Whole("41 another site's page", j([GOOD]), 403, "origin_not_allowed", {"HTTP_ORIGIN": "https://evil.example"}, "{choosy}"),
    Whole("41 no page", j([GOOD]), 403, "origin_not_allowed", key="{choosy}"),
    Whole("41 another site's page, no key", j([GOOD]), 403, "origin_not_allowed", {"HTTP_ORIGIN": "https://evil.example"}, None),
    Whole("41 a page without origin, no key", j([GOOD]), 403, "origin_not_allowed", {"HTTP_ORIGIN": "null"}, None),
    Whole("42 made up guest", j([GOOD]), 401, "invalid_guest_token", {"HTTP_X_GUEST_ID": "1"}, "{public}"),
    Whole("42 altered guest", j([GOOD]), 401, "invalid_guest_token", {"HTTP_X_GUEST_ID": "{guest}x"}, "{public}"),
]  # fmt: skip


@pytest.fixture
def keys(source) -> dict[str, str]:
    """Return keys by the names that the rows use, and a guest's id."""
    ended = world.make_source("ended", is_active=False)
    replaced = world.make_source("replaced")
    sources.rotate_secret(replaced.source)
    choosy = world.make_source("choosy", ["https://shop.example"])
    return {
        "public": source.public, "secret": source.secret, "ended": ended.secret, "replaced": replaced.secret,
        "choosy": choosy.public, "guest": guests.issue(),
    }  # fmt: skip


def fill(text: str, keys: dict[str, str]) -> str:
    for name, key in keys.items():
        text = text.replace(f"{{{name}}}", key)
    return text


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The answer is a problem document that says enough and echoes nothing ugly."""
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"]
    assert problem["title"]
    assert 0 < len(problem["detail"]) <= 200
    assert problem["detail"].isprintable()
    return problem


@pytest.mark.parametrize("row", WHOLE, ids=lambda row: row.name)
def test_a_bad_request_gets_its_code_and_stores_nothing(keys, row):
    headers = {name: fill(value, keys) for name, value in row.headers.items()}
    content_type = headers.pop("content_type", "application/json")
    if row.key:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {fill(row.key, keys)}"
    before = world.stored()

    response = Client(raise_request_exception=False).generic(
        "POST", world.EVENTS + fill(row.query, keys), row.body, content_type=content_type, **headers
    )

    assert_problem(response, row.status, row.code)
    for name, value in row.answer.items():
        assert response[name] == value
    assert world.stored() == before


@pytest.mark.parametrize("path", [world.EVENTS, world.EVENTS + "/"])
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("with_key", [True, False])
def test_44_other_methods_are_told_which_one_is_meant(source, path, method, with_key):
    headers = {"HTTP_AUTHORIZATION": f"Bearer {source.secret}"} if with_key else {}

    response = getattr(Client(raise_request_exception=False), method)(path, **headers)

    assert response.status_code == 405
    assert response["Allow"] == "POST, OPTIONS"
    if method != "head":
        assert_problem(response, 405, "method_not_allowed")
    assert world.stored()["inbox"] == 0


def id_of(text: str) -> dict[str, Any]:
    return {"id": text}


LONG = "x" * 257
SHARE = {"type": "share", "item": "good", "platform": "email"}
ACTION = {"type": "action", "name": "a"}
PLAY = {"type": "play", "item": "good", "play_id": "p"}
EVENTS: list[tuple[str, Any, str]] = [
    ("17 number", 5, "invalid_shape"),
    ("17 array", [GOOD], "invalid_shape"),
    ("17 null", None, "invalid_shape"),
    ("18 id is a number", SHARE | {"id": 5}, "invalid_event_id"),
    ("18 id in braces", SHARE | id_of("{01981b7e-0000-7000-8000-000000000001}"), "invalid_event_id"),
    ("18 urn", SHARE | id_of("urn:uuid:01981b7e-0000-7000-8000-000000000001"), "invalid_event_id"),
    ("18 without dashes", SHARE | id_of("01981b7e000070008000000000000001"), "invalid_event_id"),
    ("18 nil", SHARE | id_of("00000000-0000-0000-0000-000000000000"), "invalid_event_id"),
    ("18 37 characters", SHARE | id_of("01981b7e-0000-7000-8000-0000000000011"), "invalid_event_id"),
    ("18 line break after", SHARE | id_of("01981b7e-0000-7000-8000-000000000001\n"), "invalid_event_id"),
    ("18 empty", SHARE | id_of(""), "invalid_event_id"),
    ("18 by its other name", SHARE | {"event_id": "x"}, "invalid_event_id"),
    ("21 unknown type", SHARE | {"type": "explode"}, "unknown_event_type"),
    ("21 other case", SHARE | {"type": "Share"}, "unknown_event_type"),
    ("21 trailing blank", SHARE | {"type": "share "}, "unknown_event_type"),
    ("21 no type", {"item": "good"}, "unknown_event_type"),
    ("21 type is a number", SHARE | {"type": 5}, "unknown_event_type"),
    ("21 type is an array", SHARE | {"type": ["share"]}, "unknown_event_type"),
    ("22 internal type", {"type": "login"}, "event_type_not_allowed"),
    ("22 own reward", {"type": "achievement_unlocked", "name": "all"}, "event_type_not_allowed"),
    ("22 own subscription", {"type": "subscription_changed", "change": "upgraded"}, "event_type_not_allowed"),
    ("23 another's identity", SHARE | {"user_id": "x"}, "unknown_field"),
    ("23 xp", SHARE | {"xp": 5}, "unknown_field"),
    ("23 address", SHARE | {"ip": "1.2.3.4"}, "unknown_field"),
    ("23 rights", SHARE | {"is_admin": True}, "unknown_field"),
    ("24 empty name", ACTION | {"name": ""}, "too_short"),
    ("24 257 characters", ACTION | {"name": LONG}, "too_long"),
    ("24 session of 65", SHARE | {"session_id": "x" * 65}, "too_long"),
    ("24 item of 201", SHARE | {"item": "x" * 201}, "too_long"),
    ("25 NUL in a label", ACTION | {"name": "a\0b"}, "invalid_characters"),
    ("25 NUL in an item", SHARE | {"item": "a\0b"}, "invalid_characters"),
    ("25 NUL in free text", {"type": "page_view", "url": "/", "title": "a\0b"}, "invalid_characters"),
    ("25 NUL in a property", ACTION | {"props": {"a": ["b", "c\0"]}}, "invalid_characters"),
    ("25 NUL in a property's name", ACTION | {"props": {"a\0": 1}}, "invalid_characters"),
    ("25 NUL in a field's name", SHARE | {"a\0b": 1}, "invalid_characters"),
    ("27 line break", ACTION | {"name": "a\r\nSet-Cookie: b"}, "invalid_characters"),
    ("27 escape", ACTION | {"name": "\x1b[31m"}, "invalid_characters"),
    ("27 bidi override", ACTION | {"name": "a\u202eb"}, "invalid_characters"),
    ("27 bidi isolate in a session", SHARE | {"session_id": "a\u2066b"}, "invalid_characters"),
    ("27 C1 control", ACTION | {"name": "a\x85b"}, "invalid_characters"),
    ("28 negative", PLAY | {"duration_seconds": -1}, "value_out_of_range"),
    ("28 half for a whole", SHARE | {"recipient_count": 0.5}, "invalid_type"),
    ("28 text for a number", PLAY | {"duration_seconds": "10"}, "invalid_type"),
    ("28 true for a number", PLAY | {"duration_seconds": True}, "invalid_type"),
    ("28 1e30", PLAY | {"duration_seconds": 1e30}, "value_out_of_range"),
    ("28 over a day", PLAY | {"duration_seconds": 86_401}, "value_out_of_range"),
    ("28 number for yes or no", PLAY | {"completed": 1}, "invalid_type"),
    ("28 a range of three", PLAY | {"ranges": [[1, 2, 3]]}, "invalid_type"),
    ("28 a range of texts", PLAY | {"ranges": [["1", "2"]]}, "invalid_type"),
    ("28 too many ranges", PLAY | {"ranges": [[1, 2]] * 1001}, "too_long"),
    ("29 over 2^31", SHARE | {"recipient_count": 2**31 + 1}, "value_out_of_range"),
    ("29 over 2^63", {"type": "download", "item": "good", "bytes": 2**63 + 1}, "value_out_of_range"),
    ("29 over 2^64", {"type": "download", "item": "good", "bytes": 2**64 + 1}, "value_out_of_range"),
    ("29 in a property", ACTION | {"props": {"a": 2**63}}, "value_out_of_range"),
    ("29 six stars", {"type": "rating", "item": "good", "stars": 6}, "value_out_of_range"),
    ("31 no zone", SHARE | {"occurred_at": "2026-01-17T14:00:00"}, "timestamp_without_timezone"),
    ("31 30 February", SHARE | {"occurred_at": "2026-02-30T14:00:00Z"}, "invalid_timestamp"),
    ("31 year 10000", SHARE | {"occurred_at": "10000-01-01T00:00:00Z"}, "invalid_timestamp"),
    ("31 beyond the calendar", SHARE | {"occurred_at": "9999-12-31T23:59:59-14:00"}, "invalid_timestamp"),
    ("31 number", SHARE | {"occurred_at": 1768658400}, "invalid_timestamp"),
    ("31 number under its other name", SHARE | {"timestamp": 1768658400000}, "invalid_timestamp"),
    ("31 leap second", SHARE | {"occurred_at": "2016-12-31T23:59:60Z"}, "invalid_timestamp"),
    ("31 a day alone", SHARE | {"occurred_at": "2026-01-17"}, "invalid_timestamp"),
    ("32 a year ahead", SHARE | {"occurred_at": "2999-01-17T14:00:00Z"}, "event_in_future"),
    ("32 before the epoch", SHARE | {"occurred_at": "1969-12-31T23:59:59Z"}, "event_archived"),
    ("32 before the calendar", SHARE | {"occurred_at": "0001-01-01T00:00:00+14:00"}, "event_archived"),
    ("33 unknown item", SHARE | {"item": "01981b7e-0000-7000-8000-000000000001"}, "unknown_item"),
    ("33 unknown user", SHARE | {"user": "nobody"}, "unknown_user"),
    ("33 unknown user by id", SHARE | {"user": "01981b7e-0000-7000-8000-000000000001"}, "unknown_user"),
    ("34 51 properties", ACTION | {"props": {str(n): n for n in range(51)}}, "too_many_properties"),
    ("34 long property name", ACTION | {"props": {"x" * 65: 1}}, "too_long"),
    ("34 long property", ACTION | {"props": {"a": "x" * 1025}}, "too_long"),
    ("34 8 KB and more", ACTION | {"props": {str(n): "x" * 1000 for n in range(9)}}, "properties_too_large"),
    ("34 four deep", ACTION | {"props": {"a": {"b": {"c": {"d": 1}}}}}, "invalid_shape"),
    ("34 no object", ACTION | {"props": [1]}, "invalid_type"),
    ("35 empty property name", ACTION | {"props": {"": 1}}, "invalid_property_name"),
    ("35 control character in a property's name", ACTION | {"props": {"a\nb": 1}}, "invalid_property_name"),
    ("36 platform", SHARE | {"platform": "myspace<script>"}, "invalid_choice"),
    ("36 source", SHARE | {"source": "nowhere"}, "invalid_choice"),
    ("36 feature", {"type": "feature_used", "feature": "x"}, "invalid_choice"),
    ("36 currency", {"type": "payment", "amount": 5, "currency": "eur"}, "invalid_value"),
    ("no item", {"type": "like"}, "missing_field"),
    ("no platform", {"type": "share", "item": "good"}, "missing_field"),
    ("no play id", {"type": "play", "item": "good"}, "missing_field"),
]


@pytest.mark.parametrize(("name", "bad", "code"), EVENTS, ids=[name for name, _, _ in EVENTS])
def test_a_bad_event_is_rejected_alone(source, name, bad, code):
    bad = {"item": "new", **bad} if isinstance(bad, dict) and "item" not in bad and bad.get("type") != "like" else bad
    alone = world.post([bad], source.secret)
    assert (alone.status_code, alone.json()["accepted"]) == (422, 0), alone.content
    assert world.stored() == {"inbox": 0, "log": 0, "letters": 0, "items": 0}

    response = world.post([GOOD, bad, GOOD], source.secret)

    assert response.status_code == 202
    answer = response.json()
    assert (answer["accepted"], len(answer["rejected"])) == (2, 1)
    rejected = answer["rejected"][0]
    assert (rejected["index"], rejected["code"]) == (1, code)
    assert 0 < len(rejected["detail"]) <= 120
    assert rejected["detail"].isprintable()
    assert rejected["id"] is None or rejected["id"].isprintable()
    world.drain_all()
    assert world.stored() == {"inbox": 0, "log": 2, "letters": 0, "items": 1}


BROWSER_EVENTS: list[tuple[str, dict[str, Any], str]] = [
    ("22 server type", {"type": "payment", "amount": 5, "currency": "EUR"}, "event_type_not_allowed"),
    ("22 own upload", {"type": "upload", "content_type": "video"}, "event_type_not_allowed"),
    ("22 own feature", {"type": "feature_used", "feature": "hd_streaming"}, "event_type_not_allowed"),
    ("22 own identity", {"type": "identified", "external_id": "7"}, "event_type_not_allowed"),
    ("22 own quiz", {"type": "quiz_completed"}, "event_type_not_allowed"),
    ("23 another's name", MANY | {"user": "01981b7e-0000-7000-8000-000000000001"}, "unknown_field"),
    ("23 another's name as the old clients say it", MANY | {"userId": "ana"}, "unknown_field"),
    ("32 eight days old", MANY | {"occurred_at": "8"}, "event_too_old"),
    ("32 six minutes ahead", MANY | {"occurred_at": "-6"}, "event_in_future"),
    ("33 unknown item", {"type": "like", "item": "new"}, "unknown_item"),
]


@pytest.mark.parametrize(("name", "bad", "code"), BROWSER_EVENTS, ids=[name for name, _, _ in BROWSER_EVENTS])
def test_a_browser_may_say_less(source, name, bad, code):
    days_or_minutes = {"8": world.ago(days=8), "-6": world.ago(minutes=-6)}
    if "occurred_at" in bad:
        bad = bad | {"occurred_at": days_or_minutes[bad["occurred_at"]]}

    response = world.post([MANY, bad], source.public)

    assert response.status_code == 202
    assert [(one["index"], one["code"]) for one in response.json()["rejected"]] == [(1, code)]
    world.drain_all()
    assert world.stored() == {"inbox": 0, "log": 1, "letters": 0, "items": 0}


def test_33_hidden_deleted_and_foreign_items_look_the_same_as_unknown_ones(source, ana):
    other = world.make_source("other")
    items = [
        world.make_film(visibility="private", owner=ana),
        world.make_film(deleted_at="2026-01-01T00:00:00Z"),
        world.make_film(source=other.source, external_key="theirs"),
    ]
    names = [*(str(item.uuid) for item in items), "theirs", "unknown", str(uuid.uuid4())]

    response = world.post([{"type": "like", "item": name} for name in names], source.public)

    assert response.status_code == 422
    answers = {(one["code"], one["detail"]) for one in response.json()["rejected"]}
    assert answers == {("unknown_item", "`item` is unknown.")}
    assert len(response.json()["rejected"]) == len(names)
    assert world.stored() == {"inbox": 0, "log": 0, "letters": 0, "items": 3}


def test_a_deleted_external_item_is_not_made_again(source):
    world.make_film(source=source.source, external_key="gone", deleted_at="2026-01-01T00:00:00Z")

    response = world.post([{"type": "like", "item": "gone"}], source.secret)

    assert (response.status_code, response.json()["rejected"][0]["code"]) == (422, "unknown_item")


def test_12_and_13_the_largest_batch_and_body_are_taken(source):
    body = batch(1000).ljust(wire.MAX_BYTES)

    response = world.post(body, source.secret)

    assert (response.status_code, response.json()["accepted"]) == (202, 1000)


def test_16_gzip_is_taken_also_in_two_members_and_under_its_old_name(source):
    body = j([GOOD])
    two = gzip.compress(body[:10]) + gzip.compress(body[10:])

    assert world.post(gzip.compress(body), source.secret, **GZIP).status_code == 202
    assert world.post(two, source.secret, **GZIP).status_code == 202
    assert world.post(gzip.compress(body), source.secret, HTTP_CONTENT_ENCODING="x-gzip").status_code == 202


def test_16_deflate_is_refused(source):
    assert_problem(
        world.post(zlib.compress(j([GOOD])), source.secret, HTTP_CONTENT_ENCODING="deflate"),
        415,
        "unsupported_encoding",
    )


def test_19_and_20_an_id_that_comes_twice_is_accepted_and_the_first_holds(source):
    one = event("share", "good", platform="email")
    other = {**one, "platform": "facebook"}

    response = world.post([one, one, other], source.secret)
    again = world.post([other], source.secret)

    assert (response.json()["accepted"], again.json()["accepted"]) == (3, 1)
    world.drain_all()
    assert world.logged() == [(uuid.UUID(one["id"]).hex, source.source.pk)]
    world.assert_sound()


def test_18_an_event_without_an_id_is_given_one(source):
    world.send([GOOD, GOOD], source.secret)

    assert len(world.logged()) == 2


def test_23_unknown_fields_are_ignored_and_counted(source):
    answer = world.send([GOOD | {"color": "red", "size": {"w": 1}}, GOOD], source.secret)

    assert answer == {"accepted": 2, "rejected": [], "ignored_fields": 2}


def test_27_free_text_may_have_line_breaks_and_properties_any_text(source):
    world.send(
        [
            {"type": "page_view", "url": "/", "title": "two\nlines\tand \\N a backslash"},
            ACTION
            | {"props": {"__proto__": "\x1b", "$where": "a.b", "text": "\\u0000 in words", "ü": ["\u202e", "\\."]}},
        ],
        source.secret,
    )

    assert len(world.logged()) == 2


def test_30_time_beyond_what_is_possible_is_cut(source):
    world.send(
        [PLAY | {"occurred_at": world.ago(seconds=30), "duration_seconds": 4000, "ranges": [[0, 86_400]]}],
        source.secret,
    )

    from stats.models import Play

    play = Play.objects.get()
    assert 29_000 <= play.played_ms <= 32_000
    assert play.covered_ms <= 2 * play.played_ms + 2_000


def test_39_a_query_that_only_resembles_a_key_is_no_key(source):
    response = Client().post(
        world.EVENTS + "?monkey=1", j([GOOD]), content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {source.secret}",
    )  # fmt: skip

    assert response.status_code == 202


def test_a_beacon_may_be_text_and_carry_its_key(source, film):
    body = {"key": source.public, "events": [event("like", film)]}

    response = world.post(body, content_type="text/plain;charset=UTF-8", HTTP_ORIGIN="https://shop.example")

    assert (response.status_code, response.json()["accepted"]) == (202, 1)
    assert response["Access-Control-Allow-Origin"] == "https://shop.example"


def test_42_a_guest_of_this_site_is_known_to_a_source_with_a_public_key(source, film):
    guest = guests.issue()
    response = world.post([event("like", film)], source.public, HTTP_X_GUEST_ID=guest)

    assert response.status_code == 202
    world.drain_all()
    from stats.models import State

    assert (State.objects.get().actor, State.objects.get().actor_type) == (guests.signed_id(guest), "g")


def test_43_a_source_with_a_limit_is_told_when_to_come_again(db):
    source = world.make_source(events_per_minute=5)

    refused = world.post([MANY] * 6, source.secret)
    taken = world.post([MANY] * 4, source.secret)
    over = world.post([MANY] * 2, source.secret)
    last = world.post([MANY], source.secret)

    problem = assert_problem(refused, 429, "rate_limited")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert (problem["limit"], problem["used"], problem["remaining"]) == (5, 0, 5)
    problem = assert_problem(over, 429, "rate_limited")
    assert (problem["limit"], problem["used"], problem["remaining"]) == (5, 4, 1)
    assert problem["resets_at"]
    assert (taken.status_code, last.status_code) == (202, 202)
    assert sum(InboxBatch.objects.values_list("events", flat=True)) == 5


def test_past_the_bound_of_what_waits_nothing_is_stored_not_even_a_new_item(source, settings):
    settings.INGEST_BACKLOG_LIMIT = 3
    assert world.post([MANY] * 2, source.secret).status_code == 202
    inbox._counted = (0.0, 0)
    before = world.stored()

    response = world.post([event("like", "brand new"), event("like", "another")], source.secret)

    assert_problem(response, 503, "backlog_full")
    assert int(response["Retry-After"]) > 0
    assert world.stored() == before
    inbox._counted = (0.0, 0)
    assert world.post([MANY], source.secret).status_code == 202


def test_preflight_names_the_origin_and_what_may_be_sent(source):
    response = Client().options(
        world.EVENTS, HTTP_ORIGIN="https://shop.example", HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization,content-type",
    )  # fmt: skip

    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "POST" in response["Access-Control-Allow-Methods"]
    assert {"authorization", "content-type"} <= {
        name.strip() for name in response["Access-Control-Allow-Headers"].split(",")
    }
    assert "Access-Control-Allow-Credentials" not in response


def test_only_the_sources_own_origins_may_read_the_answer(db):
    source = world.make_source(origins=["https://shop.example"])

    response = world.post([MANY], source.public, HTTP_ORIGIN="https://shop.example")

    assert response.status_code == 202
    assert response["Access-Control-Allow-Origin"] == "https://shop.example"
    assert response["Vary"] == "Origin"
    assert "Access-Control-Allow-Origin" not in world.post([MANY], source.secret)


# The site's own pages: a session or a guest's cookie, and the page's own origin


def own_page(client: Client, events: list[Any], origin: str | None = ORIGIN, **headers: str) -> Any:
    if origin:
        headers["HTTP_ORIGIN"] = origin
    return client.post(world.EVENTS, j(events), content_type="application/json", **headers)


def test_a_members_page_counts_for_the_member(ana, film):
    client = Client()
    client.force_login(ana)

    response = own_page(client, [event("like", film), event("like", film, user=str(ana.uuid))])

    assert (response.status_code, response.json()["accepted"]) == (202, 2)
    world.drain_all()
    from stats import queries

    assert queries.eight_stats(ana.uuid).total_interactions == 1


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver:81", "https://testserver"])
def test_a_members_session_is_of_no_use_to_another_page(ana, film, origin):
    client = Client()
    client.force_login(ana)

    response = own_page(client, [event("like", film)], origin)

    assert_problem(response, 403, "origin_not_allowed")
    assert world.stored()["inbox"] == 0


def test_a_members_session_without_an_origin_is_of_no_use(ana, film):
    client = Client()
    client.force_login(ana)

    assert_problem(own_page(client, [event("like", film)], None), 401, "authentication_required")


def test_a_member_cannot_speak_for_another(ana, film):
    client, ben = Client(), world.make_member("ben")
    client.force_login(ana)

    response = own_page(client, [event("like", film, user=str(ben.uuid))])

    assert (response.status_code, response.json()["rejected"][0]["code"]) == (422, "unknown_field")


def test_the_owner_of_a_hidden_item_may_play_it(ana):
    hidden, client = world.make_film(visibility="private", owner=ana), Client()
    client.force_login(ana)

    assert own_page(client, [event("like", hidden)]).status_code == 202


@pytest.mark.parametrize("header", [{"HTTP_DNT": "1"}, {"HTTP_SEC_GPC": "1"}])
def test_what_a_browser_asks_not_to_track_is_left_out(source, film, header):
    response = world.post([event("like", film), 5], source.public, **header)

    assert response.status_code == 202
    assert (response.json()["accepted"], response.json()["ignored"]) == (0, 1)
    assert own_page(Client(), [event("like", film)], **header).json()["ignored"] == 1
    assert world.stored()["inbox"] == 0


def test_a_member_who_opted_out_is_left_out(film):
    client = Client()
    client.force_login(world.make_member("shy", opted_out=True))

    assert own_page(client, [event("like", film)]).json() == {"accepted": 0, "rejected": [], "ignored": 1}
    assert world.stored()["inbox"] == 0


def test_without_user_analytics_behaviour_is_left_out_and_business_is_not(source, settings):
    settings.ENABLE_USER_ANALYTICS = False

    answer = world.send([event("like", "new"), event("payment", amount=500, currency="EUR")], source.secret)

    assert answer == {"accepted": 1, "rejected": [], "ignored": 1}
    assert world.stored() == {"inbox": 0, "log": 1, "letters": 0, "items": 0}


def test_the_address_of_a_visitor_is_stored_nowhere(source, film):
    world.post([event("like", film)], source.public, REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="planted-agent/1")

    for batch_ in InboxBatch.objects.all():
        assert b"203.0.113" not in bytes(batch_.rows)
        assert b"planted" not in bytes(batch_.rows)
    world.drain_all()
    assert "203.0.113" not in str(world.tables())


# Anything at all

texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "good", "\0", "\ud800", "\u202e", "\\N", "\\.", "\t", "a" * 300, "2026-01-17T14:00:00Z",
                     "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "00000000-0000-0000-0000-000000000000",
                     "01981b7e-0000-7000-8000-000000000001", "EUR", "email", "video"]),
)  # fmt: skip
numbers = st.one_of(
    st.integers(-3, 90_000),
    st.floats(width=64),
    st.sampled_from([2**31, 2**53, 2**63, -(2**63), 10**30, 10**400, -1, 1e308, 0.1]),
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
fields_ = st.sampled_from([*sorted(wire.KNOWN), *wire.ALIASES, *sorted(wire.IDENTITY_FIELDS), "action", "whatever"])
kinds = st.sampled_from(["play", "like", "unlike", "save", "share", "comment", "upload", "payment", "identified",
                         "action", "stream_started", "feature_used", "page_view", "follow", "rating"])  # fmt: skip
likely = st.fixed_dictionaries(
    {"type": kinds, "item": st.sampled_from(["good", "other", "\0"]), "play_id": st.sampled_from(["p", "q"])},
    optional={
        "platform": st.just("email"), "content_type": st.sampled_from(["video", "x"]), "name": texts,
        "duration_seconds": numbers, "ranges": st.lists(st.lists(numbers, min_size=2, max_size=2), max_size=3),
        "occurred_at": st.sampled_from(["2026-01-17T14:00:00Z", "2026-01-17T14:00:01+05:30", "1970-01-01T00:00:00Z"]),
        "external_id": texts, "amount": numbers, "currency": texts, "props": values, "session_id": texts, "id": texts,
    },
)  # fmt: skip
wild = st.dictionaries(fields_, values, max_size=6)
bodies = st.one_of(
    st.lists(st.one_of(likely, wild, st.builds(lambda a, b: a | b, likely, wild), values), max_size=6),
    st.fixed_dictionaries({"events": st.lists(likely | wild, max_size=4)}, optional={"sent_at": values, "key": values}),
    values,
)


@settings(
    max_examples=150, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(body=bodies, trusted=st.booleans(), cut=st.integers(0, 40))
def test_no_batch_whatever_is_in_it_breaks_a_request_or_the_drain(source, ana, body, trusted, cut):
    raw = json.dumps(body).encode("utf-8", "surrogatepass")
    raw = raw[: len(raw) - cut] if cut < 8 else raw

    response = world.post(raw, source.secret if trusted else source.public)

    assert response.status_code in {202, 400, 413, 422}, (response.content, raw)
    assert response["Content-Type"] in {"application/json", "application/problem+json"}
    world.drain_all()
    assert InboxBatch.objects.count() == 0
    codes = set(DeadLetter.objects.values_list("code", flat=True))
    assert codes <= {"play_conflict"}, list(DeadLetter.objects.values_list("code", "reason"))


def test_the_registry_of_sources_is_not_touched_by_all_this(source):
    assert set(Source.objects.values_list("pk", flat=True)) == {Source.SITE, source.source.pk}
    assert Item.objects.count() == 0
