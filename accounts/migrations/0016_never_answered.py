from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_erasures'),
    ]

    operations = [
        migrations.AlterField(
            model_name='charge',
            name='state',
            field=models.CharField(choices=[('claimed', 'Claimed'), ('pending', 'Waiting'), ('paid', 'Paid'), ('failed', 'Failed'), ('stale', 'Out of date'), ('unknown', 'Nobody knows')], default='claimed', max_length=7),
        ),
        migrations.AlterField(
            model_name='refundclaim',
            name='state',
            field=models.CharField(choices=[('claimed', 'Claimed'), ('pending', 'Waiting'), ('paid', 'Paid'), ('failed', 'Failed'), ('stale', 'Out of date'), ('unknown', 'Nobody knows')], default='claimed', max_length=7),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(condition=models.Q(('state', 'unknown')), fields=['claimed_at'], name='accounts_charge_unknown'),
        ),
    ]
