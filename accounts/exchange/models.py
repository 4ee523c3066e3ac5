"""What an imported member was called where they came from."""

from django.conf import settings
from django.db import models


class ImportedUser(models.Model):
    """A member's id in the files that they came from, and the role there, of which `admin` gives no rights here."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="imported")
    external_id = models.CharField(max_length=200, unique=True)
    role = models.CharField(max_length=10)

    class Meta:
        app_label = "accounts"

    def __str__(self) -> str:
        return f"{self.external_id}: {self.user}"
