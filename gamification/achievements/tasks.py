"""What the scheduler asks of achievements."""

from celery import shared_task

from gamification.achievements import backfilling, queries, rechecking

SWEEP_S = 20.0


@shared_task(name="gamification.backfill_achievements")
def backfill_achievements() -> int:
    """Go on with giving newly published achievements to who earned them before."""
    return backfilling.work_off(SWEEP_S)


@shared_task(name="gamification.recheck_achievements")
def recheck_achievements() -> int:
    """Ask for the numbers of members who did something that achievements over computed numbers depend on."""
    return rechecking.work_for(SWEEP_S)


@shared_task(name="gamification.queue_rechecks")
def queue_rechecks() -> int:
    """Queue everybody who was active lately."""
    return rechecking.queue_active()


@shared_task(name="gamification.count_holders")
def count_holders() -> int:
    """Count how many members have each achievement."""
    return queries.refresh_holders()
