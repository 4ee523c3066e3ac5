"""`POST /api/stats/events`: the HTTP side of ingest. Decoded with msgspec, not DRF, for that is 50 times cheaper."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from stats import inbox, ingest, limits, sources, visitors, wire
from stats.actors import Actor, ActorType
from stats.ingest import Outcome, Sending
from stats.kinds import Sender
from stats.models import Source
from stats.wire import BadBody

METHODS = "POST, OPTIONS"
MEDIA_TYPES = frozenset({"application/json", "text/plain", ""})
RETRY_AFTER_S = 5
PREFLIGHT_KEPT_S = 86_400

_json = msgspec.json.Encoder()


class Denied(BadBody):
    """A request whose sender may not send, or not now; `headers` go with the answer."""

    def __init__(self, status: int, code: str, detail: str, **headers: str) -> None:
        super().__init__(status, code, detail)
        self.headers = headers


@csrf_exempt
def events(request: HttpRequest) -> HttpResponse:
    """Take a batch of events. 202 with what was accepted and rejected; problem+json with a code for a bad request."""
    origin = request.META.get("HTTP_ORIGIN")
    if request.method == "OPTIONS":
        return _preflight(origin)
    source: Source | None = None
    try:
        if request.method != "POST":
            raise Denied(405, "method_not_allowed", "Send events with POST.", Allow=METHODS)
        if "key=" in request.META.get("QUERY_STRING", "") and _has_key(request.META["QUERY_STRING"]):
            raise Denied(
                400, "credential_in_url", "A key belongs into the Authorization header, never into the address."
            )
        given = _credential(request)
        sending = _sending(request, given, origin) if given else None
        body = _body(request)
        if sending is None and b'"key"' not in body:
            sending = _sending(request, None, origin)
        decoded = wire.decode(body)
        sending = sending or _sending(request, decoded.key, origin)
        source = sending.source
        limits.check(source, len(decoded.events) + len(decoded.rejected))
        outcome = ingest.accept(sending, decoded)
        response = _answer(outcome)
    except limits.RateLimited as error:
        response = problem(
            request, Denied(429, "rate_limited", str(error), **{"Retry-After": str(error.wait_s)}), **error.facts
        )
    except inbox.Full:
        response = problem(
            request,
            Denied(503, "backlog_full", "Too much is waiting; try again.", **{"Retry-After": str(RETRY_AFTER_S)}),
        )
    except (inbox.Unavailable, OperationalError, InterfaceError) as error:
        detail = str(error) if isinstance(error, inbox.Unavailable) else "Nothing was stored; try again."
        response = problem(request, Denied(503, "database_unavailable", detail, **{"Retry-After": str(RETRY_AFTER_S)}))
    except BadBody as error:
        response = problem(request, error)
    response["Content-Length"] = str(len(response.content))
    if origin:
        response["Vary"] = "Origin"
        if _allows(source, origin):
            response["Access-Control-Allow-Origin"] = origin
    return response


def _answer(outcome: Outcome) -> HttpResponse:
    body: dict[str, Any] = {"accepted": outcome.accepted, "rejected": [asdict(one) for one in outcome.rejected]}
    if outcome.ignored:
        body["ignored"] = outcome.ignored
    if outcome.ignored_fields:
        body["ignored_fields"] = outcome.ignored_fields
    refused_all = outcome.rejected and not outcome.accepted and not outcome.ignored
    return HttpResponse(_json.encode(body), status=422 if refused_all else 202, content_type="application/json")


def problem(request: HttpRequest, error: BadBody, **facts: Any) -> HttpResponse:
    """Return an error as problem+json."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "request_id": getattr(request, "request_id", ""),
        "errors": [],
        **facts,
    }
    headers = getattr(error, "headers", {})
    return HttpResponse(
        _json.encode(body), status=error.status, content_type="application/problem+json", headers=headers
    )


def _preflight(origin: str | None) -> HttpResponse:
    response = HttpResponse(status=204, headers={"Allow": METHODS})
    if origin:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Methods"] = "POST"
        response["Access-Control-Allow-Headers"] = "authorization, content-type, content-encoding, x-guest-id"
        response["Access-Control-Max-Age"] = str(PREFLIGHT_KEPT_S)
        response["Vary"] = "Origin"
    return response


def _allows(source: Source | None, origin: str) -> bool:
    return source is None or not source.origins or origin in source.origins


def _has_key(query: str) -> bool:
    return bool({"key", "api_key", "token"} & parse_qs(query, keep_blank_values=True).keys())


def _credential(request: HttpRequest) -> str | None:
    """Return the key of the Authorization header."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        return None
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key or " " in key or not key.isascii():
        raise Denied(
            401, "malformed_credentials", "Send 'Authorization: Bearer' and a key.", **{"WWW-Authenticate": "Bearer"}
        )
    return key


def _body(request: HttpRequest) -> bytes:
    """Return the inflated body."""
    media_type, _, rest = request.META.get("CONTENT_TYPE", "").partition(";")
    if media_type.strip().lower() not in MEDIA_TYPES:
        raise BadBody(415, "unsupported_media_type", "Send application/json.")
    charset = rest.lower().partition("charset=")[2].strip(' "')
    if charset and charset not in {"utf-8", "utf8", "us-ascii"}:
        raise BadBody(415, "unsupported_charset", "Send UTF-8.")
    length = request.META.get("CONTENT_LENGTH", "")
    if length and not length.isdigit():
        raise BadBody(400, "bad_length", "Content-Length is a number.")
    if length and int(length) > wire.MAX_BYTES:
        raise BadBody(413, "body_too_large", f"The body is larger than {wire.MAX_BYTES} bytes.")
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise BadBody(413, "body_too_large", f"The body is larger than {wire.MAX_BYTES} bytes.") from error
    except OSError as error:
        raise BadBody(400, "bad_length", "The body ended too early.") from error
    if length and len(body) != int(length):
        raise BadBody(400, "bad_length", "The body is not as long as Content-Length says.")
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding in {"gzip", "x-gzip"}:
        return wire.inflate(body)
    if encoding not in {"", "identity"}:
        raise BadBody(415, "unsupported_encoding", "Send gzip or no Content-Encoding.")
    return body


def _sending(request: HttpRequest, key: str | None, origin: str | None) -> Sending:
    """Return who sends: a source by its key, else the site's own page by cookie and Origin."""
    if key is None:
        return _own_page(request, origin)
    if source := sources.by_secret(key):
        if origin is not None:
            raise Denied(403, "key_not_allowed_from_browser", "A secret key does not belong into a browser.")
        return Sending(source, Sender.SERVER)
    source = sources.by_public(key)
    if source is None:
        raise Denied(401, "invalid_key", "This key is not valid.", **{"WWW-Authenticate": "Bearer"})
    if source.origins and origin not in source.origins:
        raise Denied(403, "origin_not_allowed", "This source does not take events from here.")
    opted_out = request.META.get("HTTP_DNT") == "1" or request.META.get("HTTP_SEC_GPC") == "1"
    return Sending(source, Sender.BROWSER, _visitor(request, source), opted_out)


def _own_page(request: HttpRequest, origin: str | None) -> Sending:
    if origin != f"{request.scheme}://{request.get_host()}":
        if origin is None:
            raise Denied(
                401, "authentication_required", "Send a key, or events of a page of this site.",
                **{"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        raise Denied(403, "origin_not_allowed", "Without a key, only this site's own pages may send events.")
    actor = getattr(request, "actor", None) or _visitor(request, Source(pk=Source.SITE))
    return ingest.site_sending(actor, opted_out=getattr(request, "opted_out", False))


def _visitor(request: HttpRequest, source: Source) -> Actor:
    """Return the guest whom the request names, else today's anonymous visitor."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is not None and actor.type is ActorType.GUEST:
        return actor
    return Actor(visitors.visitor_id(request, source.pk, visitors.today()), ActorType.ANONYMOUS)
