"""Pages: the leaderboard, and the weeks and months that are over."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from gamification.boards import queries
from gamification.boards.models import Closing
from gamification.boards.queries import ALL_TIME, MONTHLY, TIMEFRAMES, WEEKLY
from gamification.boards.ranking import TOP
from gamification.playing import choosing, pages
from stats import visitors

FIRST = 10
PER_PAGE = 30
LABELS = {WEEKLY: _("This week"), MONTHLY: _("This month"), ALL_TIME: _("All time")}


@require_safe
@login_required
def leaderboard(request: MemberRequest) -> HttpResponse:
    """Who has the most points this week, this month or ever, and where one stands oneself."""
    if choosing.is_calm(request.user.uuid):
        return render(request, "game/calm.html")
    now = timezone.now()
    key = request.GET.get("timeframe", MONTHLY)
    when = queries.timeframe(key if key in TIMEFRAMES else MONTHLY, now)
    scopes = queries.scopes(request.user)
    where = queries.scope(request.user, request.GET.get("scope", queries.EVERYONE), scopes)
    if where is None:
        raise Http404
    is_long = request.GET.get("show") == "100"
    context = {
        "board": queries.board(request.user, where, when, now, TOP if is_long else FIRST),
        "scopes": scopes,
        "tabs": [(key, LABELS[key]) for key in TIMEFRAMES],
        "days_left": when.ends.days_left(visitors.today()) if when.ends else None,
        "earning": pages.earning(),
        "is_long": is_long,
        "first": FIRST,
    }
    return render(request, "boards/leaderboard.html", context)


@require_safe
@login_required
def past(request: MemberRequest) -> HttpResponse:
    """The weeks and months that are over, with one's own place in each."""
    if choosing.is_calm(request.user.uuid):
        return render(request, "game/calm.html")
    page: Any = Paginator(queries.closings(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": queries.own_of(request.user, page.object_list)}
    return render(request, "boards/past.html", context)


@require_safe
@login_required
def final(request: MemberRequest, period: str) -> HttpResponse:
    """The first hundred of a week or a month that is over."""
    if choosing.is_calm(request.user.uuid):
        return render(request, "game/calm.html")
    row = get_object_or_404(Closing, period=period) if "\0" not in period else None
    if row is None:
        raise Http404
    rows, own = queries.final(request.user, row, timezone.now())
    return render(request, "boards/final.html", {"rows": rows, "own": own, "closing": row})
