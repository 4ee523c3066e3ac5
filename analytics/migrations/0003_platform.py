"""The platform's numbers by day, week and month, and how the system stands."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0002_people"),
        ("library", "0009_discussions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="JobFailure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=100, verbose_name="task")),
                ("error", models.CharField(max_length=300, verbose_name="error")),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name="time")),
            ],
            options={
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="SystemSample",
            fields=[
                ("minute", models.DateTimeField(primary_key=True, serialize=False)),
                ("backlog", models.PositiveIntegerField()),
                ("lag_ms", models.PositiveBigIntegerField()),
                ("unsettled", models.PositiveIntegerField()),
                ("dead_letters", models.PositiveIntegerField()),
                ("sessions", models.PositiveIntegerField()),
                ("database_bytes", models.PositiveBigIntegerField()),
                ("disk_free_bytes", models.PositiveBigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="TouchedDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="TrafficMinute",
            fields=[
                ("minute", models.DateTimeField(primary_key=True, serialize=False)),
                ("requests", models.PositiveIntegerField(db_default=0)),
                ("errors", models.PositiveIntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name="PlatformAnalytics",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField(help_text="The first day of the period.")),
                (
                    "timeframe",
                    models.CharField(
                        choices=[("daily", "Day"), ("weekly", "Week"), ("monthly", "Month")], max_length=7
                    ),
                ),
                ("is_closed", models.BooleanField(default=False)),
                ("counted_at", models.DateTimeField()),
                (
                    "metric_type",
                    models.CharField(
                        choices=[
                            ("users", "Members"),
                            ("engagement", "Engagement"),
                            ("learning", "Learning"),
                            ("revenue", "Revenue"),
                        ],
                        max_length=10,
                    ),
                ),
                ("metric_data", models.JSONField(default=dict)),
                ("took_ms", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "platform_analytics",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("timeframe", "metric_type", "date"), name="analytics_platformanalytics_once_a_period"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CourseAnalytics",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField(help_text="The first day of the period.")),
                (
                    "timeframe",
                    models.CharField(
                        choices=[("daily", "Day"), ("weekly", "Week"), ("monthly", "Month")], max_length=7
                    ),
                ),
                ("is_closed", models.BooleanField(default=False)),
                ("counted_at", models.DateTimeField()),
                ("enrollments", models.PositiveIntegerField(default=0)),
                ("completions", models.PositiveIntegerField(default=0)),
                ("completion_seconds", models.BigIntegerField(default=0)),
                ("reviews", models.PositiveIntegerField(default=0)),
                ("stars", models.PositiveIntegerField(default=0)),
                ("revenue", models.JSONField(default=dict)),
                ("active_learners", models.PositiveIntegerField(default=0)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="analytics", to="library.course"
                    ),
                ),
            ],
            options={
                "db_table": "course_analytics",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("timeframe", "date", "course"), name="analytics_courseanalytics_once_a_period"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InstructorAnalytics",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField(help_text="The first day of the period.")),
                (
                    "timeframe",
                    models.CharField(
                        choices=[("daily", "Day"), ("weekly", "Week"), ("monthly", "Month")], max_length=7
                    ),
                ),
                ("is_closed", models.BooleanField(default=False)),
                ("counted_at", models.DateTimeField()),
                ("enrollments", models.PositiveIntegerField(default=0)),
                ("completions", models.PositiveIntegerField(default=0)),
                ("completion_seconds", models.BigIntegerField(default=0)),
                ("reviews", models.PositiveIntegerField(default=0)),
                ("stars", models.PositiveIntegerField(default=0)),
                ("revenue", models.JSONField(default=dict)),
                ("students", models.PositiveIntegerField(default=0)),
                ("courses", models.PositiveIntegerField(default=0)),
                (
                    "instructor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="instructor_analytics",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "instructor_analytics",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("timeframe", "date", "instructor"), name="analytics_instructoranalytics_once_a_period"
                    )
                ],
            },
        ),
    ]
