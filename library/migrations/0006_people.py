import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import stats.fields
import stats.ids


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0005_playlists"),
        ("stats", "0010_visibility_by_role"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_at", stats.fields.InstantField(null=True)),
                ("last_actor", models.UUIDField(null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="announcement", to="stats.item"
                    ),
                ),
            ],
            options={
                "verbose_name": "announcement",
                "verbose_name_plural": "announcements",
                "indexes": [
                    models.Index(condition=models.Q(("done_at", None)), fields=["id"], name="library_announcement_open")
                ],
            },
        ),
        migrations.CreateModel(
            name="Collaboration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("invited", "Invited"), ("accepted", "Accepted"), ("declined", "Declined")],
                        default="invited",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("invited_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="invited")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered")),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="collaborations",
                        to="stats.item",
                        verbose_name="item",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="collaborations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "collaboration",
                "verbose_name_plural": "collaborations",
                "ordering": ["invited_at", "id"],
                "indexes": [models.Index(fields=["person", "state"], name="library_collaboration_of")],
                "constraints": [
                    models.UniqueConstraint(fields=("item", "person"), name="library_collaboration_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at", None), ("state", "invited")),
                            models.Q(models.Q(("state", "invited"), _negated=True), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="library_collaboration_answered_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberSetting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, verbose_name="setting")),
                ("value", models.CharField(max_length=12, verbose_name="value")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="changed")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="member_settings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "setting of a member",
                "verbose_name_plural": "settings of members",
                "indexes": [models.Index(fields=["key", "value", "user"], name="library_membersetting_of_key")],
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="library_membersetting_once")],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ("kind", models.CharField(max_length=16, verbose_name="kind")),
                ("title", models.CharField(max_length=200, verbose_name="says")),
                ("address", models.CharField(max_length=300, verbose_name="leads to")),
                ("cause", models.UUIDField(editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="told")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "notification",
                "verbose_name_plural": "notifications",
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(fields=["recipient", "-created_at", "-id"], name="library_notification_newest"),
                    models.Index(
                        condition=models.Q(("read_at", None)), fields=["recipient"], name="library_notification_unread"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("recipient", "cause"), name="library_notification_once_per_cause")
                ],
            },
        ),
    ]
