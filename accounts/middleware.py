"""Who acts, as whom staff look at the site, and in which time zone and language people see it."""

from collections.abc import Callable
from typing import Any

from allauth.usersessions.middleware import UserSessionsMiddleware
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation

from accounts import guests, viewing
from accounts.api.guests import InvalidGuest
from accounts.requests import ActorRequest
from accounts.staffing import Area, may
from accounts.zones import zone_of
from stats.actors import Actor, guest_actor, user_actor
from stats.ids import uuid7

API = "/api/"
OPT_OUT_COOKIE = "optout"
SEEN_EVERY_S = 60
BACK_OFFICE = "/admin/"
PRIVATE = ("/accounts/",)  # log-in, addresses, second factor and its recovery codes, sessions
OF_MONEY = ("/billing/", "/api/billing", "/teach/numbers/")  # payments and receipts, and what a teacher's courses bring

GetResponse = Callable[[Any], HttpResponseBase]

refuse_guest = InvalidGuest.as_view()


def actor(get_response: GetResponse) -> GetResponse:
    """Put who acts on the request.

    `request.actor` is the signed-in user, or else the guest of the header or the cookie, or else, on pages, a new guest
    whose cookie goes out with the answer if that is a page. On API paths without any of these it is None, and an
    invalid guest id is refused. `request.opted_out` says that page statistics must leave this person alone.
    """

    def middleware(request: ActorRequest) -> HttpResponseBase:
        request.new_guest = None
        try:
            request.actor = _actor_of(request)  # type: ignore[assignment]  # None on API paths alone
        except guests.InvalidGuestToken:
            return refuse_guest(request).render()  # who renders answers of views stands behind this middleware
        request.opted_out = _has_opted_out(request)
        response = get_response(request)
        if isinstance(response, HttpResponse):
            _keep_guest(request, response)
        return response

    return middleware


def session_activity(get_response: GetResponse) -> GetResponse:
    """Note when and from where a session was last used, for the sessions page: at most once a minute, not per page."""
    noting = UserSessionsMiddleware(get_response)

    def middleware(request: ActorRequest) -> HttpResponseBase:
        key = request.session.session_key
        if key and request.user.is_authenticated and cache.add(f"accounts.seen.{key}", 1, SEEN_EVERY_S):
            return noting(request)
        return get_response(request)

    return middleware


def view_as(get_response: GetResponse) -> GetResponse:
    """Let staff who look as a member see what the member sees, and change nothing.

    `request.viewing` says who looks as whom, and `request.user` is the member, but in the back office. Every method
    that could change something is refused, with the pages that are the member's own business, and with those of money
    for staff who see none; what answering would write, a visit or a mark, is taken back, and nothing is recorded.
    """

    def middleware(request: ActorRequest) -> HttpResponseBase:
        request.viewing = viewing.current(request.session, request.user)
        if request.viewing is None:
            return get_response(request)
        is_end = request.path_info == reverse("desk:view-as-end")
        if request.method not in viewing.SAFE and not is_end:
            raise PermissionDenied
        if request.path_info.startswith(BACK_OFFICE):
            return get_response(request)
        request.user = request.viewing.member
        closed = PRIVATE if may(request.viewing.staff, Area.MONEY) else (*PRIVATE, *OF_MONEY)
        if request.path_info.startswith(closed):
            raise PermissionDenied
        with transaction.atomic():
            response = get_response(request)
            transaction.set_rollback(True)
        return response

    return middleware


def time_zone(get_response: GetResponse) -> GetResponse:
    """Show times and words as the member chose; as the site has them otherwise."""

    def middleware(request: ActorRequest) -> HttpResponseBase:
        user = request.user if request.user.is_authenticated else None
        timezone.activate(zone_of(user.time_zone) if user else timezone.get_default_timezone())
        if user and user.locale and translation.check_for_language(user.locale):
            translation.activate(user.locale)
            request.LANGUAGE_CODE = translation.get_language()
        return get_response(request)

    return middleware


def _actor_of(request: ActorRequest) -> Actor | None:
    is_api = request.path.startswith(API)
    if is_api and "Authorization" in request.headers and guests.HEADER not in request.headers:
        return None  # the API's authentication says who acts
    if request.user.is_authenticated:
        return user_actor(request.user.uuid)
    token = guests.token_of(request)
    if token and request.path.rstrip("/") != "/api/guests":
        try:
            return guest_actor(guests.read(token))
        except guests.InvalidGuestToken:
            if is_api and (guests.HEADER in request.headers or not _wants_page(request)):
                raise
    if is_api:
        return None
    request.new_guest = uuid7()
    return guest_actor(request.new_guest)


def _wants_page(request: ActorRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _has_opted_out(request: ActorRequest) -> bool:
    member = request.user.is_authenticated and request.actor is not None and request.user.opted_out
    return bool(
        member
        or getattr(request, "viewing", None)
        or request.COOKIES.get(OPT_OUT_COOKIE) == "1"
        or request.headers.get("DNT") == "1"
        or request.headers.get("Sec-GPC") == "1"
    )


def _keep_guest(request: ActorRequest, response: HttpResponse) -> None:
    is_page = response.get("Content-Type", "").startswith("text/html")
    if request.user.is_authenticated:
        if guests.COOKIE in request.COOKIES:
            guests.drop_cookie(response)
    elif request.new_guest and is_page and not request.opted_out:
        guests.set_cookie(response, guests.issue(request.new_guest))
