"""Forms of the account pages: they say what a person may enter, and decide nothing."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.internal.flows.signup import prevent_enumeration
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import names
from accounts.models import User


class SignupForm(AllauthSignupForm):
    """allauth's, with our words and error codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        email, username, password = self.fields["email"], self.fields["username"], self.fields["password1"]
        email.label = _("E-mail")
        email.validators = [names.clean_email]
        email.max_length = None
        email.widget.attrs |= {"placeholder": "you@example.org", "autocomplete": "email"}
        username.label = _("Username")
        username.validators = []
        username.widget.attrs |= {"placeholder": _("What others will see"), "autocomplete": "username"}
        for rule in ("minlength", "maxlength"):
            username.widget.attrs.pop(rule, None)
        password.label = _("Password")
        password.help_text = _("Twelve characters or more. A short sentence works well.")

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the member; a form that was sent twice at once gets the page that an existing address gets."""
        try:
            return super().try_save(request)
        except IntegrityError:
            return None, prevent_enumeration(request, email=self.cleaned_data["email"])


class LoginForm(AllauthLoginForm):
    """allauth's, with our words; a username is found however its letters are written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["login"].label = _("E-mail or username")
        self.fields["login"].max_length = 254
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""

    def clean_login(self) -> str:
        """Return the stored username for any spelling of it; an address as it is."""
        login = super().clean_login()
        if "@" in login:
            return login
        same = User.objects.filter(username_key=names.key_of(login)).values_list("username", flat=True)
        return same.first() or login
