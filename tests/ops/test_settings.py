"""Settings come from the environment, each is explained, and a wrong one is one clear line."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r"""\b(?:env\.(?:str|list)|(?:settings\.)?(?:flag|number))\(\s*["']([A-Z_]+)["']""")
MANAGE = ("manage.py", "check")
SUPERVISOR = ("-m", "config.supervisor")
WORKER = ("-m", "celery", "-A", "config", "worker")
SERVER = ("-c", "import config.wsgi")
WRONG = [
    ({"DEBUG": "maybe"}, "DEBUG is 0 or 1, not 'maybe'."),
    ({"DEBUG": "0"}, "SECRET_KEY must be set to 50 characters or more when DEBUG=0."),
    ({"DEBUG": "0", "SECRET_KEY": "k" * 50}, "ALLOWED_HOSTS must name the site's hosts, not '*', when DEBUG=0."),
    (
        {"DEBUG": "0", "SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "*"},
        "ALLOWED_HOSTS must name the site's hosts, not '*', when DEBUG=0.",
    ),
    ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL must begin with postgres:// or sqlite:///."),
    ({"DATABASE_URL": "nonsense"}, "DATABASE_URL "),
    ({"REDIS_URL": "localhost:6379"}, "REDIS_URL must begin with redis://, rediss:// or unix://."),
    ({"WEB_PROCESSES": "2"}, "WEB_PROCESSES above 1 needs REDIS_URL: a memory cache is not shared."),
    ({"WEB_THREADS": "0"}, "WEB_THREADS is a whole number of at least 1, not '0'."),
    ({"PORT": "http"}, "PORT is a whole number of at least 1, not 'http'."),
    ({"USER_SUBSCRIPTION_DAYS": "3651"}, "USER_SUBSCRIPTION_DAYS is 3650 at most, not '3651'."),
    ({"GUEST_DAYS": "9" * 30}, "GUEST_DAYS is 3650 at most, not "),
    ({"TIME_ZONE": "Mars/Olympus"}, "TIME_ZONE "),
    ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL "),
    ({"EMAIL_URL": "pigeon://coop"}, "EMAIL_URL "),
    ({"DATA_DIR": "/dev/null/x"}, "DATA_DIR /dev/null/x cannot be made: "),
]


def run(command: tuple[str, ...], settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_example_file_explains_every_setting_and_no_other():
    explained = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    read = set(READ.findall((ROOT / "config/settings.py").read_text() + (ROOT / "config/supervisor.py").read_text()))

    assert explained == read


@pytest.mark.parametrize(("settings", "line"), WRONG, ids=[" ".join(settings) for settings, _ in WRONG])
def test_a_wrong_setting_stops_every_command_with_one_clear_line(settings, line):
    answer = run(MANAGE, settings)

    assert answer.returncode == 1
    assert answer.stderr.startswith("eightpoint: " + line)
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [SUPERVISOR, WORKER, SERVER], ids=["supervisor", "worker", "server"])
def test_every_process_refuses_a_wrong_setting_with_one_clear_line(command):
    answer = run(command, {"DATABASE_URL": "mysql://localhost/x"})

    assert answer.returncode == 1
    assert answer.stderr == "eightpoint: DATABASE_URL must begin with postgres:// or sqlite:///.\n"


def test_a_port_past_the_last_one_is_refused(tmp_path):
    answer = run(SUPERVISOR, {"PORT": "65536", "DATA_DIR": str(tmp_path)})

    assert answer.stderr == "eightpoint: PORT is at most 65535, not 65536.\n"
