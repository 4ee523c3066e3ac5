import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import stats.ids


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("library", "0007_recommending"),
    ]

    operations = [
        migrations.CreateModel(
            name="Quiz",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "lesson",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="quiz", to="library.lesson"
                    ),
                ),
                (
                    "pass_percent",
                    models.PositiveSmallIntegerField(
                        default=70, help_text="Percent of the points.", verbose_name="to pass"
                    ),
                ),
                ("most_attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("time_limit_minutes", models.PositiveSmallIntegerField(default=0, verbose_name="time limit")),
                (
                    "reveals",
                    models.CharField(
                        choices=[("each", "After each attempt"), ("end", "Once it is passed, or no attempt is left")],
                        default="each",
                        max_length=4,
                        verbose_name="right answers",
                    ),
                ),
                ("shuffles", models.BooleanField(default=True, verbose_name="mixed order")),
            ],
            options={
                "verbose_name": "quiz",
                "verbose_name_plural": "quizzes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pass_percent__range", (1, 100))), name="library_quiz_pass_percent_1_to_100"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Pool",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                (
                    "quiz",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pools", to="library.quiz"
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120, verbose_name="title")),
                ("draws", models.PositiveSmallIntegerField(default=0, verbose_name="questions drawn")),
                ("position", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                (
                    "pool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="library.pool"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("single", "One choice"),
                            ("multiple", "Several choices"),
                            ("number", "Number"),
                            ("text", "Short text"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("prompt", models.TextField(help_text="Markdown.", max_length=5000, verbose_name="question")),
                (
                    "explanation",
                    models.TextField(blank=True, help_text="Markdown.", max_length=5000, verbose_name="explanation"),
                ),
                ("points", models.PositiveSmallIntegerField(default=1, verbose_name="points")),
                ("is_partial", models.BooleanField(default=False, verbose_name="points for a part")),
                (
                    "number",
                    models.DecimalField(
                        blank=True, decimal_places=10, max_digits=24, null=True, verbose_name="right number"
                    ),
                ),
                (
                    "tolerance",
                    models.DecimalField(decimal_places=10, default=0, max_digits=24, verbose_name="tolerance"),
                ),
                ("accepted", models.JSONField(blank=True, default=list, verbose_name="accepted answers")),
                ("position", models.PositiveIntegerField(default=0)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["position", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("points__range", (1, 100))), name="library_question_points_1_to_100"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tolerance__gte", 0)), name="library_question_tolerance_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "number"), _negated=True), ("number__isnull", False), _connector="OR"
                        ),
                        name="library_question_number_has_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Option",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="options", to="library.question"
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("is_right", models.BooleanField(default=False)),
                ("position", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                (
                    "quiz",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="library.quiz"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quiz_attempts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("is_preview", models.BooleanField(default=False)),
                ("pass_percent", models.PositiveSmallIntegerField()),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("deadline_at", models.DateTimeField(blank=True, null=True)),
                ("saved_at", models.DateTimeField(blank=True, null=True)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("voided_at", models.DateTimeField(blank=True, null=True)),
                ("earned", models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True)),
                ("most", models.PositiveIntegerField()),
                ("percent", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("passed", models.BooleanField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "quiz attempt",
                "verbose_name_plural": "quiz attempts",
                "indexes": [
                    models.Index(fields=["quiz", "-submitted_at"], name="library_attempt_newest"),
                    models.Index(
                        condition=models.Q(("deadline_at__isnull", False), ("submitted_at", None)),
                        fields=["deadline_at"],
                        name="library_attempt_running",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("quiz", "user", "is_preview", "number"), name="library_attempt_numbered"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("submitted_at", None), ("voided_at", None)),
                        fields=("quiz", "user", "is_preview"),
                        name="library_attempt_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("earned", None), ("passed", None), ("percent", None), ("submitted_at", None)),
                            models.Q(
                                ("earned__isnull", False),
                                ("passed__isnull", False),
                                ("percent__isnull", False),
                                ("submitted_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="library_attempt_marked_when_submitted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("percent", None), ("percent__range", (0, 100)), _connector="OR"),
                        name="library_attempt_percent_0_to_100",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="library.attempt"
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="library.question"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("single", "One choice"),
                            ("multiple", "Several choices"),
                            ("number", "Number"),
                            ("text", "Short text"),
                        ],
                        max_length=8,
                    ),
                ),
                ("points", models.PositiveSmallIntegerField()),
                ("asked", models.JSONField()),
                ("key", models.JSONField()),
                ("response", models.JSONField(blank=True, null=True)),
                ("earned", models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True)),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("attempt", "question"), name="library_answer_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("earned", None),
                            models.Q(("earned__gte", 0), ("earned__lte", models.F("points"))),
                            _connector="OR",
                        ),
                        name="library_answer_earned_within_points",
                    ),
                ],
            },
        ),
    ]
