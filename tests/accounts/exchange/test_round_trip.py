"""Members to files and back: the same bytes, the same numbers, and nothing for a file that is broken."""

import io
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import subscriptions
from accounts.models import FeatureGrant, ImportedUser
from accounts.roles import Role
from stats import ledger
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import Item
from tests.factories import api_client, make_item, make_plans, make_staff, make_user

pytestmark = pytest.mark.django_db(transaction=True)

User = get_user_model()
SEED = {
    "users.json": {
        "uuid-1": {
            "user_id": "uuid-1", "username": "alice", "email": "alice@example.com", "role": "subscriber",
            "created_at": "2024-01-17T10:00:00", "updated_at": "2024-01-17T15:30:00", "is_active": True,
            "subscription_expires": "2199-01-17T10:00:00",
        }
    },
    "user_stats.json": {
        "uuid-1": {
            "user_id": "uuid-1", "subscriber_features_used": 3, "watch_history_entries": 25,
            "total_watched_hours": 47.5, "videos_uploaded": 5, "streams_created": 2, "images_uploaded": 18,
            "total_interactions": 42, "last_activity_timestamp": "2024-01-17T15:30:00",
            "created_at": "2024-01-17T10:00:00", "updated_at": "2024-01-17T15:30:00",
        }
    },
    "subscriber_features.json": {
        "uuid-1": ["priority_upload", "hd_streaming", "ad_free", "custom_playlists", "bulk_operations"]
    },
    "history/uuid-1_history.json": [
        {
            "video_id": "video-001", "stream_id": None, "watched_at": "2024-01-17T14:00:00", "duration_seconds": 1800,
            "content_type": "video", "session_id": "sess-uuid", "completed": False, "quality": "720p",
        },
        {
            "video_id": "stream-7", "stream_id": "stream-7", "watched_at": "2024-01-17T14:30:00.250000",
            "duration_seconds": 12.5, "content_type": "stream", "session_id": None, "completed": True, "quality": None,
        },
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def plans():
    make_plans()


def put(folder: Path, files) -> Path:
    (folder / "history").mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return folder


def take(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(command: str, folder: Path) -> str:
    out, errors = io.StringIO(), io.StringIO()
    try:
        call_command(command, folder, stdout=out, stderr=errors)
    except CommandError as error:
        return f"{errors.getvalue()}{error}"
    return out.getvalue()


def logged() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM stats_event")
        return cursor.fetchone()[0]


def verify() -> None:
    call_command("verify_stats", stdout=io.StringIO())


def emptied() -> None:
    call_command("flush", verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM stats_event")
    call_command("migrate", verbosity=0)
    make_plans()


def copied(seed):
    return json.loads(json.dumps(seed))


def test_the_files_of_the_seed_come_back_byte_for_byte(tmp_path):
    told = run("import_users", put(tmp_path / "in", SEED))
    run("export_users", tmp_path / "out")

    assert told == "1 members made with 2 history entries, 0 were here already.\n"
    assert take(tmp_path / "out") == take(tmp_path / "in")
    verify()


def test_an_imported_member_has_the_numbers_and_the_subscription_of_the_files(tmp_path):
    run("import_users", put(tmp_path, SEED))

    alice = User.objects.get(username="alice")
    stats = api_client(make_staff()).get(f"/api/users/{alice.uuid}/stats").json()
    history = api_client(alice).get("/api/users/me/history").json()["results"]

    assert {
        name: stats[name] for name in SEED["user_stats.json"]["uuid-1"] if "_at" not in name and name != "user_id"
    } == {
        **{
            name: value
            for name, value in SEED["user_stats.json"]["uuid-1"].items()
            if "_at" not in name and name != "user_id"
        },
        "last_activity_timestamp": "2024-01-17T15:30:00Z",
    }
    assert [(one["video_id"], one["completed"]) for one in history] == [("stream-7", True), ("video-001", False)]
    assert api_client(alice).get("/api/users/me").json()["role"] == "subscriber"
    assert not alice.has_usable_password()


@pytest.mark.parametrize("key", ["plays", "watched", "interactions"])
def test_the_receipt_of_an_imported_number_adds_up(tmp_path, key, client):
    run("import_users", put(tmp_path, SEED))
    alice = User.objects.get(username="alice")
    metric = {"plays": "watch_history_entries", "watched": "total_watched_hours", "interactions": "total_interactions"}[
        key
    ]

    receipt = api_client(alice).get(f"/api/stats/receipts/{metric}?user=me").json()

    assert receipt["value"] == SEED["user_stats.json"]["uuid-1"][metric]
    scale = 3_600_000 if key == "watched" else 1
    assert sum(entry["adds"] for entry in receipt["entries"]) == receipt["value"] * scale


def test_importing_again_changes_nothing(tmp_path):
    put(tmp_path / "in", SEED)
    run("import_users", tmp_path / "in")
    events = logged()

    told = run("import_users", tmp_path / "in")

    assert told == "0 members made with 0 history entries, 1 were here already.\n"
    assert logged() == events
    assert (User.objects.count(), ImportedUser.objects.count()) == (1, 1)


def test_an_administrator_of_the_files_is_none_here_and_one_in_the_files_again(tmp_path):
    files = copied(SEED)
    files["users.json"]["uuid-1"] |= {"role": "admin", "subscription_expires": None}
    files["subscriber_features.json"]["uuid-1"] = [
        "custom_branding", "priority_upload", "advanced_analytics", "hd_streaming", "ad_free", "early_access",
        "custom_playlists", "bulk_operations",
    ]  # fmt: skip
    run("import_users", put(tmp_path / "in", files))
    run("export_users", tmp_path / "out")

    alice = User.objects.get(username="alice")
    assert (alice.is_staff, alice.is_superuser) == (False, False)
    assert api_client(alice).get("/api/users/me").json()["role"] == "free"
    assert take(tmp_path / "out") == take(tmp_path / "in")


def test_features_beside_the_role_are_granted_and_taken(tmp_path):
    run("import_users", put(tmp_path, SEED))

    assert set(FeatureGrant.objects.values_list("feature", "granted")) == {("bulk_operations", True)}


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("users.json", {"email": "a@b"}, "users.json: uuid-1: Enter an e-mail address"),
        ("users.json", {"username": "admin"}, "users.json: uuid-1: This name is kept"),
        ("users.json", {"role": "owner"}, "users.json: uuid-1: Invalid enum value 'owner' - at `$.role`"),
        ("users.json", {"created_at": "2024-02-30T10:00:00"}, "users.json: uuid-1: Invalid RFC3339"),
        ("users.json", {"created_at": "0001-01-01T00:00:00+14:00"}, "users.json: uuid-1: date value out of range"),
        (
            "users.json",
            {"created_at": "2199-01-01T00:00:00"},
            "users.json: uuid-1: created_at lies in the future",
        ),
        (
            "users.json",
            {"subscription_expires": "9999-12-31T23:59:59"},
            "users.json: uuid-1: subscription_expires lies after the year 2999",
        ),
        ("users.json", {"user_id": "uuid-2"}, "users.json: uuid-1: its user_id is 'uuid-2'"),
        ("users.json", {"role": "free"}, "users.json: uuid-1: subscription_expires lies in the future"),
        ("user_stats.json", {"videos_uploaded": -1}, "user_stats.json: uuid-1: Expected `int` >= 0"),
        ("user_stats.json", {"watch_history_entries": 1}, "user_stats.json: uuid-1: watch_history_entries is below"),
        ("user_stats.json", {"total_watched_hours": 0.1}, "user_stats.json: uuid-1: total_watched_hours is below"),
    ],
)
def test_a_record_that_does_not_fit_is_named_and_changes_nothing(tmp_path, file, change, told):
    files = copied(SEED)
    files["users.json"]["zoe"] = {
        **files["users.json"]["uuid-1"],
        "user_id": "zoe",
        "username": "zoe",
        "email": "z@x.org",
    }
    files[file]["uuid-1"] |= change
    before = logged()

    said = run("import_users", put(tmp_path, files))

    assert told in said
    assert said.endswith("One record does not fit; nothing was changed.")
    assert (User.objects.count(), Item.objects.count(), logged()) == (0, 0, before)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("users.json", "{", "users.json: Input data was truncated"),
        ("users.json", '{"a": ' + "[" * 100_000, "users.json: maximum recursion depth"),
        ("users.json", "[]", "users.json: Expected `object`, got `array`"),
        ("subscriber_features.json", '{"uuid-1": ["flying"]}', "subscriber_features.json: uuid-1: Invalid enum value"),
        ("subscriber_features.json", '{"bob": []}', "subscriber_features.json: bob: there is no such member"),
        ("history/bob_history.json", "[]", "history/bob_history.json: there is no member 'bob'"),
        (
            "history/uuid-1_history.json",
            '[{"video_id": "x"}]',
            "history/uuid-1_history.json: 0: Object missing required",
        ),
        ("history/uuid-1_history.json", "\udcff", "history/uuid-1_history.json"),
    ],
)
def test_a_broken_file_is_named_and_changes_nothing(tmp_path, name, text, told):
    put(tmp_path, SEED)
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))

    said = run("import_users", tmp_path)

    assert told in said
    assert "nothing was changed" in said
    assert not User.objects.exists()


def test_who_is_here_already_under_the_name_is_not_taken_for_another(tmp_path):
    make_user("alice")

    said = run("import_users", put(tmp_path, SEED))

    assert "users.json: uuid-1: the username 'alice' is taken" in said
    assert User.objects.count() == 1


def test_a_folder_with_something_in_it_is_not_written_into(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    assert "has something in it already" in run("export_users", tmp_path)


def test_a_site_that_was_lived_in_comes_back_byte_for_byte(tmp_path):
    populate(people=25, entries=60, seed=7)
    make_staff("chief")
    members = User.objects.count()
    run("export_users", tmp_path / "one")
    emptied()

    told = run("import_users", tmp_path / "one")
    run("export_users", tmp_path / "two")

    assert told.startswith(f"{members} members made")
    assert take(tmp_path / "two") == take(tmp_path / "one")
    verify()


def populate(people: int, entries: int, seed: int) -> None:
    """Let people watch, like, use features, subscribe, hide and clear."""
    chance = random.Random(seed)
    films = [make_item(title=f"Film {n}", type=chance.choice(["video", "stream", "track"])) for n in range(9)]
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for number in range(people):
        user = make_user(f"Zoë-{number}" if number % 5 == 0 else f"user-{number}", email=f"p{number}@example.org")
        actor = user_actor(user.uuid)
        with ledger.recording():
            for _ in range(chance.randrange(entries)):
                ledger.record(
                    Kind.PLAY, actor, item=chance.choice(films), play_id=str(uuid7()),
                    occurred_at=start + timedelta(microseconds=chance.randrange(10**13)),
                    duration_seconds=round(chance.uniform(0, 4000), chance.choice([0, 3])),
                    completed=chance.random() < 0.3 or None, quality=chance.choice([None, "720p", "1080p"]),
                    session_id=chance.choice([None, "s1"]),
                )  # fmt: skip
            if chance.random() < 0.5:
                ledger.record(Kind.LIKE, actor, item=films[0])
                ledger.record(Kind.SHARE, actor, item=films[1], platform="email")
            if chance.random() < 0.2:
                ledger.record(Kind.HISTORY_CLEARED, actor, occurred_at=start + timedelta(days=20))
        if chance.random() < 0.4:
            subscriptions.upgrade_subscription(user, chance.choice([Role.SUBSCRIBER, Role.PREMIUM]))
            if chance.random() < 0.3:
                subscriptions.expire(user)
        if chance.random() < 0.3:
            FeatureGrant.objects.create(user=user, feature="early_access", granted=chance.random() < 0.5)
        if chance.random() < 0.1:
            User.objects.filter(pk=user.pk).update(is_active=False, updated_at=timezone.now())
