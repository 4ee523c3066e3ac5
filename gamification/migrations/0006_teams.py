"""Teams and challenges."""

import django.db.models.deletion
import django.utils.timezone
import stats.fields
import stats.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gamification', '0005_boards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('name_key', models.CharField(editable=False, max_length=160)),
                ('about', models.CharField(blank=True, max_length=300, verbose_name='about')),
                ('is_open', models.BooleanField(default=False, verbose_name='open to everybody')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='founded')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
            ],
            options={
                'verbose_name': 'team',
                'verbose_name_plural': 'teams',
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('name_key',), name='gamification_team_name')],
            },
        ),
        migrations.CreateModel(
            name='Challenge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('about', models.CharField(blank=True, max_length=500, verbose_name='about')),
                ('metric', models.CharField(max_length=64, verbose_name='what counts')),
                ('who', models.CharField(choices=[('members', 'Each for themselves'), ('teams', 'Teams')], default='members', max_length=7, verbose_name='who competes')),
                ('goal', models.FloatField(blank=True, null=True, verbose_name='goal')),
                ('zone', models.CharField(max_length=64, verbose_name='time zone')),
                ('starts_on', models.DateField(verbose_name='first day')),
                ('ends_on', models.DateField(verbose_name='last day')),
                ('starts_at', models.DateTimeField(verbose_name='starts')),
                ('ends_at', models.DateTimeField(verbose_name='ends')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled')),
                ('counted_at', models.DateTimeField(blank=True, null=True, verbose_name='counted')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='challenges', to='gamification.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'challenge',
                'verbose_name_plural': 'challenges',
            },
        ),
        migrations.CreateModel(
            name='TeamInvitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='open', max_length=9, verbose_name='state')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='invited')),
                ('expires_at', models.DateTimeField(verbose_name='expires')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='team_invitations', to=settings.AUTH_USER_MODEL, verbose_name='member')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='gamification.team')),
            ],
            options={
                'verbose_name': 'invitation into a team',
                'verbose_name_plural': 'invitations into teams',
            },
        ),
        migrations.CreateModel(
            name='TeamLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=stats.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made')),
                ('expires_at', models.DateTimeField(verbose_name='expires')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='gamification.team')),
            ],
            options={
                'verbose_name': 'link into a team',
                'verbose_name_plural': 'links into teams',
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('captain', 'Captain'), ('member', 'Member')], default='member', max_length=7, verbose_name='role')),
                ('joined_at', stats.fields.InstantField(verbose_name='joined')),
                ('left_at', stats.fields.InstantField(blank=True, null=True, verbose_name='left')),
                ('member', models.ForeignKey(db_column='actor', on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, to_field='uuid', verbose_name='member')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='gamification.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'membership',
                'verbose_name_plural': 'memberships',
                'constraints': [models.UniqueConstraint(condition=models.Q(('left_at', None)), fields=('member',), name='gamification_membership_one_team'), models.UniqueConstraint(condition=models.Q(('left_at', None), ('role', 'owner')), fields=('team',), name='gamification_membership_one_owner'), models.CheckConstraint(condition=models.Q(('left_at', None), ('left_at__gte', models.F('joined_at')), _connector='OR'), name='gamification_membership_forward')],
            },
        ),
        migrations.CreateModel(
            name='TeamScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.CharField(blank=True, max_length=8)),
                ('xp', models.BigIntegerField()),
                ('members', models.PositiveIntegerField()),
                ('counted_at', models.DateTimeField()),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='gamification.team')),
            ],
            options={
                'indexes': [models.Index(fields=['period', '-xp', 'team'], name='gamification_teamscore_by_xp')],
                'constraints': [models.UniqueConstraint(fields=('team', 'period'), name='gamification_teamscore_once')],
            },
        ),
        migrations.CreateModel(
            name='Entrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('value', models.FloatField(default=0)),
                ('reached_at', models.DateTimeField(blank=True, null=True)),
                ('place', models.PositiveIntegerField(blank=True, null=True)),
                ('challenge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entrants', to='gamification.challenge')),
                ('member', models.ForeignKey(db_column='actor', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, to_field='uuid')),
                ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gamification.team')),
            ],
            options={
                'indexes': [models.Index(fields=['challenge', '-value', 'reached_at', 'id'], name='gamification_entrant_by_value')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('member', None), ('team__isnull', False)), models.Q(('member__isnull', False), ('team', None)), _connector='OR'), name='gamification_entrant_one_or_other'), models.UniqueConstraint(fields=('challenge', 'member'), name='gamification_entrant_member_once'), models.UniqueConstraint(fields=('challenge', 'team'), name='gamification_entrant_team_once')],
            },
        ),
        migrations.AddIndex(
            model_name='challenge',
            index=models.Index(condition=models.Q(('cancelled_at', None), ('closed_at', None)), fields=['starts_at'], name='gamification_challenge_open'),
        ),
        migrations.AddIndex(
            model_name='challenge',
            index=models.Index(fields=['-ends_at', '-id'], name='gamification_challenge_latest'),
        ),
        migrations.AddConstraint(
            model_name='challenge',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at')), ('ends_on__gte', models.F('starts_on'))), name='gamification_challenge_forward'),
        ),
        migrations.AddConstraint(
            model_name='challenge',
            constraint=models.CheckConstraint(condition=models.Q(('goal', None), ('goal__gt', 0), _connector='OR'), name='gamification_challenge_goal'),
        ),
        migrations.AddConstraint(
            model_name='teaminvitation',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('team', 'member'), name='gamification_teaminvitation_once'),
        ),
        migrations.AddConstraint(
            model_name='teaminvitation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='gamification_teaminvitation_answered_when'),
        ),
    ]
