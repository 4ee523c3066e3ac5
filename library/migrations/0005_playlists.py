import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import stats.ids


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0004_comments"),
        ("stats", "0010_visibility_by_role"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Playlist",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ("title", models.CharField(max_length=100, verbose_name="title")),
                ("description", models.TextField(blank=True, max_length=2000, verbose_name="description")),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("public", "Everybody"),
                            ("unlisted", "Everybody who has the link"),
                            ("private", "You and whom you invite"),
                        ],
                        default="private",
                        max_length=8,
                        verbose_name="visibility",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="made")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="changed")),
                ("deleted_at", models.DateTimeField(blank=True, null=True, verbose_name="deleted")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="playlists",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "playlist",
                "verbose_name_plural": "playlists",
            },
        ),
        migrations.CreateModel(
            name="PlaylistEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="playlist_entries", to="stats.item"
                    ),
                ),
                (
                    "playlist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="library.playlist"
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of a playlist",
                "verbose_name_plural": "entries of playlists",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="PlaylistMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("viewer", "May watch"), ("editor", "May add, remove and order")],
                        default="viewer",
                        max_length=6,
                    ),
                ),
                ("invited_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "playlist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="library.playlist"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="playlist_memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "member of a playlist",
                "verbose_name_plural": "members of playlists",
            },
        ),
        migrations.AddIndex(
            model_name="playlist",
            index=models.Index(fields=["owner", "-changed_at"], name="library_playlist_of_owner"),
        ),
        migrations.AddIndex(
            model_name="playlist",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("visibility", "public")),
                fields=["-changed_at"],
                name="library_playlist_public",
            ),
        ),
        migrations.AddConstraint(
            model_name="playlist",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="library_playlist_has_title"
            ),
        ),
        migrations.AddIndex(
            model_name="playlistentry",
            index=models.Index(fields=["playlist", "position"], name="library_playlistentry_order"),
        ),
        migrations.AddConstraint(
            model_name="playlistentry",
            constraint=models.UniqueConstraint(fields=("playlist", "item"), name="library_playlistentry_once"),
        ),
        migrations.AddConstraint(
            model_name="playlistmember",
            constraint=models.UniqueConstraint(fields=("playlist", "user"), name="library_playlistmember_once"),
        ),
    ]
