"""The task worker's and scheduler's entry. Tasks live in each app's `tasks.py`; the schedule is in the settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("eightpoint")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
