"""What `make` does before anything is installed."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def repository(tmp_path) -> Path:
    """A repository that pins nothing, so that installing it needs no network."""
    (tmp_path / "config").mkdir()
    shutil.copy(ROOT / "config/environment.py", tmp_path / "config")
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    return tmp_path


def prepare(repository: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "config/environment.py"],
        cwd=repository,
        env={"PATH": str(repository), **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_environment_is_made_once_and_installed_only_when_the_pins_change(repository):
    first, second = prepare(repository), prepare(repository)
    (repository / "requirements.txt").write_text("# nothing else\n")
    changed = prepare(repository)

    assert (first.returncode, second.returncode, changed.returncode) == (0, 0, 0)
    assert ".venv is made" in first.stderr
    assert "requirements.txt is installed" in first.stderr
    assert second.stderr == ""
    assert re.fullmatch(r"eightpoint: requirements\.txt is installed: .*\n", changed.stderr)


def test_an_older_python_is_one_line_that_says_what_to_do(repository):
    file = repository / "config/environment.py"
    file.write_text(file.read_text().replace("LEAST = (3, 11)", "LEAST = (9, 9)"))

    answer = prepare(repository)

    assert answer.returncode == 1
    assert re.fullmatch(r"eightpoint: Python 9\.9 or newer is needed, this is 3\.\d+\. Install one.*\n", answer.stderr)


def test_a_missing_venv_module_is_one_line_that_says_what_to_do(repository):
    (repository / "ensurepip.py").write_text("raise ImportError\n")

    answer = prepare(repository, PYTHONPATH=str(repository))

    assert answer.returncode == 1
    assert answer.stderr == (
        "eightpoint: Python's venv module is missing. Install it; on Debian and Ubuntu: apt-get install python3-venv\n"
    )
    assert not (repository / ".venv").exists()


def test_no_python_at_all_is_one_line_that_says_what_to_do(repository):
    answer = subprocess.run(
        ["make", "run", "PYTHON=python-that-is-not-here"], cwd=repository, capture_output=True, text=True, check=False
    )

    assert answer.stderr.splitlines()[0] == (
        "eightpoint: python-that-is-not-here is not here. Install Python 3.11 or newer."
    )


def test_help_lists_every_target():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert set(re.findall(r"^make ([a-z]+) ", shown, re.MULTILINE)) == targets


def test_the_old_pythons_that_are_told_so_can_read_the_file():
    source = (ROOT / "config/environment.py").read_text()

    ast.parse(source, feature_version=(3, 4))
