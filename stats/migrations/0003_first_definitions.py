"""A play's key has its item and start, a member's external name its moment. Both are projections, so they are made anew:

`manage.py rebuild_stats` fills them from the log.
"""

import stats.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('stats', '0002_event_log'),
    ]

    operations = [
        migrations.DeleteModel(name='ExternalUser'),
        migrations.DeleteModel(name='Play'),
        migrations.CreateModel(
            name='ExternalUser',
            fields=[
                ('pk', models.CompositePrimaryKey('source_id', 'external_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('source_id', models.IntegerField()),
                ('external_id', models.CharField(max_length=200)),
                ('actor', models.UUIDField()),
                ('at', stats.fields.InstantField()),
                ('event_id', models.UUIDField()),
            ],
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
                ('latest', models.UUIDField()),
                ('session_id', models.TextField(null=True)),
                ('play_source', models.TextField(null=True)),
                ('playlist', models.UUIDField(null=True)),
                ('quality', models.TextField(null=True)),
            ],
        ),
    ]
