"""Who follows whom, ratings and courses get their projections."""

from django.db import migrations, models

import stats.fields


class Migration(migrations.Migration):

    dependencies = [
        ('stats', '0010_visibility_by_role'),
    ]

    operations = [
        migrations.CreateModel(
            name='CourseCounter',
            fields=[
                ('course', models.UUIDField(primary_key=True, serialize=False)),
                ('enrolled', models.BigIntegerField(db_default=0)),
                ('completed', models.BigIntegerField(db_default=0)),
                ('lessons_completed', models.BigIntegerField(db_default=0)),
                ('quizzes_passed', models.BigIntegerField(db_default=0)),
                ('posts', models.BigIntegerField(db_default=0)),
                ('reviews', models.BigIntegerField(db_default=0)),
                ('stars', models.BigIntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name='CourseMember',
            fields=[
                ('pk', models.CompositePrimaryKey('actor', 'course', blank=True, editable=False, primary_key=True, serialize=False)),
                ('actor', models.UUIDField()),
                ('course', models.UUIDField()),
                ('enrolled_at', stats.fields.InstantField(null=True)),
                ('completed_at', stats.fields.InstantField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='CourseQuiz',
            fields=[
                ('pk', models.CompositePrimaryKey('actor', 'course', 'item_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('actor', models.UUIDField()),
                ('course', models.UUIDField()),
                ('item_id', models.BigIntegerField()),
                ('passes', models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='CourseReview',
            fields=[
                ('pk', models.CompositePrimaryKey('actor', 'course', blank=True, editable=False, primary_key=True, serialize=False)),
                ('actor', models.UUIDField()),
                ('course', models.UUIDField()),
                ('stars', models.SmallIntegerField()),
                ('at', stats.fields.InstantField()),
                ('event_id', models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name='FollowCounter',
            fields=[
                ('actor', models.UUIDField(primary_key=True, serialize=False)),
                ('followers', models.BigIntegerField(db_default=0)),
                ('following', models.BigIntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name='ItemRating',
            fields=[
                ('item_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('ratings', models.BigIntegerField(db_default=0)),
                ('stars', models.BigIntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Rating',
            fields=[
                ('pk', models.CompositePrimaryKey('actor', 'item_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('actor', models.UUIDField()),
                ('item_id', models.BigIntegerField()),
                ('stars', models.SmallIntegerField()),
                ('at', stats.fields.InstantField()),
                ('event_id', models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name='Follow',
            fields=[
                ('pk', models.CompositePrimaryKey('actor', 'target', blank=True, editable=False, primary_key=True, serialize=False)),
                ('actor', models.UUIDField()),
                ('target', models.UUIDField()),
                ('is_on', models.SmallIntegerField()),
                ('at', stats.fields.InstantField()),
                ('event_id', models.UUIDField()),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_on', 1)), fields=['actor', '-at'], name='stats_follow_of_actor'), models.Index(condition=models.Q(('is_on', 1)), fields=['target', '-at'], name='stats_follow_of_target')],
            },
        ),
    ]
