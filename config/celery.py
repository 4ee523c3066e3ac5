"""The task worker's and scheduler's entry. Tasks live in each app's `tasks.py`; the schedule is in the settings."""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.loaders.app import AppLoader
from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Running as root is warned of because of pickled messages; ours are JSON.
warnings.filterwarnings("ignore", category=SecurityWarning)


class Loader(AppLoader):
    """Celery's own, but a setting that is missing or wrong is one line, not a traceback."""

    def config_from_object(self, obj: Any, silent: bool = False) -> bool:
        """Read the settings; ends the process if they are wrong."""
        try:
            return super().config_from_object(obj, silent=silent)
        except ImproperlyConfigured as error:
            sys.exit(f"eightpoint: {error}")


TRANSPORT_ALIASES["filesystem"] = "config.broker:Transport"

app = Celery("eightpoint", loader="config.celery:Loader")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def make_folders(sender: Celery, **_: Any) -> None:
    """Make the folders of the embedded broker, which does not make them itself."""
    for name, folder in (sender.conf.broker_transport_options or {}).items():
        if "folder" in name:
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
