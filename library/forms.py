"""Forms of the library's pages. They check shapes; what a file is, is found out by `probing`."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from library import formats, queries
from library.models import Category, Comment
from library.receiving import Received
from library.uploads import Details
from stats.kinds import SHARE_PLATFORMS
from stats.models import ItemType, Visibility

MAX_TAGS = 10
MAX_TAG = 30
INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def one_line(text: str) -> str:
    """Return text without what cannot be seen: control, direction and zero-width characters."""
    return re.sub(r"\s+", " ", INVISIBLE.sub(" ", text)).strip()


class DetailsForm(forms.Form):
    """What the owner says about an item."""

    title = forms.CharField(label=_("Title"), max_length=200)
    description = forms.CharField(
        label=_("Description"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    category = forms.ChoiceField(label=_("Category"), choices=Category.choices, initial=Category.OTHER)
    tags = forms.CharField(
        label=_("Tags"), max_length=400, required=False, help_text=_("Up to ten, with commas between them.")
    )
    visibility = forms.ChoiceField(
        label=_("Who may see it"),
        choices=[
            (Visibility.PUBLIC, _("Everybody")),
            (Visibility.UNLISTED, _("Everybody who has the link")),
            (Visibility.PRIVATE, _("Only you")),
        ],
        initial=Visibility.PUBLIC,
    )

    def clean_title(self) -> str:
        """Return the title on one line."""
        return one_line(self.cleaned_data["title"])

    def clean_tags(self) -> list[str]:
        """Return the tags as a list without repetitions."""
        tags = [one_line(tag).lower() for tag in self.cleaned_data["tags"].split(",")]
        tags = list(dict.fromkeys(filter(None, tags)))
        if len(tags) > MAX_TAGS:
            raise ValidationError(_("These are more than ten tags."), code="too_many")
        if any(len(tag) > MAX_TAG for tag in tags):
            raise ValidationError(_("A tag has at most 30 letters."), code="too_long")
        return tags

    def details(self) -> Details:
        """Return what was said. Only after `is_valid()`."""
        names = ("title", "description", "category", "visibility", "tags")
        return Details(**{name: self.cleaned_data[name] for name in names if name in self.cleaned_data})


class UploadForm(DetailsForm):
    """A file and what the owner says about it; the title may be left to the file's name."""

    field_order = ["file", "title", "description", "category", "tags", "visibility"]
    title = forms.CharField(
        label=_("Title"), max_length=200, required=False, help_text=_("Without one, the file's name is taken.")
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": f"video/*,audio/*,image/*,{formats.ACCEPTED}"}),
    )

    def clean_file(self) -> Received:
        """Return the file that arrived; what it is, is found out later."""
        if not self.cleaned_data["file"]:
            raise ValidationError(_("Choose a file."), code="file_required")
        return self.cleaned_data["file"]


class CommentForm(forms.Form):
    """What somebody says about an item."""

    text = forms.CharField(
        label=_("Your comment"),
        max_length=Comment.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": _("Add a comment")}),
    )

    def clean_text(self) -> str:
        """Return the text with its lines, without other control characters."""
        lines = [one_line(line) for line in self.cleaned_data["text"].splitlines()]
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        if not text:
            raise ValidationError(_("Write something."), code="required")
        return text


class ShareForm(forms.Form):
    """By which way an item is shared."""

    platform = forms.ChoiceField(choices=[(platform, platform) for platform in SHARE_PLATFORMS])


class BrowseForm(forms.Form):
    """What the browse page is asked for. A wrong value is as none: addresses are passed around."""

    q = forms.CharField(max_length=queries.MAX_SEARCH, required=False)
    type = forms.ChoiceField(choices=ItemType.choices, required=False)
    order = forms.ChoiceField(choices=list(queries.ORDERS.items()), required=False)

    def asked(self) -> dict[str, Any]:
        """Return the values that are good, in the words of `queries.found`."""
        self.is_valid()
        good = getattr(self, "cleaned_data", {})
        text = str(self.data.get("q", ""))[: queries.MAX_SEARCH]
        return {
            "text": one_line(good.get("q", text)),
            "type": good.get("type", ""),
            "order": good.get("order") or "new",
        }
