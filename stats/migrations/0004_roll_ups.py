"""Roll-ups by day, actions and audiences. Plays have new columns, so they are made anew.

`manage.py rebuild_stats` fills all of them from the log.
"""

import stats.fields
from django.db import migrations, models


def index_days(apps, schema_editor):
    """Make plays and actions of a span of days quick to find: they lie in the order of time."""
    way = "USING brin (day)" if schema_editor.connection.vendor == "postgresql" else "(day)"
    for table in ("stats_play", "stats_action"):
        schema_editor.execute(f"CREATE INDEX {table}_by_day ON {table} {way}")


class Migration(migrations.Migration):

    dependencies = [
        ('stats', '0003_first_definitions'),
    ]

    operations = [
        migrations.DeleteModel(name='Play'),
        migrations.CreateModel(
            name='ActorDay',
            fields=[
                ('pk', models.CompositePrimaryKey('actor', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('actor', models.UUIDField()),
                ('day', models.DateField()),
                ('plays', models.IntegerField(db_default=0)),
                ('views', models.IntegerField(db_default=0)),
                ('completed', models.IntegerField(db_default=0)),
                ('played_ms', models.BigIntegerField(db_default=0)),
                ('interactions', models.IntegerField(db_default=0)),
                ('uploads', models.IntegerField(db_default=0)),
                ('acts', models.IntegerField(db_default=0)),
                ('previous', models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='BuiltPeriod',
            fields=[
                ('pk', models.CompositePrimaryKey('grain', 'start', blank=True, editable=False, primary_key=True, serialize=False)),
                ('grain', models.CharField(max_length=1)),
                ('start', models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name='DayAudience',
            fields=[
                ('pk', models.CompositePrimaryKey('scope', 'key', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('scope', models.CharField(max_length=1)),
                ('key', models.BigIntegerField()),
                ('day', models.DateField()),
                ('people', models.IntegerField()),
                ('replays', models.IntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['day'], name='stats_dayaudience_by_day')],
            },
        ),
        migrations.CreateModel(
            name='DirtyDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item_id', models.BigIntegerField()),
                ('source_id', models.IntegerField()),
                ('day', models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name='KindDay',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'source_id', 'kind', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('source_id', models.IntegerField()),
                ('kind', models.TextField()),
                ('events', models.IntegerField(db_default=0)),
                ('amount', models.BigIntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name='PeopleCell',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'previous', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('previous', models.DateField()),
                ('people', models.IntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name='PlayPart',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'part', 'value', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('part', models.TextField()),
                ('value', models.TextField()),
                ('plays', models.IntegerField(db_default=0)),
                ('views', models.IntegerField(db_default=0)),
                ('completed', models.IntegerField(db_default=0)),
                ('played_ms', models.BigIntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name='RollupDay',
            fields=[
                ('plays', models.IntegerField(db_default=0)),
                ('views', models.IntegerField(db_default=0)),
                ('completed', models.IntegerField(db_default=0)),
                ('skipped', models.IntegerField(db_default=0)),
                ('measured', models.IntegerField(db_default=0)),
                ('completion_bp', models.BigIntegerField(db_default=0)),
                ('played_ms', models.BigIntegerField(db_default=0)),
                ('covered_ms', models.BigIntegerField(db_default=0)),
                ('from_landing', models.IntegerField(db_default=0)),
                ('from_playlist', models.IntegerField(db_default=0)),
                ('from_search', models.IntegerField(db_default=0)),
                ('from_direct', models.IntegerField(db_default=0)),
                ('from_share', models.IntegerField(db_default=0)),
                ('from_player', models.IntegerField(db_default=0)),
                ('likes', models.IntegerField(db_default=0)),
                ('unlikes', models.IntegerField(db_default=0)),
                ('saves', models.IntegerField(db_default=0)),
                ('unsaves', models.IntegerField(db_default=0)),
                ('shares', models.IntegerField(db_default=0)),
                ('downloads', models.IntegerField(db_default=0)),
                ('comments', models.IntegerField(db_default=0)),
                ('comments_deleted', models.IntegerField(db_default=0)),
                ('ratings', models.IntegerField(db_default=0)),
                ('stars', models.BigIntegerField(db_default=0)),
                ('via_twitter', models.IntegerField(db_default=0)),
                ('via_facebook', models.IntegerField(db_default=0)),
                ('via_instagram', models.IntegerField(db_default=0)),
                ('via_whatsapp', models.IntegerField(db_default=0)),
                ('via_copy_link', models.IntegerField(db_default=0)),
                ('via_embed', models.IntegerField(db_default=0)),
                ('via_email', models.IntegerField(db_default=0)),
                ('via_qr_code', models.IntegerField(db_default=0)),
                ('pk', models.CompositePrimaryKey('scope', 'key', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('scope', models.CharField(max_length=1)),
                ('key', models.BigIntegerField()),
                ('day', models.DateField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RollupPeriod',
            fields=[
                ('plays', models.IntegerField(db_default=0)),
                ('views', models.IntegerField(db_default=0)),
                ('completed', models.IntegerField(db_default=0)),
                ('skipped', models.IntegerField(db_default=0)),
                ('measured', models.IntegerField(db_default=0)),
                ('completion_bp', models.BigIntegerField(db_default=0)),
                ('played_ms', models.BigIntegerField(db_default=0)),
                ('covered_ms', models.BigIntegerField(db_default=0)),
                ('from_landing', models.IntegerField(db_default=0)),
                ('from_playlist', models.IntegerField(db_default=0)),
                ('from_search', models.IntegerField(db_default=0)),
                ('from_direct', models.IntegerField(db_default=0)),
                ('from_share', models.IntegerField(db_default=0)),
                ('from_player', models.IntegerField(db_default=0)),
                ('likes', models.IntegerField(db_default=0)),
                ('unlikes', models.IntegerField(db_default=0)),
                ('saves', models.IntegerField(db_default=0)),
                ('unsaves', models.IntegerField(db_default=0)),
                ('shares', models.IntegerField(db_default=0)),
                ('downloads', models.IntegerField(db_default=0)),
                ('comments', models.IntegerField(db_default=0)),
                ('comments_deleted', models.IntegerField(db_default=0)),
                ('ratings', models.IntegerField(db_default=0)),
                ('stars', models.BigIntegerField(db_default=0)),
                ('via_twitter', models.IntegerField(db_default=0)),
                ('via_facebook', models.IntegerField(db_default=0)),
                ('via_instagram', models.IntegerField(db_default=0)),
                ('via_whatsapp', models.IntegerField(db_default=0)),
                ('via_copy_link', models.IntegerField(db_default=0)),
                ('via_embed', models.IntegerField(db_default=0)),
                ('via_email', models.IntegerField(db_default=0)),
                ('via_qr_code', models.IntegerField(db_default=0)),
                ('pk', models.CompositePrimaryKey('grain', 'start', 'scope', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('grain', models.CharField(max_length=1)),
                ('start', models.DateField()),
                ('scope', models.CharField(max_length=1)),
                ('key', models.BigIntegerField()),
                ('people', models.IntegerField()),
                ('replays', models.IntegerField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Action',
            fields=[
                ('pk', models.CompositePrimaryKey('actor', 'at', 'event_id', 'source_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('actor', models.UUIDField()),
                ('at', stats.fields.InstantField()),
                ('event_id', models.UUIDField()),
                ('source_id', models.IntegerField()),
                ('actor_type', models.CharField(max_length=1)),
                ('kind', models.TextField()),
                ('day', models.DateField()),
                ('item_id', models.BigIntegerField(null=True)),
                ('session_id', models.TextField(null=True)),
                ('playlist', models.UUIDField(null=True)),
                ('label', models.TextField(null=True)),
                ('amount', models.BigIntegerField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('item_id__isnull', False)), fields=['item_id', 'day'], name='stats_action_by_item'), models.Index(fields=['at'], name='stats_action_by_time')],
            },
        ),
        migrations.CreateModel(
            name='Play',
            fields=[
                ('pk', models.CompositePrimaryKey('actor', 'source_id', 'play_id', 'item_id', 'client_start', blank=True, editable=False, primary_key=True, serialize=False)),
                ('actor', models.UUIDField()),
                ('source_id', models.IntegerField()),
                ('play_id', models.CharField(max_length=64)),
                ('actor_type', models.CharField(max_length=1)),
                ('item_id', models.BigIntegerField()),
                ('item_type', models.CharField(max_length=8)),
                ('started_at', stats.fields.InstantField()),
                ('client_start', models.BigIntegerField()),
                ('reported_at', stats.fields.InstantField()),
                ('played_ms', models.BigIntegerField()),
                ('media_ms', models.BigIntegerField(null=True)),
                ('covered_ms', models.BigIntegerField()),
                ('position_ms', models.BigIntegerField()),
                ('ranges', models.TextField()),
                ('is_view', models.SmallIntegerField()),
                ('is_completed', models.SmallIntegerField()),
                ('is_skipped', models.SmallIntegerField()),
                ('completion_bp', models.IntegerField()),
                ('latest', models.UUIDField()),
                ('session_id', models.TextField(null=True)),
                ('play_source', models.TextField(null=True)),
                ('playlist', models.UUIDField(null=True)),
                ('quality', models.TextField(null=True)),
                ('speed', models.FloatField(null=True)),
                ('day', models.DateField()),
            ],
            options={
                'indexes': [models.Index(fields=['item_id', 'day', 'actor'], name='stats_play_by_item'), models.Index(fields=['started_at'], name='stats_play_by_start')],
            },
        ),
        migrations.RunPython(index_days, migrations.RunPython.noop),
    ]
