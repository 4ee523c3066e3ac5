"""The form of a channel's look."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts import pictures
from accounts.branding.models import Accent, Branding

WIDTH, HEIGHT = 1600, 400


class BrandingForm(forms.ModelForm):
    """Colour, banner and a line."""

    accent = forms.ChoiceField(label=_("Colour"), choices=Accent.choices, widget=forms.RadioSelect)
    banner = forms.FileField(
        label=_("New banner"),
        required=False,
        help_text=_("JPEG, PNG, WebP or GIF, up to 5 MB. We keep the middle, four times as wide as high."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    no_banner = forms.BooleanField(label=_("Without a banner"), required=False)

    class Meta:
        model = Branding
        fields = ("accent", "tagline")

    def clean_banner(self) -> bytes | None:
        """Return the banner as it will be kept."""
        upload: UploadedFile | None = self.cleaned_data["banner"]
        if upload is None:
            return None
        if upload.size is None or upload.size > pictures.MAX_BYTES:
            raise forms.ValidationError(_("This file is larger than 5 MB."), code="file_too_large")
        try:
            return pictures.middle(upload.file, WIDTH, HEIGHT)  # type: ignore[arg-type]
        except pictures.UnreadablePicture as error:
            raise forms.ValidationError(str(error), code=error.code) from error
