"""Filters that staff keep, and what they do to many members at once."""

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import stats.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_staff"),
        ("analytics", "0001_heartbeat"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Followers',
            fields=[
                ('user', models.OneToOneField(db_column='actor', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='desk_followers', serialize=False, to=settings.AUTH_USER_MODEL, to_field='uuid')),
                ('followers', models.BigIntegerField()),
                ('following', models.BigIntegerField()),
            ],
            options={
                'db_table': 'stats_followcounter',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Numbers',
            fields=[
                ('user', models.OneToOneField(db_column='actor', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='desk_numbers', serialize=False, to=settings.AUTH_USER_MODEL, to_field='uuid')),
                ('features_used', models.BigIntegerField()),
                ('plays', models.BigIntegerField()),
                ('watched_ms', models.BigIntegerField()),
                ('videos_uploaded', models.BigIntegerField()),
                ('streams_created', models.BigIntegerField()),
                ('images_uploaded', models.BigIntegerField()),
                ('interactions', models.BigIntegerField()),
                ('active_us', models.BigIntegerField(db_column='last_activity_at', null=True)),
            ],
            options={
                'db_table': 'stats_actorstats',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('user', models.OneToOneField(db_column='actor', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='desk_standing', serialize=False, to=settings.AUTH_USER_MODEL, to_field='uuid')),
                ('xp', models.BigIntegerField()),
                ('level', models.IntegerField()),
                ('lessons', models.IntegerField()),
                ('courses', models.IntegerField()),
                ('quizzes', models.IntegerField()),
                ('posts', models.IntegerField()),
                ('reviews', models.IntegerField()),
                ('unlocked', models.IntegerField()),
                ('points', models.BigIntegerField()),
                ('days', models.IntegerField()),
                ('longest', models.IntegerField()),
            ],
            options={
                'db_table': 'gamification_player',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='BulkAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ('act', models.CharField(max_length=20, verbose_name='action')),
                ('params', models.JSONField(null=True)),
                ('selection', models.CharField(blank=True, max_length=1500, verbose_name='selection')),
                ('state', models.CharField(choices=[('draft', 'Not started'), ('queued', 'Waiting'), ('running', 'Running'), ('stopped', 'Stopped'), ('finished', 'Finished')], default='draft', max_length=8, verbose_name='state')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='people')),
                ('done', models.PositiveIntegerField(default=0)),
                ('skipped', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='prepared')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('token', models.UUIDField(editable=False, null=True)),
                ('leased_until', models.DateTimeField(editable=False, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('undo_of', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='analytics.bulkaction')),
            ],
            options={
                'verbose_name': 'bulk action',
                'verbose_name_plural': 'bulk actions',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='BulkTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('skipped', 'Stayed as it was'), ('failed', 'Failed')], default='waiting', max_length=7)),
                ('mail', models.CharField(blank=True, choices=[('', 'None'), ('waiting', 'Waiting'), ('sending', 'Perhaps sent'), ('sent', 'Sent'), ('failed', 'Not sent')], default='', max_length=7)),
                ('reason', models.CharField(blank=True, max_length=120)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('bulk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='analytics.bulkaction')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('query', models.CharField(max_length=1500, verbose_name='filter')),
                ('is_shared', models.BooleanField(default=False, verbose_name='for all staff')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='saved')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'saved filter',
                'verbose_name_plural': 'saved filters',
                'ordering': ['name', 'id'],
            },
        ),
        migrations.AddIndex(
            model_name='bulkaction',
            index=models.Index(condition=models.Q(('state__in', ('queued', 'running'))), fields=['id'], name='analytics_bulkaction_under_way'),
        ),
        migrations.AddConstraint(
            model_name='bulkaction',
            constraint=models.CheckConstraint(condition=models.Q(('total__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('done'), '+', models.F('skipped')), '+', models.F('failed')))), name='analytics_bulkaction_never_more'),
        ),
        migrations.AddIndex(
            model_name='bulktarget',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['bulk', 'user'], name='analytics_bulktarget_waiting'),
        ),
        migrations.AddIndex(
            model_name='bulktarget',
            index=models.Index(condition=models.Q(('mail', 'waiting')), fields=['bulk', 'user'], name='analytics_bulktarget_mails'),
        ),
        migrations.AddConstraint(
            model_name='bulktarget',
            constraint=models.UniqueConstraint(fields=('bulk', 'user'), name='analytics_bulktarget_once'),
        ),
        migrations.AddConstraint(
            model_name='savedfilter',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='analytics_savedfilter_name_once'),
        ),
    ]
