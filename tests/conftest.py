"""What tests of all apps share: which servers are there, and a browser."""

import functools
import os
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as property_settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import migrated
from tests.environment import SHARES_TABLES

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_serialized_rollback", "live_server"}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--no-zygote",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

LONG = (
    *("browser/test_staff_looks.py", "stats/test_chaos.py", "stats/test_aggregate.py", "browser/test_first_hour.py"),
    *("browser/test_game.py", "browser/test_learning.py", "browser/test_collector.py", "library/test_demo.py"),
    *("permissions/test_table.py", "stats/test_truth.py", "stats/test_verify.py", "permissions/test_staff.py"),
    *("analytics/dashboards/test_recounts.py", "stats/test_bodies.py", "analytics/test_receipt_pages.py"),
    *("analytics/dashboards/test_pages.py", "permissions/test_variants.py", "accounts/billing/test_histories.py"),
)
"""Files that take longest, longest first: the processes of a run begin with them, so that none waits for another's in the end."""

PATIENCE_MS = 30_000
"""What a browser waits for may take this long; only a failure takes as long."""

property_settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
property_settings.load_profile("any machine")

missing: set[str] = set()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--database-only`, for the second run on the other database."""
    parser.addoption("--database-only", action="store_true", help="leave out tests that depend on no database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the second run is not for, which would show the same again; begin with what takes long."""
    if config.getoption("--database-only"):
        keep(config, items, [item for item in items if depends_on_database(item)])
    if hasattr(config, "workerinput"):
        items.sort(key=turn)


def turn(item: pytest.Item) -> int:
    """Return when it is the turn of the test's file."""
    file = item.nodeid.partition("::")[0].removeprefix("tests/")
    return LONG.index(file) if file in LONG else len(LONG)


def depends_on_database(item: pytest.Item) -> bool:
    """Whether the test touches the database that `DATABASE_URL` names, and does not say that any would do."""
    if item.get_closest_marker("any_database"):
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("postgresql") or item.get_closest_marker("django_db")) or bool(
        fixtures & DATABASE_FIXTURES
    )


def keep(config: pytest.Config, items: list[pytest.Item], kept: list[pytest.Item]) -> None:
    """Reduce `items` to `kept`, telling the terminal."""
    chosen = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = kept


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose server is missing; in CI that is a failure."""
    if item.get_closest_marker("postgresql") and not settings.ON_POSTGRESQL:
        pytest.skip("runs with DATABASE_URL=postgres://…")
    needs = [name for name in ("redis", "browser", "ffmpeg") if item.get_closest_marker(name)]
    for name in needs:
        if not is_there(name):
            missing.add(name)
            (pytest.fail if IN_CI else pytest.skip)(f"{name} is missing")


@functools.cache
def is_there(name: str) -> bool:
    """Whether the server or program answers."""
    if name == "redis":
        import redis

        try:
            return bool(redis.Redis.from_url(REDIS_URL, socket_connect_timeout=1).ping())
        except redis.RedisError:
            return False
    return shutil.which({"browser": "chromium"}.get(name, name)) is not None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested here."""
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])]
    for name in ("redis", "browser", "ffmpeg"):
        count = sum(f"{name} is missing" in reason for reason in reasons)
        if count:
            terminalreporter.write_line(
                f"NOT RUN: {count} tests that need {name}, which is not here", red=True, bold=True
            )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Begin with a copy of tables where several processes need them: making them takes each of them seconds."""
    if not SHARES_TABLES:
        return
    test = connection.settings_dict["TEST"]
    if settings.ON_POSTGRESQL:
        test["TEMPLATE"] = migrated.made_on_postgresql(os.environ["DATABASE_URL"])
    else:
        shutil.copyfile(migrated.made(), test["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Keep SQLite's copy; it goes with the run's folder."""
    return django_db_keepdb or (SHARES_TABLES and not settings.ON_POSTGRESQL)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End what threads of the site still hold open, or PostgreSQL keeps the test database."""
    yield
    if settings.ON_POSTGRESQL:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def empty_log(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Empty the event log after a test that commits: it is no model, so the end of such a test leaves it alone."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if (marker and marker.kwargs.get("transaction")) or {"transactional_db", "live_server"} & set(request.fixturenames):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM stats_event")


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rate limits and cached values of one test do not reach the next."""
    cache.clear()


@pytest.fixture(autouse=True)
def zone_of_the_site() -> None:
    """The zone of whoever asked for a page last, which stays active, does not reach the next test."""
    timezone.deactivate()


@pytest.fixture
def redis_url() -> str:
    """Return the address of a Redis database that tests may empty; with `@pytest.mark.redis`."""
    return REDIS_URL


@pytest.fixture
def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield Debian's Chromium, headless; with `@pytest.mark.browser`."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)


@pytest.fixture
def page(browser: Browser, live_server) -> Iterator[Page]:
    """Yield a page of a fresh browser profile; addresses without a host are the live server's."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()
