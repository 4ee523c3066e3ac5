"""The short way to ingest for programs: a request with a key meets no session, no guest and no page machinery."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from stats import collect

PATHS = frozenset({"/api/stats/events", "/api/stats/events/"})


def ingest(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer ingest requests that carry a key, and preflights, before all other middleware."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info in PATHS and (request.method == "OPTIONS" or _has_key_alone(request)):
            request.get_host()
            return collect.events(request)
        return get_response(request)

    return middleware


def _has_key_alone(request: HttpRequest) -> bool:
    """Whether a key says who sends; with a guest's id beside it, the guests' middleware has to read that first."""
    return "HTTP_AUTHORIZATION" in request.META and "HTTP_X_GUEST_ID" not in request.META
