"""Pages about the site itself, and the entrance to its API."""

from inspect import cleandoc
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe
from drf_spectacular.generators import EndpointEnumerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import BrowsableRenderer
from stats import compute
from stats.eight import EIGHT
from stats.kinds import KINDS, Sender
from stats.metrics import CORE, Metric


@require_safe
def how_we_count(request: HttpRequest) -> HttpResponse:
    """What each number means, from the same registries that count it."""
    told = [spec for spec in KINDS.values() if spec.sender is not Sender.INTERNAL]
    ours = [spec for spec in KINDS.values() if spec.sender is Sender.INTERNAL]
    context = {"eight": EIGHT, "told": told, "ours": ours, "groups": metric_groups()}
    return render(request, "site/how_we_count.html", context)


def metric_groups() -> dict[str, list[Metric]]:
    """Return the registry's metrics by group, in its order, without the eight, which stand by themselves."""
    groups: dict[str, list[Metric]] = {}
    for metric in compute.registry().values():
        if metric.group != CORE:
            groups.setdefault(metric.group, []).append(metric)
    return groups


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored about visitors and members, and how to see none of it stored."""
    return render(request, "site/privacy.html")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask at the usual place, as on the admin and on JSON, to the icon."""
    return redirect(static("img/favicon.svg"))


class RootRenderer(BrowsableRenderer):
    """The list of endpoints as a page."""

    template = "site/api_root.html"

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        """Return what the page needs: the same endpoints that the JSON has."""
        return super().get_context(data, accepted_media_type, renderer_context) | {"endpoints": data["endpoints"]}


# Ingest is no DRF view: it decodes by itself.
INGEST: dict[str, Any] = {
    "path": "/api/stats/events/",
    "methods": ["POST"],
    "about": "Send 1 to 1000 events. What is acknowledged is durable, and one bad event never loses the good ones.",
}


class ApiRootView(APIView):
    """All endpoints, with the methods that each takes and what it is for."""

    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer, RootRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Answer with the endpoints, and where their description is."""
        return Response(
            {
                "schema": request.build_absolute_uri(reverse("site:schema")),
                "docs": request.build_absolute_uri(reverse("site:docs")),
                "endpoints": endpoints(),
            }
        )


def endpoints() -> list[dict[str, Any]]:
    """Return every endpoint of the schema once, by path."""
    found = {INGEST["path"]: INGEST}
    for path, _regex, method, callback in EndpointEnumerator().get_api_endpoints():
        if callback.cls.__module__ == __name__:
            continue
        about = cleandoc(callback.cls.__doc__ or "").partition("\n\n")[0].replace("`", "")
        one = found.setdefault(path, {"path": path, "methods": [], "about": " ".join(about.split())})
        one["methods"].append(method)
    for one in found.values():
        one["methods"].sort(key=("GET", "POST", "PUT", "PATCH", "DELETE").index)
    return sorted(found.values(), key=lambda one: one["path"])


class SchemaView(SpectacularAPIView):
    """The OpenAPI description of the whole API."""

    permission_classes = [AllowAny]


class DocsView(SpectacularSwaggerSplitView):
    """The API to read and to try, on Swagger UI in the site's frame; its script is a request of its own."""

    permission_classes = [AllowAny]
    url_name = "site:schema"
    template_name = "drf_spectacular/swagger_ui.html"


# Redoc puts its styles into the page and searches in a worker made from a blob. Never eval.
REDOC_POLICY = {"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"]}


@method_decorator(csp_update(REDOC_POLICY), name="dispatch")
class RedocView(SpectacularRedocView):
    """The API to read, on one long page."""

    permission_classes = [AllowAny]
    url_name = "site:schema"
    template_name = "drf_spectacular/redoc.html"
