"""The form of a channel's look."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.branding.models import Accent, Branding
from accounts.forms import PictureField


class BrandingForm(forms.ModelForm):
    """Colour, banner and a line."""

    accent = forms.ChoiceField(label=_("Colour"), choices=Accent.choices, widget=forms.RadioSelect)
    banner = PictureField(
        size=(1600, 400),
        label=_("New banner"),
        required=False,
        help_text=_("JPEG, PNG, WebP or GIF, up to 5 MB. We keep the middle, four times as wide as high."),
    )
    no_banner = forms.BooleanField(label=_("Without a banner"), required=False)

    class Meta:
        model = Branding
        fields = ("accent", "tagline")
