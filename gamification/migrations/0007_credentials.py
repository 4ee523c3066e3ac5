"""Keys that sign, and credentials that members have taken along."""

import django.db.models.deletion
import django.utils.timezone
import gamification.credentials.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gamification', '0006_teams'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SigningKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(default=gamification.credentials.models.new_name, editable=False, max_length=16, unique=True)),
                ('algorithm', models.CharField(default='RS256', editable=False, max_length=10)),
                ('public', models.JSONField()),
                ('private', models.TextField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('algorithm',), name='gamification_signingkey_one_signs'), models.CheckConstraint(condition=models.Q(('revoked_at', None), ('retired_at__isnull', False), _connector='OR'), name='gamification_signingkey_revoked_rests')],
            },
        ),
        migrations.CreateModel(
            name='Credential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=64)),
                ('tier', models.IntegerField()),
                ('cycle', models.IntegerField()),
                ('version', models.IntegerField()),
                ('identity', models.CharField(max_length=80)),
                ('salt', models.CharField(max_length=32)),
                ('text', models.TextField()),
                ('issued_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='credentials', to=settings.AUTH_USER_MODEL)),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credentials', to='gamification.signingkey')),
            ],
            options={
                'indexes': [models.Index(fields=['name', 'tier'], name='gamification_credential_name')],
                'constraints': [models.UniqueConstraint(fields=('user', 'name', 'tier', 'cycle'), name='gamification_credential_once')],
            },
        ),
    ]
