"""Signs of life of the processes that no request reaches, and the models of the back office's parts."""

from django.db import models

from analytics.people.models import BulkAction, BulkTarget, Followers, Numbers, SavedFilter, Standing

__all__ = ["BulkAction", "BulkTarget", "Followers", "Heartbeat", "Numbers", "SavedFilter", "Standing"]


class Heartbeat(models.Model):
    """When a background process last said that it works."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
