"""Rules for passwords that Django does not bring."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class MaximumLengthValidator:
    """Refuse what is longer than `max_length`: every character counts, nothing is cut off silently."""

    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError `too_long`."""
        if len(password) > self.max_length:
            raise ValidationError(
                _("A password has at most %(most)d characters."), code="too_long", params={"most": self.max_length}
            )

    def get_help_text(self) -> str:
        """Say the rule."""
        return _("A password has at most %(most)d characters.") % {"most": self.max_length}
