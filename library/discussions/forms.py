"""Forms in which people of a course ask and answer."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from library.discussions import reading
from library.discussions.models import Post, Thread
from library.forms import one_line
from library.learning.models import Course, Lesson
from library.talking.forms import PacedForm

MARKDOWN = _("Markdown works: **bold**, *italic*, `code`, lists and links.")


def cleaned(text: str) -> str:
    """Return Markdown without what cannot be seen; spaces at the beginning of lines have a meaning there."""
    rows = [line[: len(line) - len(line.lstrip(" "))] + one_line(line) for line in text.splitlines()]
    return "\n".join(rows).strip("\n")


class PostForm(PacedForm):
    """An answer, or what somebody corrects."""

    text = forms.CharField(
        label=_("Your answer"),
        max_length=Post.MAX_TEXT,
        strip=False,
        help_text=MARKDOWN,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_text(self) -> str:
        """Return the text with its lines."""
        text = cleaned(self.cleaned_data["text"])
        if not text.strip():
            raise ValidationError(_("Write something."), code="required")
        return text


class AskForm(PostForm):
    """A question about a course, or about one of its lessons."""

    field_order = ["title", "lesson", "text"]
    title = forms.CharField(
        label=_("Your question in one sentence"),
        max_length=Thread.MAX_TITLE,
        widget=forms.TextInput(attrs={"placeholder": _("What do you want to know?")}),
    )
    text = forms.CharField(
        label=_("What have you tried, and what happened?"),
        max_length=Post.MAX_TEXT,
        strip=False,
        help_text=MARKDOWN,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    lesson = forms.ModelChoiceField(
        label=_("About"),
        queryset=Lesson.objects.none(),
        to_field_name="uuid",
        required=False,
        empty_label=_("The whole course"),
    )

    def __init__(self, course: Course, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lessons = Lesson.objects.filter(section__course=course, section__deleted_at=None, deleted_at=None)
        self.fields["lesson"].queryset = lessons.order_by("section__position", "position", "id")  # type: ignore[attr-defined]

    def clean_title(self) -> str:
        """Return the title on one line."""
        title = one_line(self.cleaned_data["title"])
        if not title:
            raise ValidationError(_("Write something."), code="required")
        return title


class EditForm(PostForm):
    """What somebody wrote, to be put right; of a question its title too."""

    field_order = ["title", "text"]
    title = forms.CharField(label=_("Your question in one sentence"), max_length=Thread.MAX_TITLE)
    text = forms.CharField(
        label=_("Text"),
        max_length=Post.MAX_TEXT,
        strip=False,
        help_text=MARKDOWN,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, is_question: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_question:
            del self.fields["title"]

    def clean_title(self) -> str:
        """Return the title on one line."""
        title = one_line(self.cleaned_data["title"])
        if not title:
            raise ValidationError(_("Write something."), code="required")
        return title


class FindForm(forms.Form):
    """What the list of discussions is asked for. A wrong value is as none: addresses are passed around."""

    q = forms.CharField(max_length=reading.MAX_SEARCH, required=False)
    order = forms.ChoiceField(choices=[(order, order) for order in reading.ORDERS], required=False)
    lesson = forms.UUIDField(required=False)

    def asked(self) -> dict[str, Any]:
        """Return the values that are good."""
        self.is_valid()
        good = getattr(self, "cleaned_data", {})
        text = good.get("q", str(self.data.get("q", ""))[: reading.MAX_SEARCH])
        return {"text": one_line(text), "order": good.get("order") or "active", "lesson": good.get("lesson")}
