"""Money that is told of late. Two moments count, and each decides something else.

`at` is when the money moved, as the gateway says it: it stands in the ledger of money, a period that is paid begins then,
and it decides whether the money came in time. `now` is when the site is told: it decides what stands in the way, for
what somebody did meanwhile is not undone. What only the clock has ended in between is not in the way: who paid before
the end did not let it lapse. So it makes no difference whether a task had closed the subscription by then.
"""

from datetime import datetime

from accounts import standing
from accounts.models import Change, GrantedBy, Status, Subscription, SubscriptionChange, User

ENDED = (Change.EXPIRED, Change.CANCELLED)


def standing_at(user: User, at: datetime, now: datetime) -> Subscription | None:
    """Lock the member and return what runs at `now`, or what ran at `at` and has been ended by nothing but the clock.

    What was ended stands as before in memory only; whoever writes it lets it run on. Two queries more in that case.
    """
    running = standing.current(user, now)
    if running is not None or at >= now:
        return running
    last = Subscription.objects.filter(user=user).select_related("plan", "next_plan").order_by("-pk").first()
    if last is None:
        return None
    line = SubscriptionChange.objects.filter(subscription=last).order_by("-at", "-id").first()
    if line is None or line.by != GrantedBy.CLOCK or line.change not in ENDED or line.at <= at:
        return None
    last.user = user
    last.status = Status.PAST_DUE if last.gateway and last.current_period_end <= at else Status.ACTIVE
    return last
