"""Where allauth asks us: names, addresses, and what happens at the door."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import guests, members, names, referrals
from accounts.models import User
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

ONE_ANSWER = {"incorrect_code", "invalid_or_expired_key", "invalid_password_reset"}


class AccountAdapter(DefaultAccountAdapter):
    """allauth's, with our rules for usernames and addresses, and with the events of coming and going."""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the username in NFKC; refuse what is reserved, misleading or taken."""
        username = names.clean_username(username)
        if not shallow and not members.is_username_free(username):
            raise ValidationError(_("This username is not available."), code="username_unavailable")
        return username

    def clean_email(self, email: str) -> str:
        """Return the address in lower case; refuse what is none."""
        return names.clean_email(email)

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Give wrong, used and expired codes one answer: which of them it was helps nobody honest."""
        if code in ONE_ANSWER:
            return ValidationError(_("This code is wrong or no longer valid."), code="invalid_or_expired_token")
        return super().validation_error(code, *args)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Store a new member, and who brought them along, and record the sign-up with it."""
        if not commit:
            return super().save_user(request, user, form, commit=False)
        with ledger.recording():
            user = super().save_user(request, user, form)
            referrals.note(user, request)
            ledger.record(Kind.SIGNUP, user_actor(user.uuid))
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Log in, and make what the guest did the member's.

        A sign-up is claimed here too, at the log-in that follows the code: claimed earlier, the missing guest cookie
        would tell whether an address was new.
        """
        request.is_first_login = user.last_login is None  # type: ignore[attr-defined]
        super().login(request, user)
        actor = user_actor(user.uuid)
        with ledger.recording():
            ledger.record(Kind.LOGIN, actor)
            guests.claim(guests.token_of(request), actor)
            referrals.confirm(user)
        request.actor = actor  # type: ignore[attr-defined]

    def logout(self, request: HttpRequest) -> None:
        """Record the log-out, then log out."""
        with ledger.recording():
            ledger.record(Kind.LOGOUT, user_actor(request.user.uuid))  # type: ignore[union-attr]
        super().logout(request)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Welcome nobody back who has never been here: a new member has just read that the address is confirmed."""
        if message_template == "account/messages/logged_in.txt" and getattr(request, "is_first_login", False):
            return
        super().add_message(request, level, message_template, *args, **kwargs)
