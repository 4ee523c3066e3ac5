"""Items' files and pages, social actions, uploads."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class LibraryConfig(AppConfig):
    """Items' files and pages, social actions, uploads."""

    name = "library"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take the triggers that keep lists and searches away before migrations, and put them back after them."""
        from library import listing  # models are not there before

        pre_migrate.connect(listing.remove, sender=self)
        post_migrate.connect(listing.install, sender=self)
