"""A process that erases a member and is killed in the middle: `python -m tests.accounts.erasing_worker ID`.

What the member made is taken away then, and the account is closed; name, address and the log are as before.
"""

import os
import signal
import sys
from typing import Any

import django


def die(person: Any) -> None:
    """End as a process does that is killed."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(key: int) -> None:
    """Erase, as far as it goes."""
    django.setup()
    from accounts.erasure import erasing
    from accounts.models import User
    from stats.erasing import Eraser

    erasers = (*erasing.erasers(), Eraser((), first=die))
    erasing.erasers = lambda: erasers
    erasing.erase(User.objects.get(pk=key))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(int(sys.argv[1]))
