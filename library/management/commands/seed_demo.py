"""Fill an empty site with people, items, courses and thirty days of what they did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.module_loading import import_string

from library import trending
from library.demo import learning, making, notices, social, teaching
from library.recommending import cowatching
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
        with self.bar("Follow     ") as progress:
            social.make_follows(people, now, progress)
        with TemporaryDirectory(prefix="demo-", dir=settings.DATA_DIR) as folder:
            with self.bar("Draw files ") as progress:
                files = making.make_files(Path(folder), progress)
            with self.bar("Publish    ") as progress:
                items = making.make_items(people, files, now, progress)
            by_title = {work.title: item for work, item in items}
            courses = teaching.make_courses(people, by_title, Path(folder), now)
        with self.bar("Comments   ") as progress:
            making.make_comments(people, items, now, progress)
        social.make_playlists(people, by_title, now)
        social.share_work(people, by_title, now)
        with self.bar("Lessons    ") as progress:
            lessons = learning.make_learners(courses, people, now, progress)
        with self.bar("Events     ") as progress:
            events = making.make_events(people, items, now, progress)
        social.tell_followers(by_title)
        for path in settings.DEMO_PARTS:
            import_string(path)(people, now)
        notices.read_the_old(now)
        social.make_news(people, by_title, now)
        trending.refresh(timezone.now())
        cowatching.refresh(timezone.now())
        log_ins = making.make_log_ins()
        told = f"{len(people)} people, {len(items)} items, {len(courses)} courses, {lessons} lessons done, {events:,} events"
        self.stdout.write(f"{told}. Log-ins: {log_ins}")

    @contextmanager
    def bar(self, label: str) -> Iterator[Callable[[int, int], None]]:
        """Yield what draws a progress bar for one step."""
        with Bar(label, self.stdout) as bar:
            yield bar.update
