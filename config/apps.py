"""The admin as this site runs it."""

from django.contrib.admin.apps import AdminConfig


class AdminSite(AdminConfig):
    """Django's admin on the site of `config.admin`: Unfold's look, log-in through the site's own page."""

    default_site = "config.admin.AdminSite"
