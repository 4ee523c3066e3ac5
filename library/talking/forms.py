"""Forms in which people say something."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from library import ratings
from library.forms import one_line
from library.models import Comment
from library.pace import TooFast


def lines(text: str) -> str:
    """Return text with its lines, without other control characters and without gaps of more than one line."""
    kept = "\n".join(one_line(line) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


class RateForm(forms.Form):
    """How many stars somebody gives."""

    stars = forms.TypedChoiceField(choices=[(stars, stars) for stars in ratings.STARS], coerce=int)


class PacedForm(forms.Form):
    """What somebody writes, unless they write too quickly: then it says so, and for how long, in `wait_s`."""

    wait_s = 0

    def slow_down(self, wait: TooFast) -> None:
        """Say that the writer is to wait."""
        self.wait_s = wait.wait_s
        self.add_error(None if "text" not in self.fields else "text", str(wait))


class CommentForm(PacedForm):
    """What somebody says about an item or in reply."""

    text = forms.CharField(
        label=_("Your comment"),
        max_length=Comment.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": _("Add a comment")}),
    )

    def clean_text(self) -> str:
        """Return the text with its lines."""
        text = lines(self.cleaned_data["text"])
        if not text:
            raise ValidationError(_("Write something."), code="required")
        return text


class ReplyForm(CommentForm):
    """What somebody answers."""

    text = forms.CharField(
        label=_("Your reply"),
        max_length=Comment.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": _("Write a reply"), "autofocus": True}),
    )


class EditForm(CommentForm):
    """What somebody said, to be put right."""

    text = forms.CharField(
        label=_("Your comment"),
        max_length=Comment.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )
