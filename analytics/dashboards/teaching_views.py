"""The page of a teacher's own numbers, and its tables as CSV."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from analytics import exports
from analytics.dashboards import asking, showing, teaching, weeks
from analytics.dashboards.registry import Shape
from analytics.dashboards.showing import Card, Shown
from stats import asking as words


@require_safe
@login_required
def overview(request: MemberRequest) -> HttpResponse:
    """The member's own courses in a window."""
    now = timezone.now()
    try:
        query, error = asking.query_of(request.GET, now), ""
    except words.Bad as bad:
        query, error = asking.usual(now), bad.sentence
    courses = teaching.courses_of(request.user)
    cards: list[Card] = []
    shown: list[Shown] = []
    if courses:
        for panel in teaching.panels(request.user, courses):
            found: Any = panel.build(query)
            if panel.shape is Shape.CARD:
                cards.append(Card(panel, found))
            else:
                shown.append(Shown(panel, weeks.by_week(found, query), query, csv_name="teaching:csv"))
    context = {
        **showing.frame(query, error),
        "has_courses": bool(courses),
        "strips": showing.strips(cards),
        "blocks": showing.blocks(shown),
        "sides": {},
    }
    return render(request, "analytics/teaching.html", context, status=400 if error else 200)


@require_safe
@login_required
def csv(request: MemberRequest, key: str) -> HttpResponseBase:
    """One table of the member's own courses."""
    try:
        query = asking.query_of(request.GET, timezone.now())
    except words.Bad as error:
        raise BadRequest(error.sentence) from error
    own = {panel.key: panel for panel in teaching.panels(request.user, teaching.courses_of(request.user))}
    panel = own.get(key)
    if panel is None or panel.shape is Shape.CARD:
        raise Http404
    found: Any = panel.build(query)
    first, last = asking.span_of(query.window)
    table = Shown(panel, found, query).table()
    subject = _("Courses of %(name)s") % {"name": request.user}
    return exports.table_response(table, subject, f"{first} to {last}", query.window.zone)
