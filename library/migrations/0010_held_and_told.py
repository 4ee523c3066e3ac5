
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('library', '0009_discussions'),
        ('stats', '0011_follows_ratings_courses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='media',
            name='held_for',
            field=models.CharField(blank=True, choices=[('spam', 'Spam or advertising'), ('abuse', 'Insults or threatens somebody'), ('harm', 'Dangerous or against the law'), ('privacy', 'Shows something private'), ('rights', 'Belongs to somebody else'), ('other', 'Something else')], db_default='', default='', max_length=8, verbose_name='hidden by the staff for'),
        ),
        migrations.AddField(
            model_name='notification',
            name='words',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='report',
            name='appeal',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='appeals', to='stats.item'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('appeal__isnull', False)), fields=('reporter', 'appeal'), name='library_report_appeal_once'),
        ),
    ]
