"""Processes of their own that work on the test's database, as those of a site do."""

import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.db import connection


def start(*arguments: object, **options: Any) -> "subprocess.Popen[Any]":
    """Start Python with the arguments, in the project's folder; `options` are those of `Popen`."""
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        place = f"{database['HOST']}:{database['PORT'] or 5432}"
        url = f"postgres://{database['USER']}:{database['PASSWORD']}@{place}/{database['NAME']}"
    environment = {**os.environ, "DATABASE_URL": url, "DATA_DIR": str(settings.DATA_DIR)}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    return subprocess.Popen([sys.executable, *map(str, arguments)], cwd=settings.BASE_DIR, env=environment, **options)
