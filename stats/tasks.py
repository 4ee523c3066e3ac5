"""What is to be done for the numbers now and then."""

from celery import shared_task

from stats import visitors


@shared_task(name="stats.drop_old_salts")
def drop_old_salts() -> int:
    """Delete the salts of anonymous visitors that are older than two days."""
    return visitors.drop_old_salts(visitors.today())
