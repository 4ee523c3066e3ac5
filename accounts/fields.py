"""Columns that keep their values in the form in which they are compared."""

import unicodedata
from typing import Any

from django.db import models

from accounts import names


class AddressField(models.EmailField):
    """An e-mail address, stored and looked up in lower case."""

    def get_prep_value(self, value: Any) -> Any:
        """Write and compare in lower case."""
        value = super().get_prep_value(value)
        return value.strip().lower() if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Leave the row in memory as the row in the database is."""
        value = self.get_prep_value(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class UsernameField(models.CharField):
    """A username, stored and looked up in NFKC."""

    def get_prep_value(self, value: Any) -> Any:
        """Write and compare in NFKC."""
        value = super().get_prep_value(value)
        return unicodedata.normalize("NFKC", value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Leave the row in memory as the row in the database is."""
        value = self.get_prep_value(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class UsernameKeyField(models.CharField):
    """What `username` is compared by; filled from it whenever the row is saved."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Follow the username."""
        value = names.key_of(model_instance.username)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)
        return value
