"""What every test run begins with, before the settings are read: folders of its own, and no setting of the developer's.

Loaded by `-p tests.environment`. `DATABASE_URL` is the one setting that is kept: it chooses the database to test on.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

NOT_OURS = (
    *("ALLOWED_HOSTS", "CELERY_BROKER_URL", "CSRF_TRUSTED_ORIGINS", "DEBUG", "DEMO", "EMAIL_URL"),
    *("ENABLE_USER_ANALYTICS", "LOG_LEVEL", "MAX_WATCH_HISTORY_ENTRIES", "PORT", "REDIS_URL", "SECRET_KEY"),
    *("SITE_URL", "TIME_ZONE", "TRUSTED_PROXIES", "WEB_PROCESSES"),
)

folder = Path(tempfile.mkdtemp(prefix="eightpoint-test-"))
atexit.register(shutil.rmtree, folder, ignore_errors=True)
for name in NOT_OURS:
    os.environ.pop(name, None)
os.environ["DATA_DIR"] = str(folder)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser driver's event loop runs in the tests' thread


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Hash passwords quickly, and keep SQLite's test database in a file: several threads write to it."""
    from django.conf import settings
    from django.db import connections

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if not settings.ON_POSTGRESQL:
        connections["default"].settings_dict["TEST"]["NAME"] = str(folder / "test.sqlite3")
