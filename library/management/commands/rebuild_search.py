"""Write anew what lists and searches read."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from library import listing, trending
from library.models import Listing


class Command(BaseCommand):
    """`manage.py rebuild_search`: for after a change of items that went past the database's triggers, as a restore may."""

    help = "Write the words, tags and list rows of all items anew, and take their figures."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how many there are."""
        listing.install()
        listing.rebuild()
        trending.refresh(timezone.now())
        self.stdout.write(f"{Listing.objects.count()} items stand in lists.")
