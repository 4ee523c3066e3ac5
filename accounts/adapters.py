"""Where allauth asks us: names, addresses, and what happens at the door."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import names
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """allauth's, with our rules for usernames and addresses."""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the username in NFKC; refuse what is reserved, misleading or taken."""
        username = names.clean_username(username)
        if not shallow and User.objects.filter(username_key=names.key_of(username)).exists():
            raise ValidationError(_("This username is not available."), code="username_unavailable")
        return username

    def clean_email(self, email: str) -> str:
        """Return the address in lower case; refuse what is none."""
        return names.clean_email(email)

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Give wrong, used and expired codes one answer: which of them it was helps nobody honest."""
        error = super().validation_error(code, *args)
        if code in {"incorrect_code", "invalid_or_expired_key", "invalid_password_reset"}:
            return ValidationError(
                _("This code is wrong or no longer valid."), code="invalid_or_expired_token"
            )
        return error
