"""The toasts of a page."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.requests import MemberRequest
from gamification.moments import pages
from gamification.playing import choosing


@require_POST
@never_cache
@login_required
def show(request: HttpRequest) -> HttpResponse:
    """Give the toasts that wait; `after` is the last ledger entry that the browser knows.

    The browser tells the API which it has shown. It is a POST though it changes nothing: who looks as a member is not told.
    """
    user = cast(MemberRequest, request).user
    after = request.POST.get("after", "")
    if choosing.is_calm(user.uuid):
        return HttpResponse(status=204)
    known = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
    return render(request, "game/_toasts.html", pages.toasts(user.uuid, timezone.now(), known))
