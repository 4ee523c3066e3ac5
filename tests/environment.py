"""What every test run begins with, before the settings are read: folders of its own, and no setting of the developer's.

Loaded by `-p tests.environment`. `DATABASE_URL` is the one setting that is kept: it chooses the database to test on.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests import migrated

NOT_OURS = (
    *("ALLOWED_HOSTS", "CELERY_BROKER_URL", "CSRF_TRUSTED_ORIGINS", "DEBUG", "DEMO", "EMAIL_URL"),
    *("ENABLE_USER_ANALYTICS", "LOG_LEVEL", "MAX_WATCH_HISTORY_ENTRIES", "PORT", "REDIS_URL", "SECRET_KEY"),
    *("SITE_URL", "TIME_ZONE", "TRUSTED_PROXIES", "WEB_PROCESSES"),
)

SHARES_TABLES = migrated.KEPT_IN in os.environ
"""Whether other processes of the run need migrated tables as well."""

folder = Path(tempfile.mkdtemp(prefix="eightpoint-test-"))
atexit.register(shutil.rmtree, folder, ignore_errors=True)
for name in NOT_OURS:
    os.environ.pop(name, None)
os.environ["DATA_DIR"] = str(folder)
os.environ.setdefault(migrated.KEPT_IN, str(folder / "migrated"))
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser driver's event loop runs in the tests' thread


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Hash passwords quickly, empty PostgreSQL quickly, and keep SQLite's tables in a file: several threads write to it."""
    from django.conf import settings
    from django.db import connections

    from tests.emptying import delete_what_is_there

    find_static_files_once()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if settings.ON_POSTGRESQL:
        delete_what_is_there()
    else:
        connections["default"].settings_dict["TEST"]["NAME"] = str(folder / "test.sqlite3")


def find_static_files_once() -> None:
    """Let all test clients share what the first one found: each loads the middleware anew, which looks for every file."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    look = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def add_what_was_found(self: Any) -> None:
        if self.files:
            look(self)
            return
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = add_what_was_found
