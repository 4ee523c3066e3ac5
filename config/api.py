"""What all API endpoints share: pages of lists, and themselves as pages in the browser.

DRF's views import this module while they are being made, so it imports none of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.forms import Form
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView


class Json(JSONParser):
    """JSON; what is nested deeper than anything that is asked for here is none."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """Return what was sent. Raises ParseError."""
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError("This JSON is nested too deeply.") from None


class Pages(PageNumberPagination):
    """`?page=` from 1 and `?page_size=` from 1 to 200; anything else is 400, never silently another page."""

    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int | None:
        """Return the size asked for. Raises ValidationError outside 1 to 200."""
        return whole(request, "page_size", 1, self.max_page_size, default=self.page_size or self.max_page_size)

    def get_page_number(self, request: Request, paginator: Any) -> int:
        """Return the page asked for. Raises ValidationError below 1 or above the last page."""
        return whole(request, "page", 1, paginator.num_pages, default=1)


def whole(request: Request, name: str, least: int, most: int, *, default: int) -> int:
    """Return a whole number of the query.

    Raises ValidationError: `repeated_parameter`, `invalid_parameter` or `value_out_of_range`.
    """
    texts = request.query_params.getlist(name)
    if not texts:
        return default
    if len(texts) > 1:
        raise ValidationError({name: ["This may be given once."]}, code="repeated_parameter")
    digits = texts[0].removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        raise ValidationError({name: ["This is not a whole number."]}, code="invalid_parameter")
    if len(digits) > 12 or not least <= int(texts[0]) <= most:
        raise ValidationError({name: [f"This is a number from {least} to {most}."]}, code="value_out_of_range")
    return int(texts[0])


class BrowsableRenderer(BrowsableAPIRenderer):
    """The API in the browser, in the site's look: no inline script or style."""

    template = "rest_framework/api.html"

    def get_raw_data_form(self, data: Any, view: APIView, method: str, request: Request) -> Form | None:
        """Return the form for a raw body, begun with the fields that the endpoint's schema names."""
        form = super().get_raw_data_form(data, view, method, request)
        if isinstance(form, Form) and not form.fields["_content"].initial:
            form.fields["_content"].initial = skeleton(view, method, request)
        return form or None

    def get_rendered_html_form(self, data: Any, view: APIView, method: str, request: Request) -> Any:
        """Return whether there is something to DELETE; bodies are written as JSON, for which there is the raw form."""
        return self.show_form_for_method(view, method, request, None) if method == "DELETE" else None


def skeleton(view: APIView, method: str, request: Request) -> str:
    """Return the JSON that an endpoint takes, with empty values; nothing where its schema does not say."""
    described = getattr(getattr(view, method.lower(), None), "kwargs", {}).get("schema")
    if described is None:
        return ""
    schema = described()
    schema.view, schema.method, schema.path = view, method, request.path
    body = schema.get_request_serializer()
    if isinstance(body, type) and issubclass(body, serializers.BaseSerializer):
        body = body()
    return json.dumps(body.data, indent=2, default=str) if isinstance(body, serializers.Serializer) else ""
