"""What the catalogue is asked for, and a review."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from library.forms import one_line
from library.learning.catalogue import queries
from library.learning.models import Level
from library.learning.teaching.forms import ProseField
from library.models import Category

STARS = [(str(stars), str(stars)) for stars in range(1, 6)]


def any_of(choices: Any, label: Any) -> list[tuple[str, Any]]:
    """Return choices with one before them that leaves it open."""
    return [("", label), *choices]


class CatalogueForm(forms.Form):
    """Words, filters and order. A wrong value is as none: addresses are passed around."""

    q = forms.CharField(max_length=queries.MAX_SEARCH, required=False)
    category = forms.ChoiceField(
        label=_("Category"), choices=any_of(Category.choices, _("Every category")), required=False
    )
    level = forms.ChoiceField(
        label=_("For whom"),
        choices=any_of([one for one in Level.choices if one[0] != Level.ALL], _("Every level")),
        required=False,
    )
    price = forms.ChoiceField(label=_("Price"), choices=any_of(queries.PRICES.items(), _("Any price")), required=False)
    rating = forms.ChoiceField(
        label=_("Rating"), choices=any_of(queries.RATINGS.items(), _("Any rating")), required=False
    )
    order = forms.ChoiceField(choices=list(queries.ORDERS.items()), required=False)

    def asked(self) -> dict[str, Any]:
        """Return the values that are good, in the words of `queries.found`."""
        self.is_valid()
        good = getattr(self, "cleaned_data", {})
        text = str(self.data.get("q", ""))[: queries.MAX_SEARCH]
        filters = {name: good.get(name, "") for name in ("category", "level", "price", "rating")}
        return {"text": one_line(good.get("q", text)), "order": good.get("order") or "new", **filters}


class ReviewForm(forms.Form):
    """What somebody thinks of a course."""

    stars = forms.TypedChoiceField(label=_("Stars"), choices=STARS, coerce=int, widget=forms.RadioSelect)
    text = ProseField(
        label=_("What would you tell others?"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
