"""What is asked for on the page where credentials are checked."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from gamification.credentials import pacing, reading
from gamification.credentials.checking import LONGEST


class CheckForm(forms.Form):
    """A credential as a text, an address or a file, and whose it is said to be."""

    text = forms.CharField(
        label=_("Credential"),
        required=False,
        max_length=LONGEST,
        help_text=_("The text of the credential, or the address of one of this site."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("A badge as PNG, a .jwt or a .json file, up to 2 MB."),
        widget=forms.FileInput(attrs={"accept": ".png,.jwt,.jws,.json,image/png"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        help_text=_("Of the person who says that it is theirs. We compare it and do not keep it."),
    )

    def __init__(self, *args: Any, too_fast: pacing.TooFast | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.too_fast = too_fast

    def clean(self) -> dict[str, Any]:
        """Read the credential, which is `credential` then."""
        cleaned = super().clean() or {}
        if self.too_fast:
            raise forms.ValidationError(str(self.too_fast), code="rate_limited")
        upload: UploadedFile | None = cleaned.get("file")
        text = cleaned.get("text", "")
        if self.errors:
            return cleaned
        if bool(upload) == bool(text.strip()):
            raise forms.ValidationError(_("Paste a credential or choose a file, one of the two."), code="one_of_two")
        try:
            if upload is None:
                cleaned["credential"] = reading.of_text(text)
            elif (upload.size or 0) > reading.MOST_BYTES:
                raise reading.Unreadable(_("This file is larger than 2 MB."))
            else:
                cleaned["credential"] = reading.of_file(upload.read())
        except reading.Unreadable as refusal:
            raise forms.ValidationError(str(refusal), code="unreadable") from refusal
        return cleaned
