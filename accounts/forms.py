"""Forms of the account pages: they say what a person may enter, and decide nothing."""

from datetime import date
from typing import Any, cast

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.internal.flows.signup import prevent_enumeration
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import names, pictures
from accounts.models import Theme, User
from stats.kinds import CONTENT_TYPES
from stats.windows import zone_names


class SignupForm(AllauthSignupForm):
    """allauth's, with our words and error codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        email, username, password = self.fields["email"], self.fields["username"], self.fields["password1"]
        email.label = _("E-mail")
        email.validators = [names.clean_email]
        email.widget.attrs |= {"placeholder": "you@example.org", "autocomplete": "email"}
        username.label = _("Username")
        username.validators = []
        username.widget.attrs |= {"placeholder": _("What others will see"), "autocomplete": "username"}
        for rule in ("minlength", "maxlength"):
            email.widget.attrs.pop(rule, None)
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
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def clean_login(self) -> str:
        """Return the stored username for any spelling of it; an address as it is."""
        login = super().clean_login()
        if "@" in login:
            return login
        same = User.objects.filter(username_key=names.key_of(login)).values_list("username", flat=True)
        return same.first() or login


class DetailsForm(forms.ModelForm):
    """Who one is."""

    class Meta:
        model = User
        fields = ("first_name", "last_name", "bio")
        labels = {"first_name": _("First name"), "last_name": _("Last name"), "bio": _("About you")}
        help_texts = {"bio": _("One or two sentences for your profile.")}
        widgets = {"bio": forms.Textarea(attrs={"rows": 3})}


class PictureField(forms.FileField):
    """A picture, of which the middle is kept in a size; its value is the picture as it will be kept, None without one."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"})

    def __init__(self, *, size: tuple[int, int], **options: Any) -> None:
        super().__init__(**options)
        self.size = size

    def clean(self, data: Any, initial: Any = None) -> bytes | None:
        """Return the picture as it will be kept. Raises ValidationError `file_too_large` or why it cannot be read."""
        upload: UploadedFile | None = super().clean(data, initial)
        if not upload:
            return None
        if upload.size is None or upload.size > pictures.MAX_BYTES:
            raise forms.ValidationError(_("This file is larger than 5 MB."), code="file_too_large")
        try:
            return pictures.middle(upload.file, *self.size)  # type: ignore[arg-type]
        except pictures.UnreadablePicture as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class PictureForm(forms.Form):
    """A picture of oneself."""

    picture = PictureField(
        size=(pictures.SIDE, pictures.SIDE),
        label=_("New picture"),
        help_text=_("JPEG, PNG, WebP or GIF, up to 5 MB. We keep the middle as a small square."),
    )


class PreferencesForm(forms.ModelForm):
    """How one sees the site."""

    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices, widget=forms.RadioSelect)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, help_text=_("Your days begin and end by it."))
    locale = forms.ChoiceField(label=_("Language"), required=False)

    class Meta:
        model = User
        fields = ("theme", "time_zone", "locale")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(name for name in zone_names() if "/" in name and not name.startswith("Etc/"))
        site = _("As the site (%(zone)s)") % {"zone": settings.TIME_ZONE}
        cast(forms.ChoiceField, self.fields["time_zone"]).choices = [
            ("", site),
            ("UTC", "UTC"),
            *((name, name.replace("_", " ")) for name in zones),
        ]
        cast(forms.ChoiceField, self.fields["locale"]).choices = [("", _("As the browser asks")), *settings.LANGUAGES]


class PrivacyForm(forms.ModelForm):
    """What is recorded of one."""

    class Meta:
        model = User
        fields = ("opted_out",)
        labels = {"opted_out": _("Do not record what I watch and open")}
        help_texts = {
            "opted_out": _(
                "Your history, resume positions and watched hours stop growing. What you like, comment on, share or"
                " upload still counts, and nothing that was counted goes away."
            )
        }


class HistoryFilter(forms.Form):
    """Which part of the history to show. What does not fit is left out."""

    type = forms.ChoiceField(choices=[(kind, kind) for kind in CONTENT_TYPES], required=False)
    day = forms.DateField(required=False)
    text = forms.CharField(max_length=200, required=False)

    def filters(self) -> dict[str, Any]:
        """Return what `stats.history` filters by."""
        self.is_valid()
        day: date | None = self.cleaned_data.get("day")
        return {"type": self.cleaned_data.get("type") or None, "day": day, "text": self.cleaned_data.get("text", "")}
