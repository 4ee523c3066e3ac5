"""Forms of the playlists' pages."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from library.forms import one_line
from library.people import access as people
from library.playlists.models import Playlist, PlaylistRole, PlaylistVisibility

SHOWN = (("own", _("Yours")), ("shared", _("Shared with you")), ("public", _("Public")))


class PlaylistForm(forms.Form):
    """What a playlist is called, and who may see it."""

    title = forms.CharField(label=_("Title"), max_length=Playlist.MAX_TITLE)
    description = forms.CharField(
        label=_("Description"),
        max_length=Playlist.MAX_DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    visibility = forms.ChoiceField(
        label=_("Who may see it"),
        choices=PlaylistVisibility.choices,
        initial=PlaylistVisibility.PRIVATE,
        widget=forms.RadioSelect,
        help_text=_("Private items stay private: others see of a playlist what they may see anyway."),
    )

    def clean_title(self) -> str:
        """Return the title on one line."""
        title = one_line(self.cleaned_data["title"])
        if not title:
            raise ValidationError(_("Give it a title."), code="required")
        return title


class InviteForm(forms.Form):
    """Whom to invite, and what they may do."""

    username = forms.CharField(label=_("Username"), max_length=150)
    role = forms.ChoiceField(label=_("What they may do"), choices=PlaylistRole.choices, initial=PlaylistRole.VIEWER)

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_username(self) -> User:
        """Return the member of this name whom the one who invites may see."""
        person = people.named(one_line(self.cleaned_data["username"]).removeprefix("@"), self.by)
        if person is None:
            raise ValidationError(_("There is no member of this name."), code="not_found")
        return person


class MoveForm(forms.Form):
    """Which item goes up or down, in the list as it was seen."""

    item = forms.UUIDField()
    places = forms.TypedChoiceField(choices=[("-1", "up"), ("1", "down")], coerce=int)
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class SaveForm(forms.Form):
    """Where an item was, and where it shall be: playlists by their ids, and `later`."""

    LATER = "later"
    MOST = 300

    title = forms.CharField(max_length=Playlist.MAX_TITLE, required=False)

    def changes(self) -> tuple[set[str], set[str]]:
        """Return where to put it and where to take it out. What is no id of anything is left out."""
        was, wanted = (self._ids(name) for name in ("was", "in"))
        return wanted - was, was - wanted

    def clean_title(self) -> str:
        """Return the title of a new playlist on one line."""
        return one_line(self.cleaned_data["title"])

    def _ids(self, name: str) -> set[str]:
        values: Any = self.data.getlist(name) if hasattr(self.data, "getlist") else []
        return {value for value in values[: self.MOST] if value == self.LATER or _is_uuid(value)}


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
