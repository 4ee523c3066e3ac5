"""What all API endpoints share: pages of lists, the browsable renderer, the schema."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request


class Pages(PageNumberPagination):
    """`?page=` from 1 and `?page_size=` from 1 to 200; anything else is 400, never silently another page."""

    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int | None:
        """Return the size asked for. Raises ValidationError outside 1 to 200."""
        return whole(request, "page_size", 1, self.max_page_size, default=self.page_size)

    def get_page_number(self, request: Request, paginator: Any) -> int:
        """Return the page asked for. Raises ValidationError below 1 or above the last page."""
        return whole(request, "page", 1, paginator.num_pages, default=1)


def whole(request: Request, name: str, least: int, most: int, *, default: int | None) -> int:
    """Return a whole number of the query. Raises ValidationError (`invalid_parameter`, `value_out_of_range`)."""
    text = request.query_params.get(name)
    if text is None:
        return default or least
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 12:
        raise ValidationError({name: "This is not a whole number."}, code="invalid_parameter")
    if not least <= int(text) <= most:
        raise ValidationError({name: f"This is a number from {least} to {most}."}, code="value_out_of_range")
    return int(text)


class BrowsableRenderer(BrowsableAPIRenderer):
    """The API in the browser, in the site's look: no inline script or style."""

    template = "rest_framework/api.html"


class Schema(AutoSchema):
    """Describes each endpoint, its errors included."""
