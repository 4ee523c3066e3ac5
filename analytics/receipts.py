"""The page of a number: what it means, how it was counted, the plays and events behind it, and how to ask for it again."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import MemberRequest
from analytics import figures, own
from stats import asking, compute, receipts
from stats.metrics import Lifetime, Metric, Ratio, Scope, Subject, Sum, Unit
from stats.models import Item, Source

PARAMETERS = (*asking.RANGE_NAMES, *asking.SUBJECT_NAMES, "cursor")
PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sum, in words; what was left out has a minus."""

    label: str
    amount: str
    is_left_out: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A play or another event: what it adds, in words."""

    entry: receipts.Entry
    kind: str
    adds: str
    of: str


@require_safe
@login_required
def page(request: MemberRequest, key: str) -> HttpResponse:
    """How a number was counted. 404 for what one may not know."""
    metric = compute.registry().get(key)
    if metric is None:
        raise Http404
    receipt = asked(request, metric, timezone.now())
    context = {
        "receipt": receipt,
        "metric": metric,
        "amount": figures.amount(receipt.value.value, metric.unit),
        "subject": subject_words(receipt.scope, request.user),
        "window_words": figures.named(receipt.window),
        "lines": [Line(line.label, written(line.value, metric), line.is_left_out) for line in receipt.lines],
        "entries": [entry_words(entry, metric) for entry in receipt.entries],
        "is_ratio": receipt.value.under is not None,
        "is_first": "cursor" not in request.GET,
    }
    return render(request, "analytics/receipt.html", context)


def asked(request: MemberRequest, metric: Metric, now: datetime) -> receipts.Receipt:
    """Return the receipt that the query asks for. Raises Http404, and BadRequest for what cannot be asked."""
    try:
        asking.only(request.GET, PARAMETERS)
        scope = asking.scope_of(request.GET, request.user)
        asking.allow(metric, scope, request.user)
        zone = timezone.get_current_timezone_name() if scope.subject is Subject.USER else settings.TIME_ZONE
        window = asking.window_of(request.GET, now, zone, metric.usual)
        origin = request.build_absolute_uri("/").rstrip("/")
        return receipts.receipt(metric, scope, window, request.GET.get("cursor", ""), PER_PAGE, origin=origin)
    except PermissionDenied as denied:
        raise Http404 from denied
    except asking.Bad as bad:
        raise BadRequest(bad.sentence) from bad


def subject_words(scope: Scope, user: User) -> str:
    """Name whom or what a number is of. At most one query."""
    if scope.subject is Subject.PLATFORM:
        return _("The whole site")
    if scope.subject is Subject.ITEM:
        return str(Item.objects.get(pk=scope.key))
    if scope.subject is Subject.SOURCE:
        return str(Source.objects.get(pk=scope.key))
    is_own = scope.key in {user.uuid, user.pk}
    if scope.subject is Subject.OWNER:
        return _("All your items") if is_own else _("All items of %(name)s") % {"name": User.objects.get(pk=scope.key)}
    return _("You") if is_own else str(User.objects.get(uuid=scope.key))


def written(value: int, metric: Metric, column: str | None = None) -> str:
    """Write a part of a number in the unit in which its column is kept."""
    column = column or column_of(metric)
    if column.endswith("_ms"):
        return own.time(value)
    if column.endswith("_bp"):
        return str(figures.amount(value / 100, Unit.PERCENT))
    return figures.number(value)


def column_of(metric: Metric) -> str:
    """Return the column that the numerator of a metric adds up; '' where it counts."""
    if isinstance(metric.how, Sum | Lifetime):
        return metric.how.column
    return metric.how.over if isinstance(metric.how, Ratio) else ""


def entry_words(entry: receipts.Entry, metric: Metric) -> Entry:
    """Put an entry into words."""
    kind = entry.kind.replace("_", " ").capitalize()
    return Entry(entry, kind, written(entry.adds, metric) if entry.adds else "", figures.number(entry.of))
