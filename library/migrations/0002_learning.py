import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import stats.ids


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0001_media_and_comments"),
        ("stats", "0009_few_on_items"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Course",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("subtitle", models.CharField(blank=True, max_length=200, verbose_name="in one sentence")),
                (
                    "description",
                    models.TextField(blank=True, help_text="Markdown.", max_length=20000, verbose_name="description"),
                ),
                ("outcomes", models.JSONField(blank=True, default=list, verbose_name="what one learns")),
                ("category", models.CharField(default="other", max_length=12, verbose_name="category")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("beginner", "Beginner"),
                            ("intermediate", "Intermediate"),
                            ("advanced", "Advanced"),
                            ("all", "Everybody"),
                        ],
                        default="all",
                        max_length=12,
                        verbose_name="level",
                    ),
                ),
                ("cover", models.FileField(blank=True, max_length=200, upload_to="", verbose_name="picture")),
                ("price_minor", models.PositiveIntegerField(default=0, verbose_name="price")),
                ("currency", models.CharField(default="EUR", max_length=3, verbose_name="currency")),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published"), ("archived", "Archived")],
                        default="draft",
                        max_length=9,
                        verbose_name="status",
                    ),
                ),
                ("is_sequential", models.BooleanField(default=False, verbose_name="lessons in order")),
                ("has_certificate", models.BooleanField(default=True, verbose_name="with a certificate")),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published")),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="courses",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="instructor",
                    ),
                ),
                ("prerequisites", models.ManyToManyField(blank=True, related_name="leads_to", to="library.course")),
            ],
            options={
                "verbose_name": "course",
                "verbose_name_plural": "courses",
            },
        ),
        migrations.CreateModel(
            name="CourseChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("course", "changed the course page"),
                            ("section_added", "added the section"),
                            ("section", "changed the section"),
                            ("section_removed", "took out the section"),
                            ("lesson_added", "added the lesson"),
                            ("lesson", "changed the lesson"),
                            ("lesson_removed", "took out the lesson"),
                            ("quiz", "changed the questions of"),
                            ("order", "changed the order"),
                            ("prerequisites", "changed the prerequisites"),
                            ("cover", "changed the picture"),
                            ("teachers", "changed who teaches"),
                            ("published", "published the course"),
                            ("archived", "archived the course"),
                        ],
                        max_length=20,
                    ),
                ),
                ("about", models.CharField(blank=True, max_length=120)),
                ("subject", models.CharField(blank=True, max_length=50)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="library.course"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("course", "version"), name="library_coursechange_one_a_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="CourseTeacher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="teachers", to="library.course"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="teaching",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("requested", "Requested"), ("active", "Active"), ("revoked", "Revoked")],
                        default="active",
                        max_length=9,
                    ),
                ),
                ("price_minor", models.PositiveIntegerField(default=0)),
                ("currency", models.CharField(default="EUR", max_length=3)),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("enrolled_at", models.DateTimeField(blank=True, null=True)),
                ("completed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="enrolments", to="library.course"
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="enrolments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "enrolment",
                "verbose_name_plural": "enrolments",
            },
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ("name", models.CharField(max_length=150)),
                ("title", models.CharField(max_length=120)),
                ("issued_at", models.DateTimeField()),
                (
                    "enrolment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="certificate", to="library.enrolment"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Lesson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("video", "Video"), ("text", "Text"), ("quiz", "Quiz")],
                        max_length=5,
                        verbose_name="kind",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("position", models.PositiveIntegerField(default=0)),
                ("text", models.TextField(blank=True, help_text="Markdown.", max_length=100000, verbose_name="text")),
                ("is_preview", models.BooleanField(default=False, verbose_name="open to everybody")),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lesson", to="stats.item"
                    ),
                ),
                (
                    "video",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shown_in",
                        to="stats.item",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
            },
        ),
        migrations.AddField(
            model_name="enrolment",
            name="last_lesson",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="library.lesson",
            ),
        ),
        migrations.CreateModel(
            name="LessonDone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("completed_at", models.DateTimeField()),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="done", to="library.lesson"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lessons_done",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LessonOpened",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="opened", to="library.lesson"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lessons_opened",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "lesson"), name="library_lessonopened_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("read_ms", models.PositiveIntegerField(default=0)),
                ("reached", models.PositiveSmallIntegerField(default=0)),
                ("ranges", models.JSONField(default=list)),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="library.lesson"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ("stars", models.PositiveSmallIntegerField(verbose_name="stars")),
                ("text", models.TextField(blank=True, max_length=5000, verbose_name="text")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="library.course"
                    ),
                ),
            ],
            options={
                "verbose_name": "review",
                "verbose_name_plural": "reviews",
            },
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("position", models.PositiveIntegerField(default=0)),
                ("opens_at", models.DateTimeField(blank=True, null=True, verbose_name="opens")),
                ("opens_after_days", models.PositiveSmallIntegerField(default=0, verbose_name="days after enrolling")),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sections", to="library.course"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
            },
        ),
        migrations.AddField(
            model_name="lesson",
            name="section",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="lessons", to="library.section"
            ),
        ),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(fields=["status", "-published_at"], name="library_course_newest"),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="library_course_has_title"
            ),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="library_course_currency_iso"
            ),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "published"), _negated=True), ("published_at__isnull", False), _connector="OR"
                ),
                name="library_course_published_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="courseteacher",
            constraint=models.UniqueConstraint(fields=("course", "user"), name="library_courseteacher_once"),
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(fields=["user", "-enrolled_at"], name="library_enrolment_of_user"),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.UniqueConstraint(fields=("course", "user"), name="library_enrolment_once"),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "active"), _negated=True), ("enrolled_at__isnull", False), _connector="OR"
                ),
                name="library_enrolment_active_since",
            ),
        ),
        migrations.AddConstraint(
            model_name="lessondone",
            constraint=models.UniqueConstraint(fields=("user", "lesson"), name="library_lessondone_once"),
        ),
        migrations.AddIndex(
            model_name="reading",
            index=models.Index(fields=["user", "lesson"], name="library_reading_of_user"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["course", "-created_at"], name="library_review_newest"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(fields=("course", "author"), name="library_review_one_per_person"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("stars__range", (1, 5))), name="library_review_stars_1_to_5"
            ),
        ),
        migrations.AddConstraint(
            model_name="section",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="library_section_has_title"
            ),
        ),
        migrations.AddConstraint(
            model_name="lesson",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="library_lesson_has_title"
            ),
        ),
    ]
