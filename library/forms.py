"""Forms of the library's pages. They check shapes; what a file is, is found out by `probing`."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from library import formats, queries, search
from library.bulk import BulkAction
from library.models import Category, Downloads
from library.receiving import Received
from library.uploads import MAX_TAGS, Details
from stats.kinds import SHARE_PLATFORMS
from stats.models import ItemType, Visibility

LONGEST_WAIT = timedelta(days=366)
OWNERS_FIELDS = ("visibility", "downloads", "publish", "publish_at")
AUDIENCES = (
    (Role.FREE, _("Members")),
    (Role.SUBSCRIBER, _("Subscribers and premium members")),
    (Role.PREMIUM, _("Premium members")),
)
MAX_TAG = 30
INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def one_line(text: str) -> str:
    """Return text without what cannot be seen: control, direction and zero-width characters."""
    return re.sub(r"\s+", " ", INVISIBLE.sub(" ", text)).strip()


NOW, LATER, DRAFT = "now", "later", "draft"


class DetailsForm(forms.Form):
    """What the owner says about an item.

    `may_hide` is False for who works on it without owning it; with `is_held` the staff alone say who may see it.
    """

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
            *((f"{Visibility.ROLE}:{role}", label) for role, label in AUDIENCES),
            (Visibility.UNLISTED, _("Everybody who has the link")),
            (Visibility.PRIVATE, _("Only you")),
        ],
        initial=Visibility.PUBLIC,
    )
    downloads = forms.ChoiceField(
        label=_("Who may download it"), choices=Downloads.choices, initial=Downloads.EVERYBODY, required=False
    )
    publish = forms.ChoiceField(
        label=_("When it comes out"),
        choices=[(NOW, _("At once")), (LATER, _("On a date")), (DRAFT, _("Not yet, keep it as a draft"))],
        initial=NOW,
        required=False,
    )
    publish_at = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        help_text=_("In your time zone. Until then, only members with early access find it."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(
        self, *args: Any, may_hide: bool = True, is_out: bool = False, is_held: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if is_out:
            self.fields["publish"].choices = [(NOW, _("It is out")), *self.fields["publish"].choices[1:]]  # type: ignore[attr-defined]
        if not may_hide:
            for name in OWNERS_FIELDS:
                del self.fields[name]
        elif is_held:
            self.fields["visibility"].disabled = True
            self.fields["visibility"].help_text = _("Hidden by the staff of this site.")

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

    def clean(self) -> dict[str, Any]:
        """Refuse a date that is missing, past, or more than a year ahead."""
        told = self.cleaned_data
        if told.get("publish") == LATER and "publish_at" in told:
            now = timezone.now()
            if told["publish_at"] is None:
                self.add_error("publish_at", ValidationError(_("Say when it comes out."), code="required"))
            elif not now < told["publish_at"] <= now + LONGEST_WAIT:
                self.add_error(
                    "publish_at",
                    ValidationError(_("Choose a time within the next year."), code="value_out_of_range"),
                )
        return told

    def details(self, before: Details | None = None) -> Details:
        """Return what was said, the rest as `before`. Only after `is_valid()`."""
        told = self.cleaned_data
        names = ("title", "description", "category", "tags")
        said: dict[str, Any] = {name: told[name] for name in names if name in told}
        if told.get("downloads"):
            said["downloads"] = told["downloads"]
        if "visibility" in told:
            said["visibility"], _colon, role = told["visibility"].partition(":")
            said |= {"least_role": role} if role else {}
        if told.get("publish"):
            said["is_draft"] = told["publish"] == DRAFT
            said["publish_at"] = told["publish_at"] if told["publish"] == LATER else None
        return replace(before or Details(), **said)

    @staticmethod
    def said(details: Details) -> dict[str, Any]:
        """Return the form's first values for what is said about an item now."""
        by_role = details.visibility == Visibility.ROLE
        return {
            "title": details.title,
            "description": details.description,
            "category": details.category,
            "tags": ", ".join(details.tags),
            "visibility": f"{details.visibility}:{details.least_role}" if by_role else details.visibility,
            "downloads": details.downloads,
            "publish": DRAFT if details.is_draft else LATER if details.publish_at else NOW,
            "publish_at": details.publish_at,
        }


class UploadForm(DetailsForm):
    """A file and what the owner says about it; the title may be left to the file's name."""

    field_order = [
        "file", "title", "description", "category", "tags", "visibility", "downloads", "publish", "publish_at",
    ]  # fmt: skip
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


class ShareForm(forms.Form):
    """By which way an item is shared."""

    platform = forms.ChoiceField(choices=[(platform, platform) for platform in SHARE_PLATFORMS])


class BrowseForm(forms.Form):
    """What the browse page is asked for. A wrong value is as none: addresses are passed around."""

    q = forms.CharField(max_length=search.MAX_TEXT, required=False)
    type = forms.ChoiceField(choices=ItemType.choices, required=False)
    category = forms.ChoiceField(choices=Category.choices, required=False)
    tag = forms.CharField(max_length=MAX_TAG, required=False)
    length = forms.ChoiceField(choices=[(key, one.label) for key, one in queries.LENGTHS.items()], required=False)
    since = forms.ChoiceField(choices=[(key, label) for key, (label, _days) in queries.SINCE.items()], required=False)
    owner = forms.CharField(max_length=150, required=False)
    order = forms.ChoiceField(choices=[(key, one.label) for key, one in queries.ORDERS.items()], required=False)

    @property
    def is_too_long(self) -> bool:
        """Whether more words are given than a search takes."""
        return len(str(self.data.get("q", ""))) > search.MAX_TEXT

    def asked(self) -> dict[str, Any]:
        """Return the values that are good, by the names of `queries.found` but for the text and the owner's name."""
        self.is_valid()
        good = getattr(self, "cleaned_data", {})
        asked = {name: good.get(name, "") for name in self.fields if name != "q"}
        text = str(self.data.get("q", ""))[: search.MAX_TEXT]
        return asked | {"text": one_line(good.get("q", text)), "tag": one_line(asked["tag"]).lower()}


class ManyForm(forms.Form):
    """What to do with the items that are ticked."""

    action = forms.ChoiceField(
        choices=[
            (BulkAction.PUBLISH, _("Publish")),
            (BulkAction.UNPUBLISH, _("Keep as a draft")),
            (BulkAction.ADD_TAGS, _("Add tags")),
            (BulkAction.REMOVE_TAGS, _("Take tags away")),
        ],
        label=_("Action"),
    )
    tags = forms.CharField(label=_("Tags"), max_length=400, required=False)
    items = forms.MultipleChoiceField(error_messages={"required": _("Tick the items first.")})

    def __init__(self, *args: Any, choices: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = [(number, number) for number in choices]  # type: ignore[attr-defined]

    def clean_tags(self) -> list[str]:
        """Return the tags as a list. Raises ValidationError when the action needs some and there are none."""
        tags = list(
            dict.fromkeys(filter(None, (one_line(tag).lower() for tag in self.cleaned_data["tags"].split(","))))
        )
        if self.cleaned_data.get("action") in {BulkAction.ADD_TAGS, BulkAction.REMOVE_TAGS} and not tags:
            raise ValidationError(_("Write the tags, with commas between them."), code="required")
        if any(len(tag) > MAX_TAG for tag in tags):
            raise ValidationError(_("A tag has at most 30 letters."), code="too_long")
        return tags
