"""Errors as people and programs see them: pages in the site's look, problem+json for the API (RFC 9457)."""

from collections.abc import Iterator
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import DisallowedHost, PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

PROBLEM = "application/problem+json"

# What Django and DRF call an error, and what this API calls it.
CODES = {
    "not_authenticated": "authentication_required",
    "authentication_failed": "invalid_credentials",
    "parse_error": "invalid_json",
    "throttled": "rate_limited",
    "error": "internal_error",
    "min_value": "value_out_of_range",
    "max_value": "value_out_of_range",
    "min_length": "too_short",
    "max_length": "too_long",
    "does_not_exist": "not_found",
}


def problem(
    request: Any, status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Return the body of an error; `request_id` finds it in the logs."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": getattr(request, "request_id", ""),
        "errors": errors or [],
    }


def flat(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Yield each error in DRF's nested details, with its path like `events.3.type`."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        code = str(details["code"])
        yield {"path": path, "code": CODES.get(code, code), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for key, value in details.items():
            yield from flat(value, f"{path}.{key}".strip("."))
    elif all(isinstance(one, dict) and set(one) == {"message", "code"} for one in details):
        for one in details:
            yield from flat(one, path)
    else:
        for index, value in enumerate(details):
            yield from flat(value, f"{path}.{index}".strip("."))


def api_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what an API view raised into problem+json; None for what nobody foresaw, which becomes a 500."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    request = context["request"]
    errors: list[dict[str, str]] = []
    if isinstance(error, exceptions.ValidationError):
        errors = list(flat(error.get_full_details()))
        codes = {one["code"] for one in errors}
        code = codes.pop() if len(codes) == 1 else "invalid"
        detail = errors[0]["detail"] if len(errors) == 1 else "The request is not valid; see errors."
    else:
        code, detail = str(error.get_codes()), str(error.detail)
        code = "csrf_failed" if detail.startswith("CSRF Failed") else CODES.get(code, code)
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(ceil(wait))
    is_page = getattr(getattr(request, "accepted_renderer", None), "format", "") == "api"
    if not is_page:  # whatever the view itself answers with, as YAML
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), "application/json"
    return Response(
        problem(request._request, error.status_code, code, detail, errors) | getattr(error, "extra", {}),
        status=error.status_code,
        headers=headers,
        content_type=None if is_page else PROBLEM,
    )


class TooLarge(exceptions.APIException):
    """The body is larger than this address takes."""

    status_code = 413
    default_detail = "The body is too large."
    default_code = "body_too_large"


def wants_json(request: HttpRequest) -> bool:
    """Whether an error should be problem+json: below `/api/`, and for who prefers JSON to HTML."""
    if request.path_info == "/api" or request.path_info.startswith("/api/"):
        return True
    return request.get_preferred_type(["text/html", "application/json", PROBLEM]) in {"application/json", PROBLEM}


def answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    """Return the error as this client can use it."""
    if wants_json(request):
        return JsonResponse(problem(request, status, code, detail), status=status, content_type=PROBLEM)
    return render(request, f"{status}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; a foreign Host header gets one plain word, as nothing else about it can be trusted."""
    if isinstance(exception, DisallowedHost):
        return HttpResponse("bad_host\n", status=400, content_type="text/plain; charset=utf-8")
    if isinstance(exception, RequestDataTooBig):
        return answer(request, 413, "body_too_large", "The body is too large.")
    return answer(request, 400, "bad_request", "The request cannot be understood.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return answer(request, 403, "permission_denied", "You may not do this.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was open too long, or that another site sent."""
    if wants_json(request):
        body = problem(request, 403, "csrf_failed", "The CSRF token is missing or wrong.")
        return JsonResponse(body, status=403, content_type=PROBLEM)
    return render(request, "403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return answer(request, 404, "not_found", "There is nothing at this address.")


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429."""
    return answer(request, 429, "rate_limited", "Too many tries. Wait a few minutes.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500, without the session or the database, as either may be what is broken."""
    if wants_json(request):
        body = problem(request, 500, "internal_error", "Something went wrong here. It was logged.")
        return JsonResponse(body, status=500, content_type=PROBLEM)
    page = render_to_string("500.html", {"request_id": getattr(request, "request_id", "")})
    return HttpResponse(page, status=500)
