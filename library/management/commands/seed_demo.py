"""Fill an empty site with people, items and thirty days of what they did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from library.demo import making
from stats.progress import Bar


class Command(BaseCommand):
    """`manage.py seed_demo`: does nothing where the demo is made already."""

    help = "Fill the site with demo people, items and events; does nothing when they are there."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the demo."""
        if making.is_made():
            self.stdout.write("The demo is made already.")
            return
        now = timezone.now()
        people = making.make_people(now)
        with TemporaryDirectory(prefix="demo-", dir=settings.DATA_DIR) as folder:
            with self.bar("Draw files ") as progress:
                files = making.make_files(Path(folder), progress)
            with self.bar("Publish    ") as progress:
                items = making.make_items(people, files, now, progress)
        with self.bar("Comments   ") as progress:
            making.make_comments(people, items, now, progress)
        with self.bar("Events     ") as progress:
            events = making.make_events(people, items, now, progress)
        path = making.make_log_ins()
        self.stdout.write(f"{len(people)} people, {len(items)} items, {events:,} events. Log-ins: {path}")

    @contextmanager
    def bar(self, label: str) -> Iterator[Callable[[int, int], None]]:
        """Yield what draws a progress bar for one step."""
        with Bar(label, self.stdout) as bar:
            yield bar.update
