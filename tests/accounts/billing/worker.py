"""A worker of its own, with a clock of its own: `python -m tests.accounts.billing.worker FOLDER MOMENT`.

It waits for the file `go`, charges what is due at the moment, and asks again for what was never answered. The provider keeps
what it moved as files in the folder, so that all workers share it; a name can be made once.
"""

import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import django

from accounts.billing.gateways import Order, Outcome, State


class Filed:
    """A provider whose balance is the files in a folder: one for each key, with the amount."""

    key = "filed"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def charge(self, subscription: Any, order: Order, key: str) -> Outcome:
        """Take money, once per key."""
        try:
            file = os.open(self.folder / f"{key}.paid", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return Outcome(State.PAID, f"pi_{key}")
        os.write(file, str(order.amount_minor).encode())
        os.close(file)
        return Outcome(State.PAID, f"pi_{key}")


def main(folder: Path, moment: datetime) -> None:
    """Work once."""
    django.setup()
    from django.conf import settings

    from accounts.billing import renewing

    globals()["FILED"] = Filed(folder)
    settings.GATEWAYS = {**settings.GATEWAYS, "filed": f"{__name__}.FILED"}
    (folder / f"ready-{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.01)
    for _ in range(3):
        renewing.run(moment)
    renewing.finish(moment)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
