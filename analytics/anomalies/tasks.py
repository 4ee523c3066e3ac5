"""What the scheduler asks of expected ranges."""

from celery import shared_task
from django.utils import timezone

from analytics.anomalies import judging, mailing


@shared_task(name="analytics.judge_days")
def judge_days() -> int:
    """Judge the last four weeks anew; everything the first time."""
    return judging.judge_recent(timezone.now()) if judging.is_begun() else judging.judge_all()


@shared_task(name="analytics.send_morning_mails")
def send_morning_mails() -> int:
    """Tell staff what yesterday brought."""
    return mailing.send_due(timezone.now())
