"""What the platform, its courses and their teachers came to, day by day, week by week, month by month; and its health.

A row of a period that is over is kept as it was counted. What comes late queues its day (`TouchedDay`), and the rows of
that day are counted again.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Timeframe(models.TextChoices):
    """How long a period is: days of the site's zone, weeks from Monday, months. Stored: never rename a value."""

    DAILY = "daily", _("Day")
    WEEKLY = "weekly", _("Week")
    MONTHLY = "monthly", _("Month")


class MetricType(models.TextChoices):
    """Which part of the platform's numbers a row has. Stored: never rename a value."""

    USERS = "users", _("Members")
    ENGAGEMENT = "engagement", _("Engagement")
    LEARNING = "learning", _("Learning")
    REVENUE = "revenue", _("Revenue")


class Counted(models.Model):
    """A period, and when it was counted. `is_closed` says that it was over then."""

    date = models.DateField(help_text="The first day of the period.")
    timeframe = models.CharField(max_length=7, choices=Timeframe.choices)
    is_closed = models.BooleanField(default=False)
    counted_at = models.DateTimeField()

    class Meta:
        abstract = True


class PlatformAnalytics(Counted):
    """One part of the platform's numbers in one period; `analytics.platform.counting` says what stands in it."""

    metric_type = models.CharField(max_length=10, choices=MetricType.choices)
    metric_data = models.JSONField(default=dict)
    took_ms = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "platform_analytics"
        constraints = [
            models.UniqueConstraint(
                fields=["timeframe", "metric_type", "date"], name="analytics_platformanalytics_once_a_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric_type} {self.timeframe} {self.date}"


class Taught(Counted):
    """What was learned and paid in a period. `revenue` are minor units by currency, refunds taken off.

    `completion_seconds` add up the times from enrolling to completing of those who completed; `stars` those of the
    `reviews` that were the last word of their writers in the period.
    """

    enrollments = models.PositiveIntegerField(default=0)
    completions = models.PositiveIntegerField(default=0)
    completion_seconds = models.BigIntegerField(default=0)
    reviews = models.PositiveIntegerField(default=0)
    stars = models.PositiveIntegerField(default=0)
    revenue = models.JSONField(default=dict)

    class Meta:
        abstract = True

    @property
    def avg_rating(self) -> float | None:
        """Return the average of the reviews of the period, None without any."""
        return self.stars / self.reviews if self.reviews else None

    @property
    def avg_completion_seconds(self) -> float | None:
        """Return how long completing took on average, None where nobody did."""
        return self.completion_seconds / self.completions if self.completions else None


class CourseAnalytics(Taught):
    """What happened in one course in one period. A course in which nothing happened has no row.

    `active_learners` are the different people who played or read a lesson, completed one, or handed in a quiz.
    """

    course = models.ForeignKey("library.Course", models.CASCADE, related_name="analytics")
    active_learners = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "course_analytics"
        constraints = [
            models.UniqueConstraint(
                fields=["timeframe", "date", "course"], name="analytics_courseanalytics_once_a_period"
            )
        ]


class InstructorAnalytics(Taught):
    """What happened in one person's courses in one period: theirs is what they own now.

    `students` are the different people who learned in any of them; `courses` how many were published by the end.
    """

    instructor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="instructor_analytics")
    students = models.PositiveIntegerField(default=0)
    courses = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "instructor_analytics"
        constraints = [
            models.UniqueConstraint(
                fields=["timeframe", "date", "instructor"], name="analytics_instructoranalytics_once_a_period"
            )
        ]


class TouchedDay(models.Model):
    """A queue: something came for this day after it was over."""

    day = models.DateField()


# The system


class TrafficMinute(models.Model):
    """Requests that the web processes answered in a minute, and how many of them with a server's error."""

    minute = models.DateTimeField(primary_key=True)
    requests = models.PositiveIntegerField(db_default=0)
    errors = models.PositiveIntegerField(db_default=0)


class JobFailure(models.Model):
    """A task that ended with an error."""

    task = models.CharField(_("task"), max_length=100)
    error = models.CharField(_("error"), max_length=300)
    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.task}: {self.error}"


class SystemSample(models.Model):
    """How the system stood at the beginning of a minute."""

    minute = models.DateTimeField(primary_key=True)
    backlog = models.PositiveIntegerField()
    lag_ms = models.PositiveBigIntegerField()
    unsettled = models.PositiveIntegerField()
    dead_letters = models.PositiveIntegerField()
    sessions = models.PositiveIntegerField()
    database_bytes = models.PositiveBigIntegerField()
    disk_free_bytes = models.PositiveBigIntegerField()
