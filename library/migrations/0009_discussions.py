import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import stats.ids


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0008_quizzes"),
        ("stats", "0010_visibility_by_role"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ("is_question", models.BooleanField(default=False)),
                ("text", models.TextField(help_text="Markdown.", max_length=10000, verbose_name="text")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="written")),
                ("edited_at", models.DateTimeField(blank=True, null=True, verbose_name="edited")),
                ("deleted_at", models.DateTimeField(blank=True, null=True, verbose_name="taken away")),
            ],
            options={
                "verbose_name": "post",
                "verbose_name_plural": "posts",
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Thread",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ("title", models.CharField(max_length=150, verbose_name="title")),
                ("answers", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked")),
                ("active_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="last post")),
                ("deleted_at", models.DateTimeField(blank=True, null=True, verbose_name="taken away")),
            ],
            options={
                "verbose_name": "discussion",
                "verbose_name_plural": "discussions",
                "ordering": ["-active_at", "-id"],
            },
        ),
        migrations.AddField(
            model_name="post",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="posts", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="deleted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="post",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reports",
                to="library.post",
            ),
        ),
        migrations.AddField(
            model_name="thread",
            name="accepted",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="library.post"
            ),
        ),
        migrations.AddField(
            model_name="thread",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="threads", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="thread",
            name="course",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="threads",
                to="library.course",
                verbose_name="course",
            ),
        ),
        migrations.AddField(
            model_name="thread",
            name="lesson",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="threads",
                to="library.lesson",
                verbose_name="lesson",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="thread",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="posts",
                to="library.thread",
                verbose_name="discussion",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("post__isnull", False)),
                fields=("reporter", "post"),
                name="library_report_post_once",
            ),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(fields=["course", "-active_at", "-id"], name="library_thread_of_course"),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(fields=["lesson", "-active_at", "-id"], name="library_thread_of_lesson"),
        ),
        migrations.AddConstraint(
            model_name="thread",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="library_thread_has_title"
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["thread", "created_at", "id"], name="library_post_in_order"),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["author", "-created_at"], name="library_post_pace"),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="library_post_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_question", True)), fields=("thread",), name="library_post_one_question"
            ),
        ),
    ]
