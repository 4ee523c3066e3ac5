"""What is to be done for the numbers now and then."""

from celery import shared_task
from django.utils import timezone

from stats import periods, settling, visitors
from stats.possible import facts
from stats.windows import DAY

SWEEP_S = 8.0


@shared_task(name="stats.drop_old_salts")
def drop_old_salts() -> int:
    """Delete the salts of anonymous visitors that are older than two days."""
    return visitors.drop_old_salts(visitors.today())


@shared_task(name="stats.settle")
def settle() -> int:
    """Settle what is queued, where no drain does."""
    return settling.settle_for(SWEEP_S)


@shared_task(name="stats.aggregate")
def aggregate(grain: str) -> int:
    """Count yesterday anew ('d'), or aggregate the weeks ('w'), months ('m') or years ('y') that are over."""
    if grain == "d":
        settling.mark_day(visitors.today() - DAY)
        return settling.settle_all()
    return periods.build_unbuilt(grain, visitors.today())


@shared_task(name="stats.refresh_facts")
def refresh_facts() -> int:
    """Count what only a look at everything can tell of the whole site."""
    return facts.refresh(timezone.now())
