"""Apply what was accepted, until stopped; several may run, one of them works."""

import gc
import logging
import signal
import time
from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from stats import drain, leadership, log, settling

logger = logging.getLogger(__name__)

IDLE_S = 0.01
SLEEPY_S = 0.025
SLEEPY_AFTER_S = 5.0
STANDBY_S = 1.0
PARTITIONS_EVERY_S = 3600.0


class Command(BaseCommand):
    """Run the drain."""

    help = "Apply accepted events to the log and all projections, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--once`."""
        parser.add_argument("--once", action="store_true", help="stop when the inbox is empty")

    def handle(self, *args: Any, **options: Any) -> None:
        """Drain; reconnect when the database goes away; stop between two chunks on SIGTERM and SIGINT."""
        self._stopped = False
        gc.freeze()  # what is loaded by now is no garbage, and looking through it takes longer than a chunk's own
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        beside = nullcontext() if options["once"] else settling.beside()
        with leadership.candidate() as candidate, beside:
            while not self._stopped:
                try:
                    if self._run(candidate, once=options["once"]):
                        return
                except drain.NOT_THE_EVENTS as error:
                    logger.warning("The database does not take it, trying again: %s", str(error).split("\n")[0])
                    connection.close()
                    time.sleep(STANDBY_S / 2)

    def _stop(self, *_: Any) -> None:
        self._stopped = True

    def _run(self, candidate: leadership.Candidate, *, once: bool) -> bool:
        drain.open_session()
        pace = drain.Pace()
        partitions_at = worked_at = 0.0
        while not self._stopped:
            if not candidate.leads():
                time.sleep(STANDBY_S)
                continue
            if time.monotonic() - partitions_at > PARTITIONS_EVERY_S:
                with transaction.atomic():
                    log.ensure_partitions(connection, timezone.now().date())
                partitions_at = time.monotonic()
            if drain.drain_once(pace):
                worked_at = time.monotonic()
            elif once:
                return True
            else:
                time.sleep(IDLE_S if time.monotonic() - worked_at < SLEEPY_AFTER_S else SLEEPY_S)
        return True
