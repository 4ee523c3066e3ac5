"""What binds the apps together: settings, addresses, processes, errors and the look's template tags."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
