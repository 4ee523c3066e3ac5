"""Signs of life of the processes that no request reaches."""

from django.db import models


class Heartbeat(models.Model):
    """When a background process last said that it works."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
