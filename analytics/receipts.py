"""The page of a number: what it means, how it was counted, the plays and events behind it, and how to ask for it again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
from stats.metrics import Metric, Scope, Subject, Unit
from stats.models import Item, Source

PARAMETERS = (*asking.RANGE_NAMES, *asking.SUBJECT_NAMES, "cursor")
PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sum, in words. `role` is in, of or out: counted, what it is divided by, left out."""

    label: str
    amount: str
    role: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A play or another event with what it adds, in words; nothing where it adds nothing."""

    entry: receipts.Entry
    kind: str
    adds: str


@require_safe
@login_required
def page(request: MemberRequest, key: str) -> HttpResponse:
    """How a number was counted. 404 for what one may not know."""
    metric = compute.registry().get(key)
    if metric is None:
        raise Http404
    receipt = asked(request, metric, timezone.now())
    unit = unit_of(receipt)
    context = {
        "receipt": receipt,
        "metric": metric,
        "amount": figures.amount(receipt.value.value, metric.unit),
        "subject": subject_words(receipt.scope, request.user),
        "window_words": figures.named(receipt.window),
        "lines": list(sum_of(receipt.lines, unit)),
        "parts": [(row.label, part_words(row.value)) for row in receipt.value.rows],
        "entries": [entry_words(entry, unit) for entry in receipt.entries],
        "has_of": any(line.is_of for line in receipt.lines),
        "is_own": receipt.scope.subject is Subject.USER,
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
        cursor, origin = request.GET.get("cursor", ""), request.build_absolute_uri("/").rstrip("/")
        return receipts.receipt(metric, scope, window, cursor, PER_PAGE, origin=origin, viewer=request.user.uuid)
    except PermissionDenied as denied:
        raise Http404 from denied
    except asking.Bad as bad:
        raise BadRequest(bad.sentence) from bad
    except asking.AmbiguousKey as ambiguous:
        raise BadRequest(str(ambiguous.detail)) from ambiguous


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


def unit_of(receipt: receipts.Receipt) -> str:
    """Return the unit of what is added up: ms, bp, or '' for pieces. A derived time is one of milliseconds."""
    told = next((line.unit for line in receipt.lines if not line.is_left_out), "")
    return "ms" if not receipt.is_summed and receipt.metric.unit in {Unit.SECONDS, Unit.HOURS} else told


def sum_of(lines: Sequence[receipts.Line], unit: str) -> Iterator[Line]:
    """Yield the lines of a sum. Where something was left out of it, all that came in stands first."""
    left_out = [line for line in lines if line.is_left_out]
    if left_out and not any(line.is_of for line in lines):
        yield Line(_("Plays"), written(sum(line.value for line in lines), ""), "in")
        yield from (Line(line.label, written(-line.value, ""), "in") for line in left_out)
        return
    for line in lines:
        if line.is_left_out or line.is_of:
            yield Line(line.label, written(line.value, ""), "of" if line.is_of else "out")
        else:
            yield Line(line.label, written(line.value, unit), "in")


def written(value: int, unit: str) -> str:
    """Write a part of a sum in its unit."""
    if unit == "ms":
        return own.clock(value)
    return str(figures.amount(value / 100, Unit.PERCENT)) if unit == "bp" else figures.number(value)


def part_words(value: Any) -> str:
    """Write a part of a value, whose unit its label tells."""
    if isinstance(value, int | float):
        return figures.number(value, 0 if float(value).is_integer() else 1)
    return figures.NOTHING if value is None else str(value)


def entry_words(entry: receipts.Entry, unit: str) -> Entry:
    """Put an entry into words."""
    kind = entry.kind.replace("_", " ").capitalize()
    return Entry(entry, kind, written(entry.adds, unit) if entry.adds else "")
