"""An import is there as a whole or not at all, whoever is killed and whoever else imports."""

import json
import subprocess
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from accounts.models import ImportedUser
from stats.models import Item, Play
from tests import processes
from tests.accounts.exchange.test_round_trip import SEED, logged, put, run, verify
from tests.factories import make_plans, make_user

pytestmark = pytest.mark.django_db(transaction=True)

User = get_user_model()
HALTING = """
import sys, django
django.setup()
from pathlib import Path
from django.utils import timezone
from accounts.exchange import files, importing

def halt(done, total):
    if done < total:
        print(done, flush=True)
        sys.stdin.readline()

importing.AT_ONCE = 1
print(importing.import_folder(files.read(Path(sys.argv[1]), timezone.now()), halt), flush=True)
"""


@pytest.fixture
def folder(tmp_path):
    make_plans()
    alice = json.dumps(SEED)
    files: dict = {"users.json": {}, "user_stats.json": {}, "subscriber_features.json": {}}
    for number in range(3):
        one = json.loads(alice.replace("uuid-1", f"uuid-{number}").replace("alice", f"alice-{number}"))
        for name, value in one.items():
            if name in files:
                files[name] |= value
            else:
                files[name] = value
    return put(tmp_path / "in", files)


def start(*arguments: object) -> subprocess.Popen:
    """Start a process on the tests' own database that is talked to."""
    return processes.start(*arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def halted(folder: Path) -> subprocess.Popen:
    """Start an import in a process of its own, and return when it has written the first of the members."""
    process = start("-c", HALTING, folder)
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    return process


def test_an_import_that_is_killed_leaves_nothing_and_can_be_made_again(folder):
    before = logged()
    process = halted(folder)
    process.kill()
    process.wait()

    left = (User.objects.count(), ImportedUser.objects.count(), Item.objects.count(), Play.objects.count(), logged())

    assert left == (0, 0, 0, 0, before)
    assert run("import_users", folder).startswith("3 members made with 6 history entries")
    verify()


def test_of_two_imports_at_once_the_second_finds_everybody_there(folder):
    first = halted(folder)
    second = start("manage.py", "import_users", folder)
    said, _ = first.communicate("\n\n\n", timeout=60)
    told, _ = second.communicate(timeout=60)

    assert "made=3" in said
    assert told == "0 members made with 0 history entries, 3 were here already.\n"
    assert (User.objects.count(), Play.objects.count()) == (3, 6)


def test_who_lives_here_stays_who_they_are(folder):
    bob = make_user("bob")

    run("import_users", folder)

    kept = User.objects.get(pk=bob.pk)
    assert (kept.username, kept.email, kept.updated_at) == (bob.username, bob.email, bob.updated_at)
    assert User.objects.count() == 4


def test_a_member_of_the_files_whose_numbers_moved_here_since_keeps_those_of_here(folder):
    run("import_users", folder)
    users = json.loads((folder / "users.json").read_text())
    users["uuid-1"] |= {"role": "premium", "is_active": False}
    (folder / "users.json").write_text(json.dumps(users))

    assert run("import_users", folder) == "0 members made with 0 history entries, 3 were here already.\n"
    assert User.objects.get(username="alice-1").is_active
