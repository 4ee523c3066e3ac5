"""Signs of life of the processes that no request reaches, and the models of the back office's parts."""

from django.db import models

from analytics.anomalies.models import Expectation, MailWish, MorningMail
from analytics.dashboards.models import Annotation
from analytics.people.models import BulkAction, BulkTarget, Followers, Numbers, SavedFilter, Standing
from analytics.platform.models import (
    CourseAnalytics,
    InstructorAnalytics,
    JobFailure,
    PlatformAnalytics,
    SystemSample,
    TouchedDay,
    TrafficMinute,
)
from analytics.revenue.models import RevenueDay, RevenueMove, RevenueSpell, TakingsDay

__all__ = [
    "Annotation",
    "BulkAction",
    "BulkTarget",
    "CourseAnalytics",
    "Expectation",
    "Followers",
    "Heartbeat",
    "InstructorAnalytics",
    "JobFailure",
    "MailWish",
    "MorningMail",
    "Numbers",
    "PlatformAnalytics",
    "RevenueDay",
    "RevenueMove",
    "RevenueSpell",
    "SavedFilter",
    "Standing",
    "SystemSample",
    "TakingsDay",
    "TouchedDay",
    "TrafficMinute",
]


class Heartbeat(models.Model):
    """When a background process last said that it works."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
