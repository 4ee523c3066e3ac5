"""Items' files and pages, social actions, uploads."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """Items' files and pages, social actions, uploads."""

    name = "library"
    default_auto_field = "django.db.models.BigAutoField"
