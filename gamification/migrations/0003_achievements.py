"""Achievements in versions, and the queues of what has to be looked at again."""

import django.db.models.deletion
import django.utils.timezone
import stats.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gamification', '0002_ledger'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Achievement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=64, unique=True)),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('current', models.PositiveIntegerField(default=0)),
                ('position', models.PositiveIntegerField(default=100, verbose_name='position')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('holders', models.BigIntegerField(default=0, verbose_name='members who have it')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'achievement',
                'verbose_name_plural': 'achievements',
                'ordering': ('position', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Recheck',
            fields=[
                ('actor', models.UUIDField(primary_key=True, serialize=False)),
                ('at', stats.fields.InstantField()),
                ('is_quiet', models.SmallIntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name='AchievementVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('description', models.CharField(max_length=300, verbose_name='description')),
                ('category', models.CharField(blank=True, max_length=40, verbose_name='category')),
                ('icon', models.CharField(blank=True, max_length=40, verbose_name='icon')),
                ('numeral', models.CharField(blank=True, max_length=4, verbose_name='numeral')),
                ('color', models.CharField(blank=True, max_length=7, verbose_name='badge colour')),
                ('metric', models.CharField(max_length=64, verbose_name='metric')),
                ('window', models.CharField(default='all', max_length=8, verbose_name='window')),
                ('tiers', models.JSONField(default=list, verbose_name='tiers')),
                ('every', models.FloatField(default=0, verbose_name='repeated every')),
                ('is_hidden', models.BooleanField(default=False, verbose_name='hidden until unlocked')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('achievement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='gamification.achievement')),
                ('written_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'version',
                'verbose_name_plural': 'versions',
                'constraints': [models.UniqueConstraint(fields=('achievement', 'number'), name='gamification_achievementversion_once'), models.CheckConstraint(condition=models.Q(('every__gte', 0)), name='gamification_achievementversion_every')],
            },
        ),
        migrations.CreateModel(
            name='Backfill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('after', models.UUIDField(null=True)),
                ('unlocked', models.BigIntegerField(default=0)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('achievement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backfills', to='gamification.achievement')),
            ],
            options={
                'indexes': [models.Index(models.F('started_at'), condition=models.Q(('finished_at', None)), name='gamification_backfill_open')],
            },
        ),
        migrations.CreateModel(
            name='Withheld',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor', models.UUIDField()),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('achievement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='withheld', to='gamification.achievement')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'withheld achievement',
                'verbose_name_plural': 'withheld achievements',
                'constraints': [models.UniqueConstraint(fields=('actor', 'achievement'), name='gamification_withheld_once')],
            },
        ),
    ]
