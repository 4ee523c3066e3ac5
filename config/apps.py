"""The admin as this site runs it."""

from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class AdminSite(AdminConfig):
    """Django's admin on the site of `config.admin`: Unfold's look, log-in through the site's own page."""

    default_site = "config.admin.AdminSite"

    def ready(self) -> None:
        """Keep the groups of staff as the matrix says."""
        super().ready()
        from config import rights  # its models are loaded by now

        post_migrate.connect(rights.sync, dispatch_uid="config.rights")
