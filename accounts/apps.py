"""Users, roles, plans, subscriptions, guests."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, roles, plans, subscriptions, guests."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
