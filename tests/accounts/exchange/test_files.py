"""What is in the files is believed only where it can be: each broken one is named, with the key and the reason."""

import json
import os
from datetime import UTC, datetime

import pytest

from accounts.exchange import files
from accounts.exchange.files import Broken

NOW = datetime(2026, 1, 17, 12, tzinfo=UTC)
USER = {
    "user_id": "a", "username": "ana", "email": "ana@example.org", "role": "free", "created_at": "2024-01-17T10:00:00",
    "updated_at": "2024-01-17T15:30:00", "is_active": True, "subscription_expires": None,
}  # fmt: skip
STATS = {
    "user_id": "a", "watch_history_entries": 1, "total_watched_hours": 1, "created_at": "2024-01-17T10:00:00",
    "updated_at": "2024-01-17T15:30:00",
}  # fmt: skip
ENTRY = {"video_id": "v", "watched_at": "2024-01-17T14:00:00", "duration_seconds": 1800}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "history").mkdir()
    write(tmp_path, "users.json", {"a": USER})
    write(tmp_path, "user_stats.json", {"a": STATS})
    write(tmp_path, "history/a_history.json", [ENTRY])
    return tmp_path


def write(folder, name, value):
    (folder / name).write_text(json.dumps(value))


def faults(folder):
    try:
        files.read(folder, NOW)
    except Broken as broken:
        return [str(fault) for fault in broken.args[0]]
    return []


def test_whole_files_have_no_fault_and_their_histories_add_up(folder):
    read = files.read(folder, NOW)

    assert (read.histories["a"].entries, read.histories["a"].played_ms) == (1, 1_800_000)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"a": {"user_id": "a"', "users.json: Input data was truncated"),
        (b"", "users.json: Input data was truncated"),
        (b"null", "users.json: Expected `object`, got `null`"),
        (json.dumps({"a": USER}).encode("utf-16"), "users.json: it is not UTF-8 (byte 0)"),
        (b'{"\xff": 1}', "users.json: it is not UTF-8 (byte 2)"),
        (b"\xef\xbb\xbf{}", "users.json: it begins with a byte order mark"),
        (b'{"a": NaN}', "users.json: JSON is malformed"),
        (b'{"a": Infinity}', "users.json: JSON is malformed"),
        (b'{"a": ' + b"[" * 200_000, "users.json: maximum recursion depth"),
        (b'{"a": {"x": ' + b'{"y": ' * 200_000, "users.json: maximum recursion depth"),
        (b'{"a": 1} {"b": 2}', "users.json: JSON is malformed: trailing characters"),
    ],
)
def test_a_file_that_is_no_json_is_named_with_the_reason(folder, content, told):
    (folder / "users.json").write_bytes(content)

    found = faults(folder)

    assert len(found) == 1
    assert found[0].startswith(told)


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("users.json", {"role": "owner"}, "users.json: a: Invalid enum value 'owner'"),
        ("users.json", {"is_active": "yes"}, "users.json: a: Expected `bool`, got `str`"),
        ("users.json", {"username": 7}, "users.json: a: Expected `str`, got `int`"),
        ("users.json", {"created_at": 1700000000}, "users.json: a: Expected `datetime`, got `int`"),
        ("users.json", {"created_at": "1969-12-31T23:59:59"}, "users.json: a: created_at lies before 1970"),
        ("users.json", {"updated_at": "2026-01-17T12:00:01"}, "users.json: a: updated_at lies in the future"),
        ("users.json", {"updated_at": "2024-01-17T09:59:59"}, "users.json: a: updated_at lies before created_at"),
        ("users.json", {"user_id": "b"}, "users.json: a: its user_id is 'b'"),
        ("users.json", {"user_id": "a\0"}, "users.json: a: Expected `str` matching regex"),
        ("user_stats.json", {"videos_uploaded": "5"}, "user_stats.json: a: Expected `int`, got `str`"),
        ("user_stats.json", {"videos_uploaded": -1}, "user_stats.json: a: Expected `int` >= 0"),
        ("user_stats.json", {"videos_uploaded": 10**30}, "user_stats.json: a: "),
        ("user_stats.json", {"videos_uploaded": 1.5}, "user_stats.json: a: Expected `int`, got `float`"),
        ("user_stats.json", {"total_watched_hours": 1e300}, "user_stats.json: a: Expected `float` <= 2000000.0"),
        (
            "user_stats.json",
            {"last_activity_timestamp": "2027-01-01T00:00:00"},
            "user_stats.json: a: last_activity_timestamp lies in the future",
        ),
        ("history/a_history.json", {"duration_seconds": -1}, "history/a_history.json: 0: Expected `float` >= 0"),
        ("history/a_history.json", {"duration_seconds": "9"}, "history/a_history.json: 0: Expected `float`, got `str`"),
        (
            "history/a_history.json",
            {"watched_at": "2026-01-18T00:00:00"},
            "history/a_history.json: 0: watched_at lies in the future",
        ),
        (
            "history/a_history.json",
            {"watched_at": "1969-07-20T20:17:00"},
            "history/a_history.json: 0: watched_at lies before 1970",
        ),
        ("history/a_history.json", {"video_id": ""}, "history/a_history.json: 0: Expected `str` of length >= 1"),
        ("history/a_history.json", {"content_type": "film"}, "history/a_history.json: 0: Invalid enum value 'film'"),
    ],
)
def test_a_record_that_cannot_be_is_named_with_its_key(folder, name, change, told):
    if name.startswith("history"):
        write(folder, name, [ENTRY | change])
    else:
        write(folder, name, {"a": {"users.json": USER, "user_stats.json": STATS}[name] | change})

    found = faults(folder)

    assert len(found) == 1
    assert found[0].startswith(told)


def test_a_name_that_stands_twice_in_one_object_is_not_decided_by_chance(folder):
    user = json.dumps(USER)
    (folder / "users.json").write_text('{"a": ' + user[:-1] + ', "email": "eve@example.org"}}')
    (folder / "user_stats.json").write_text('{"a": ' + json.dumps(STATS) + ', "a": ' + json.dumps(STATS) + "}")

    assert faults(folder) == [
        "users.json: a: 'email' stands in it twice",
        "user_stats.json: a: it stands in the file twice",
    ]


def test_two_files_cannot_be_one_history(folder):
    write(folder, "history/%61_history.json", [ENTRY])

    assert faults(folder) == ["history/%61_history.json: the name is not how an id is written as the name of a file"]


@pytest.mark.parametrize("name", ["%2e%2e%2fusers_history.json", "%ff_history.json", "_history.json"])
def test_a_name_that_leads_elsewhere_is_nobodys(folder, name):
    write(folder, f"history/{name}", [ENTRY])

    assert len(faults(folder)) == 1
    assert faults(folder)[0].startswith(f"history/{name}: ")


def test_only_plain_files_are_opened(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.json"
    secret.write_text("[]")
    (folder / "history/a_history.json").unlink()
    (folder / "history/a_history.json").symlink_to(secret)
    (folder / "user_stats.json").unlink()
    os.mkfifo(folder / "user_stats.json")
    (folder / "subscriber_features.json").symlink_to(folder / "nowhere")

    told = "it is no plain file; links, folders and pipes are not read"

    assert faults(folder) == [
        f"user_stats.json: {told}",
        f"subscriber_features.json: {told}",
        f"history/a_history.json: {told}",
    ]


def test_a_folder_of_histories_that_is_a_link_is_not_followed(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (folder / "history").rename(elsewhere / "history")
    (folder / "history").symlink_to(elsewhere / "history")

    assert faults(folder) == ["history: it is a link; only plain files and folders are read"]


def test_a_file_of_any_size_costs_no_more_than_the_bound(folder):
    with (folder / "users.json").open("wb") as file:
        file.truncate(500 * 2**20)

    assert faults(folder) == ["users.json: it is larger than 256 MB"]


def test_without_members_there_is_nothing_to_read(tmp_path):
    assert faults(tmp_path) == ["users.json: No such file or directory"]


def test_who_has_no_record_is_told_of_nowhere(folder):
    write(folder, "subscriber_features.json", {"bob": []})
    write(folder, "history/bob_history.json", [ENTRY])

    assert faults(folder) == [
        "subscriber_features.json: bob: there is no such member in users.json",
        "history/bob_history.json: there is no member 'bob' in users.json",
    ]


def test_an_id_must_fit_the_name_of_a_file(folder):
    long = "Ж" * 60
    write(folder, "users.json", {"a": USER, long: USER | {"user_id": long}})

    assert faults(folder) == [f"users.json: {long}: the id is too long to be the name of a file"]


def test_a_history_that_changes_between_the_check_and_the_import_is_not_half_taken(folder):
    history = files.read(folder, NOW).histories["a"]
    write(folder, "history/a_history.json", [ENTRY, ENTRY])

    with pytest.raises(Broken) as broken:
        history.read()

    assert str(broken.value.args[0][0]) == "history/a_history.json: it changed while it was read"
