"""The form that ends an account."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class EraseForm(forms.Form):
    """Name and password: nobody erases an account by a stray press, or at a screen that was left open."""

    username = forms.CharField(label=_("Your username"), max_length=150)
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_username(self) -> str:
        """Refuse another name than one's own."""
        if self.cleaned_data["username"] != self.person.username:
            raise ValidationError(_("This is not your username."), code="wrong_username")
        return self.cleaned_data["username"]

    def clean_password(self) -> str:
        """Refuse a wrong password."""
        if not self.person.check_password(self.cleaned_data["password"]):
            raise ValidationError(_("This is not your password."), code="wrong_password")
        return self.cleaned_data["password"]
