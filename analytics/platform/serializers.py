"""What the platform's API answers with. Amounts are whole numbers of the currency's smallest unit, rates are in percent."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers


class DaysOut(serializers.Serializer[Any]):
    """Which days the numbers are of, both included, in which zone, and up to when they were counted."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()
    time_zone = serializers.CharField()
    as_of = serializers.DateTimeField()


class PlatformOverviewOut(serializers.Serializer[Any]):
    """The platform as it stands. `active_users` were active in the last 30 days. Money is null for who may not see it."""

    total_users = serializers.IntegerField()
    active_users = serializers.IntegerField()
    new_users = serializers.IntegerField(help_text="In the window.")
    growth_rate = serializers.FloatField(allow_null=True)
    total_courses = serializers.IntegerField()
    published_courses = serializers.IntegerField()
    total_instructors = serializers.IntegerField()
    total_enrollments = serializers.IntegerField()
    completion_rate = serializers.FloatField(allow_null=True)
    period_revenue = serializers.IntegerField(allow_null=True)
    mrr = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    window = DaysOut()


class SignupsOut(serializers.Serializer[Any]):
    """A day: how many came, and how many there were when it was over."""

    date = serializers.DateField()
    new_users = serializers.IntegerField()
    total_users = serializers.IntegerField()


class UserGrowthOut(serializers.Serializer[Any]):
    """New members. `growth_rate` is null where nobody came in the days before; `is_new` says that somebody did since."""

    total_users = serializers.IntegerField()
    new_users = serializers.IntegerField()
    previous_new_users = serializers.IntegerField(allow_null=True)
    growth_rate = serializers.FloatField(allow_null=True)
    is_new = serializers.BooleanField()
    daily_signups = SignupsOut(many=True)
    window = DaysOut()


class ActiveMembersOut(serializers.Serializer[Any]):
    """The active members of a day, of the 7 and of the 30 days that end with it."""

    date = serializers.DateField()
    dau = serializers.IntegerField()
    wau = serializers.IntegerField()
    mau = serializers.IntegerField()
    stickiness = serializers.FloatField(allow_null=True)


class PlatformEngagementOut(serializers.Serializer[Any]):
    """Active members as of the window's last day, which is partial while it is today; the average day's in the window.

    `completion_rate` is of all who ever enrolled in a course.
    """

    dau = serializers.IntegerField()
    wau = serializers.IntegerField()
    mau = serializers.IntegerField()
    stickiness = serializers.FloatField(allow_null=True)
    average_dau = serializers.FloatField(allow_null=True)
    completion_rate = serializers.FloatField(allow_null=True)
    is_partial = serializers.BooleanField()
    daily = ActiveMembersOut(many=True)
    window = DaysOut()


class MovementsOut(serializers.Serializer[Any]):
    """What moved the monthly recurring revenue in the window; together they are the difference."""

    new = serializers.IntegerField()
    reactivation = serializers.IntegerField()
    expansion = serializers.IntegerField()
    contraction = serializers.IntegerField()
    churn = serializers.IntegerField()


class TakingsOut(serializers.Serializer[Any]):
    """A day that brought something: paid, given back, and what stayed."""

    date = serializers.DateField()
    paid = serializers.IntegerField()
    refunded = serializers.IntegerField()
    revenue = serializers.IntegerField()


class RevenueOut(serializers.Serializer[Any]):
    """Revenue of one currency. `ltv` is null where nobody left, and `ltv_note` says for how long."""

    currency = serializers.CharField()
    currencies = serializers.ListField(child=serializers.CharField())
    period_revenue = serializers.IntegerField()
    refunds = serializers.IntegerField()
    transactions = serializers.IntegerField()
    average_transaction = serializers.IntegerField(allow_null=True)
    mrr = serializers.IntegerField()
    arr = serializers.IntegerField()
    mrr_movements = MovementsOut()
    customers = serializers.IntegerField()
    arpu = serializers.IntegerField(allow_null=True, help_text="MRR for each member active in 30 days.")
    arppu = serializers.IntegerField(allow_null=True, help_text="MRR for each who pays.")
    churn_rate = serializers.FloatField(allow_null=True)
    revenue_churn_rate = serializers.FloatField(allow_null=True)
    net_revenue_retention = serializers.FloatField(allow_null=True)
    ltv = serializers.IntegerField(allow_null=True)
    ltv_note = serializers.CharField(allow_blank=True)
    daily_revenue = TakingsOut(many=True)
    window = DaysOut()


class TopCourseOut(serializers.Serializer[Any]):
    """A course with what happened in it in the window, and what is thought of it now."""

    course_id = serializers.UUIDField()
    title = serializers.CharField()
    instructor = serializers.CharField()
    enrollments = serializers.IntegerField()
    completions = serializers.IntegerField()
    revenue = serializers.IntegerField(allow_null=True)
    avg_rating = serializers.FloatField(allow_null=True)
    reviews = serializers.IntegerField()


class TopInstructorOut(serializers.Serializer[Any]):
    """A person with what happened in their courses in the window, and what is thought of them now."""

    instructor_id = serializers.UUIDField()
    name = serializers.CharField()
    courses = serializers.IntegerField()
    enrollments = serializers.IntegerField()
    completions = serializers.IntegerField()
    revenue = serializers.IntegerField(allow_null=True)
    avg_rating = serializers.FloatField(allow_null=True)
    reviews = serializers.IntegerField()


class TopCoursesOut(serializers.Serializer[Any]):
    """Courses, the first first."""

    metric = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    courses = TopCourseOut(many=True)
    window = DaysOut()


class TopInstructorsOut(serializers.Serializer[Any]):
    """Instructors, the first first."""

    metric = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    instructors = TopInstructorOut(many=True)
    window = DaysOut()


class BeatOut(serializers.Serializer[Any]):
    """A background process and when it last said that it works."""

    name = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    is_silent = serializers.BooleanField()


class FailureOut(serializers.Serializer[Any]):
    """A task that ended with an error."""

    task = serializers.CharField()
    error = serializers.CharField()
    at = serializers.DateTimeField()


class QueuesOut(serializers.Serializer[Any]):
    """What waits: events, days of items to be settled, days to be counted again, tasks (null: the broker is silent)."""

    inbox_events = serializers.IntegerField()
    unsettled = serializers.IntegerField()
    touched_days = serializers.IntegerField()
    jobs = serializers.IntegerField(allow_null=True)


@extend_schema_serializer(component_name="SystemHealth")
class HealthOut(serializers.Serializer[Any]):
    """How the system stands. `error_rate` is of the last hour's requests; `availability` of the last 30 days' minutes."""

    status = serializers.CharField(help_text="`ok` or `degraded`.")
    problems = serializers.ListField(child=serializers.CharField())
    active_sessions = serializers.IntegerField(help_text="Used in the last quarter of an hour.")
    queues = QueuesOut()
    queue_depth = serializers.IntegerField(help_text="Events that are acknowledged and not applied.")
    ingest_lag_ms = serializers.IntegerField()
    requests = serializers.IntegerField()
    error_rate = serializers.FloatField(allow_null=True)
    dead_letters = serializers.IntegerField()
    job_failures = serializers.IntegerField(help_text="In the last day.")
    latest_failures = FailureOut(many=True)
    database = serializers.CharField()
    database_bytes = serializers.IntegerField()
    disk_free_bytes = serializers.IntegerField()
    disk_total_bytes = serializers.IntegerField()
    heartbeats = BeatOut(many=True)
    version = serializers.CharField()
    started_at = serializers.DateTimeField()
    uptime_seconds = serializers.IntegerField()
    availability = serializers.FloatField(allow_null=True)


class PlatformDashboardOut(serializers.Serializer[Any]):
    """Everything in one call. Null for the parts that one may not see."""

    overview = PlatformOverviewOut()
    user_growth = UserGrowthOut()
    engagement = PlatformEngagementOut()
    revenue = RevenueOut(allow_null=True)
    top_courses = TopCourseOut(many=True)
    top_instructors = TopInstructorOut(many=True)
    system_health = HealthOut(allow_null=True)


class AggregatedOut(serializers.Serializer[Any]):
    """What was counted: the day, whether it is over, and how many rows were kept."""

    date = serializers.DateField()
    is_closed = serializers.BooleanField()
    rows = serializers.IntegerField()
