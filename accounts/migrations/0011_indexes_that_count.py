from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_disputes")]

    operations = [
        migrations.RemoveIndex(model_name="subscription", name="accounts_subscription_over"),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("status__in", ("trialing", "active", "past_due"))),
                fields=["current_period_end", "starts_at", "plan", "user"],
                name="accounts_subscription_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_active", False), ("is_staff", True), ("opted_out", True), _connector="OR"),
                fields=["is_active", "is_staff", "is_superuser", "opted_out"],
                name="accounts_user_unusual",
            ),
        ),
    ]
