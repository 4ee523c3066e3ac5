"""How often one person may write, and who would write more often is told to wait."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in so many seconds, whenever these begin."""

    most: int
    within_s: int


LIMITS = {
    "comment": (Limit(5, MINUTE), Limit(60, HOUR)),
    "post": (Limit(5, MINUTE), Limit(60, HOUR)),
    "report": (Limit(5, MINUTE), Limit(20, HOUR), Limit(50, DAY)),
}


class TooFast(Exception):
    """Past the limit: `wait_s` until one more fits. The message is for who is to wait."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(
            ngettext(
                "You are writing very quickly. Try again in %d second.",
                "You are writing very quickly. Try again in %d seconds.",
                wait_s,
            )
            % wait_s
            if wait_s <= 2 * MINUTE
            else _("You have written a lot. Try again in %d minutes.") % ceil(wait_s / MINUTE)
        )


def check(what: str, user: User, written: QuerySet) -> None:
    """Let `user` write one more of `what`. Raises TooFast, before anything changed.

    `written` is what they have written, with `created_at`. The row of the user is locked until the transaction ends, so
    that of many sent at once no more get through than may. One query, and one for each limit.
    """
    # not the whole row, to which others' notifications refer: two who answer each other would wait for ever
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
    now = timezone.now()
    waits = []
    for limit in LIMITS[what]:
        since = now - timedelta(seconds=limit.within_s)
        times = written.filter(created_at__gt=since, created_at__lte=now).order_by("-created_at")
        if oldest := times.values_list("created_at", flat=True)[limit.most - 1 : limit.most].first():
            waits.append(ceil((oldest - since).total_seconds()))
    if waits:
        raise TooFast(max(1, *waits))
