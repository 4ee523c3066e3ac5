"""The frame of the staff's own pages: the admin's navigation and head around the site's components."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def show(
    request: HttpRequest,
    template: str,
    title: str,
    context: Mapping[str, Any] | None = None,
    *,
    crumbs: Sequence[tuple[str, str]] = (),
    status: int = 200,
) -> HttpResponse:
    """Render a page that extends `staff/base.html`; `crumbs` are (label, address) of the pages above it."""
    site: Any = admin.site
    frame = {
        **site.extra_context({"sidebar_navigation": site.get_sidebar_list(request)}, request),
        "title": title,
        "crumbs": crumbs,
        **(context or {}),
    }
    return render(request, template, frame, status=status)
