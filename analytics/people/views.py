"""The desk: the list of people, subscribers, the platform in numbers, every metric, saved filters, bulk actions."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from rest_framework.exceptions import APIException

from accounts import addresses
from accounts.models import User
from accounts.staffing import Area, may, requires
from analytics import exports, own
from analytics.back_office import show
from analytics.people import bulk as bulks
from analytics.people import exporting, filters, listing, measures, overview, saved, subscribers
from analytics.people.filters import Bad, Filter
from analytics.people.many import ACT, ACTS
from analytics.people.many.record import Act
from analytics.people.models import UNDER_WAY, BulkAction, BulkState, BulkTarget, SavedFilter, TargetState
from stats import asking
from stats.metrics import Scope, Subject, Unit

PAGE = ("order", "after", "before")
AT_ONCE_S = 0.7
SHOWN_FAILURES = 50
HISTORY = 50
TABS: tuple[tuple[str, Any, Area], ...] = (
    ("people", gettext_lazy("All members"), Area.PEOPLE),
    ("subscribers", gettext_lazy("Subscribers"), Area.SUBSCRIPTIONS),
    ("overview", gettext_lazy("Analytics"), Area.NUMBERS),
    ("possible", gettext_lazy("Possible stats"), Area.NUMBERS),
)

View = Callable[..., HttpResponseBase]


def refusing(view: View) -> View:
    """Answer what cannot be done now with a sentence on the page that asked for it."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except APIException as refused:
            messages.error(request, str(refused.detail))
            return redirect(reverse("desk:bulk", kwargs=kwargs) if kwargs else reverse("desk:people"))

    return answering


# The four tabs


@require_safe
@requires(Area.PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """The members who fit a filter, fifty at a time; a filter that cannot be shows nobody, and says why."""
    now, me = timezone.now(), staff_of(request)
    with_addresses, sees_subscriptions = may(me, Area.ADDRESSES), may(me, Area.SUBSCRIPTIONS)
    error, page, total, order = "", None, 0, listing.USUAL
    wanted, plans = Filter(), filters.plans()
    try:
        wanted = filters.read(request.GET, PAGE)
        filters.refuse_unseen(wanted, sees_subscriptions)
        filters.refuse_unknown(wanted, plans)
        order = listing.order_of(request.GET.get("order", ""))
        after, before = request.GET.get("after", ""), request.GET.get("before", "")
        if after and before:
            raise Bad("before", _("A page lies after one member or before one, not both."))
        page = listing.page(wanted, order, now, with_addresses=with_addresses, after=after, before=before)
        total = page.total
    except Bad as bad:
        error = bad.sentence
    context = {
        "tabs": tabs(request, "people"),
        "wanted": wanted,
        "query": wanted.query(),
        "order": order,
        "orders": _orders(order),
        "page": page,
        "total": total,
        "error": error,
        "typed": request.GET,
        "choices": {
            name: options
            for name, options in filters.CHOICES.items()
            if sees_subscriptions or name not in filters.OF_SUBSCRIPTIONS
        },
        "spans": ("joined", "subscribed", "left") if sees_subscriptions else ("joined",),
        "plans": plans,
        "measures": measures.groups(),
        "conditions": _condition_rows(wanted),
        "saved": saved.seen_by(me),
        "ready": [one for one in saved.READY if sees_subscriptions or not one.of_subscriptions],
        "acts": acts_of(me),
        "with_addresses": with_addresses,
        "sees_subscriptions": sees_subscriptions,
        "me": me,
    }
    return show(request, "people_desk/people.html", _("People"), context, status=400 if error else 200)


@require_safe
@requires(Area.SUBSCRIPTIONS)
def subscribers_tab(request: HttpRequest) -> HttpResponse:
    """Who subscribes, to what, who came, who left, whose time ends soon."""
    only(request)
    now = timezone.now()
    context = {"tabs": tabs(request, "subscribers"), "counts": subscribers.overview(now), "now": now}
    return show(request, "people_desk/subscribers.html", _("People"), context)


@require_safe
@requires(Area.NUMBERS)
def overview_tab(request: HttpRequest) -> HttpResponse:
    """Everybody in numbers."""
    only(request)
    now = timezone.now()
    context = {
        "tabs": tabs(request, "overview"),
        "counts": overview.overview(now),
        "zone": timezone.get_default_timezone_name(),
        "may_list": may(request.user, Area.PEOPLE),
    }
    return show(request, "people_desk/overview.html", _("People"), context)


@require_safe
@requires(Area.NUMBERS)
def possible_tab(request: HttpRequest) -> HttpResponse:
    """Every metric with its value for the whole platform, or those that a search finds."""
    only(request, "q")
    text = request.GET.get("q", "").strip()
    if len(text) > filters.LONGEST_SEARCH:
        raise BadRequest(_("A search has at most %(most)d characters.") % {"most": filters.LONGEST_SEARCH})
    now, zone = timezone.now(), timezone.get_default_timezone_name()
    sees_money = may(request.user, Area.MONEY)
    found = [
        metric
        for metric in own.metrics_of(Subject.PLATFORM)
        if text.casefold() in f"{metric.label} {metric.key} {metric.group} {metric.definition}".casefold()
        and (sees_money or metric.unit is not Unit.MONEY)
    ]
    groups = own.numbers(found, Scope.platform(), now, zone)
    context = {"tabs": tabs(request, "possible"), "groups": groups, "number": len(found), "q": text, "zone": zone}
    return show(request, "people_desk/possible.html", _("People"), context)


# Saved filters


@require_POST
@requires(Area.PEOPLE)
def saved_save(request: HttpRequest) -> HttpResponse:
    """Keep the filter at hand under a name."""
    name = " ".join(request.POST.get("name", "").split())
    wanted = _kept_filter(request)
    back = redirect(f"{reverse('desk:people')}?{wanted.query()}")
    if not 1 <= len(name) <= 60 or not name.isprintable():
        messages.error(request, _("A filter's name has 1 to 60 characters."))
    elif wanted.is_empty:
        messages.error(request, _("Set a filter first: this one shows everybody."))
    else:
        try:
            saved.save(staff_of(request), name, wanted, request.POST.get("is_shared") == "on")
        except saved.TooMany as refused:
            messages.error(request, str(refused.detail))
        else:
            messages.success(request, _("Saved as “%(name)s”.") % {"name": name})
    return back


@require_POST
@requires(Area.PEOPLE)
def saved_delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Forget a saved filter of one's own."""
    kept = get_object_or_404(SavedFilter, uuid=uuid)
    if not saved.may_delete(staff_of(request), kept):
        raise Http404
    kept.delete()
    messages.success(request, _("“%(name)s” is deleted.") % {"name": kept.name})
    return redirect("desk:people")


# Bulk actions


@require_safe
@requires(Area.PEOPLE)
def bulk_list(request: HttpRequest) -> HttpResponse:
    """What was done to many, newest first."""
    only(request)
    me = staff_of(request)
    seen = [act.key for act in ACTS if may(me, act.area, act.level)]
    found = BulkAction.objects.filter(act__in=seen).exclude(state=BulkState.DRAFT).select_related("by", "undo_of")
    rows = [(one, ACT[one.act]) for one in found[:HISTORY]]
    return show(request, "people_desk/bulk_list.html", _("Bulk actions"), {"rows": rows}, crumbs=crumbs())


@require_POST
@requires(Area.PEOPLE)
@refusing
def bulk_prepare(request: HttpRequest) -> HttpResponse:
    """Fix who is meant, the ticked ones or all who fit the filter, and lead to the preview."""
    me = staff_of(request)
    act = ACT.get(request.POST.get("act", ""))
    if act is None:
        messages.error(request, _("Choose what to do."))
        return redirect(_back_to_list(request))
    if not may(me, act.area, act.level):
        raise PermissionDenied
    if request.POST.get("who_all") == "1":
        wanted = _kept_filter(request)
        found = filters.people(wanted, timezone.now(), by_address=may(me, Area.ADDRESSES))
        made = bulks.prepare(act, found, me, wanted.query() or bulks.EVERYBODYS)
    else:
        made = bulks.prepare(act, bulks.chosen(_uuids(request.POST.getlist("who"))), me, "")
    return redirect("desk:bulk", uuid=made.uuid)


@require_safe
@requires(Area.PEOPLE)
def bulk(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One bulk action: before its start the form and what would happen, afterwards how far it is and what became of it."""
    only(request)
    return _shown(request, *_seen(request, uuid))


@require_POST
@requires(Area.PEOPLE)
@refusing
def bulk_describe(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Keep what is to be done and show what would happen."""
    one, act = _mine(request, uuid)
    form = act.form(request.POST)
    if not form.is_valid():
        return _shown(request, one, act, form, status=400)
    bulks.describe(one, form.cleaned_data)
    return redirect("desk:bulk", uuid=uuid)


@require_POST
@requires(Area.PEOPLE)
@refusing
def bulk_start(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Begin: a few people at once, the rest is the worker's."""
    one, act = _mine(request, uuid)
    if act.is_download:
        raise Http404
    bulks.start(one, request.POST.get("seen", ""))
    bulks.work(one.uuid, AT_ONCE_S)
    return redirect("desk:bulk", uuid=uuid)


@require_POST
@requires(Area.PEOPLE)
@refusing
def bulk_download(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The people as CSV."""
    one, act = _mine(request, uuid)
    if not act.is_download:
        raise Http404
    bulks.download(one, request.POST.get("seen", ""))
    now = timezone.now()
    return exports.csv_response(f"people-{timezone.localdate(now)}", exporting.lines(one, now, staff_of(request)))


@require_POST
@requires(Area.PEOPLE)
def bulk_stop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Stop what is under way; what was done stays."""
    one, _act = _seen(request, uuid)
    if bulks.stop(one, staff_of(request)):
        messages.success(request, _("Stopped. What was done stays done."))
    return redirect("desk:bulk", uuid=uuid)


@require_POST
@requires(Area.PEOPLE)
@refusing
def bulk_undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take back what was done."""
    one, _act = _seen(request, uuid)
    back = bulks.undo(one, staff_of(request))
    bulks.work(back.uuid, AT_ONCE_S)
    return redirect("desk:bulk", uuid=back.uuid)


def _seen(request: HttpRequest, uuid: UUID) -> tuple[BulkAction, Act]:
    """Return a bulk action that this person may see: others' drafts, and acts beyond the own level, may not be."""
    one = get_object_or_404(BulkAction.objects.select_related("by", "undo_of__by"), uuid=uuid)
    act, me = ACT.get(one.act), staff_of(request)
    if act is None or not may(me, act.area, act.level) or (one.state == BulkState.DRAFT and one.by_id != me.pk):
        raise Http404
    return one, act


def _mine(request: HttpRequest, uuid: UUID) -> tuple[BulkAction, Act]:
    """Return a bulk action that this person prepared."""
    one, act = _seen(request, uuid)
    if one.by_id != request.user.pk:
        raise Http404
    return one, act


def _shown(request: HttpRequest, one: BulkAction, act: Act, form: Any = None, status: int = 200) -> HttpResponse:
    now, me = timezone.now(), staff_of(request)
    context: dict[str, Any] = {
        "bulk": one,
        "act": act,
        "selection": bulks.words_of_selection(one, me),
        "is_draft": one.state == BulkState.DRAFT or (act.is_download and one.by_id == me.pk),
    }
    if context["is_draft"]:
        context["form"] = form or act.form(initial=one.params or {})
        if one.params is not None and form is None:
            found = bulks.prospects(one, now)
            acting = sum(line.people for line in found[:1]) if act.key == "message" else _acting(found)
            context |= {
                "prospects": found,
                "sample": _masked(bulks.sample(one, now), may(me, Area.ADDRESSES)),
                "rest": max(0, one.total - bulks.SAMPLE),
                "verb": act.verb(one.params, acting),
                "acting": acting,
                "seen": bulks.digest(one),
            }
    else:
        context |= {
            "is_under_way": one.state in UNDER_WAY,
            "settled": one.done + one.skipped + one.failed,
            "mails": bulks.mails(one) if act.key == "message" else {},
            "failures": _failures(one),
            "may_undo": bulks.may_undo(one, me),
            "undone_by": BulkAction.objects.filter(undo_of=one).first(),
            "params": _params(act, one, me),
        }
    if request.headers.get("X-Progress") == "1" and not context["is_draft"]:
        return show(request, "people_desk/_progress.html", str(act.label), context)
    title = str(act.label) if one.undo_of is None else _("Undo: %(act)s") % {"act": act.label}
    return show(request, "people_desk/bulk.html", title, context, crumbs=crumbs(), status=status)


def _acting(found: Sequence[Any]) -> int:
    return sum(line.people for line in found if line.acts)


def _failures(one: BulkAction) -> list[BulkTarget]:
    """Return the first people who stayed as they were, those who failed before the others."""
    rows = BulkTarget.objects.filter(bulk=one, state__in=(TargetState.FAILED, TargetState.SKIPPED))
    return list(rows.select_related("user").order_by("state", "user")[:SHOWN_FAILURES])


def _params(act: Act, one: BulkAction, reader: User) -> list[tuple[str, str]]:
    """Return what was asked for, in the form's own words."""
    told = []
    for name, field in act.form().fields.items():
        value = (one.params or {}).get(name)
        if value in (None, "", False):
            continue
        words = dict(getattr(field, "choices", ())).get(value, _("yes") if value is True else value)
        told.append((str(field.label), addresses.veiled(reader, str(words))))
    return told


def _masked(people: Sequence[tuple[User, str]], with_addresses: bool) -> list[tuple[User, str, str]]:
    return [
        (person, person.email if with_addresses else addresses.masked(person.email), text) for person, text in people
    ]


# What the pages share


def staff_of(request: HttpRequest) -> User:
    """Return who asks: `requires` has let them in."""
    return cast(User, request.user)


def only(request: HttpRequest, *names: str) -> None:
    """Raise BadRequest for parameters that the page does not know."""
    try:
        asking.only(request.GET, names)
    except asking.Bad as bad:
        raise BadRequest(bad.sentence) from bad


def tabs(request: HttpRequest, here: str) -> list[dict[str, Any]]:
    """Return the tabs that this person may open."""
    return [
        {"label": label, "address": reverse(f"desk:{name}"), "is_here": name == here}
        for name, label, area in TABS
        if may(request.user, area)
    ]


def acts_of(me: User) -> list[Act]:
    """Return what this person may do to many."""
    return [act for act in ACTS if may(me, act.area, act.level)]


def crumbs() -> list[tuple[str, str]]:
    """Return the way to a page below the list."""
    return [(_("People"), reverse("desk:people"))]


def _orders(order: str) -> list[tuple[str, Any, bool]]:
    known: dict[str, Any] = dict(listing.ORDERS)
    if order not in known:
        name = order.removeprefix("-")
        plain = {"name": _("Name"), "active": _("Activity"), "joined": _("Joined")}
        label = filters.named(measures.MEASURE[name]) if name in measures.MEASURE else plain[name]
        text = _("%(what)s, descending") if order.startswith("-") else _("%(what)s, ascending")
        known[order] = text % {"what": label}
    return [(key, label, key == order) for key, label in known.items()]


def _condition_rows(wanted: Filter) -> list[dict[str, str]]:
    """Return the rows of the form: those that are set, and an empty one."""
    rows = [{"metric": one.measure.key, "op": one.op, "value": str(one.value)} for one in wanted.conditions]
    if len(rows) < filters.MOST_CONDITIONS:
        rows.append({"metric": "", "op": filters.ABOVE, "value": ""})
    return rows


def _kept_filter(request: HttpRequest) -> Filter:
    """Return the filter that a form of the list keeps. Raises BadRequest for one that cannot be, or may not be seen."""
    try:
        wanted = filters.read_query(request.POST.get("query", ""))
        filters.refuse_unseen(wanted, may(request.user, Area.SUBSCRIPTIONS))
        filters.refuse_unknown(wanted, filters.plans() if wanted.plan else ())
    except Bad as bad:
        raise BadRequest(bad.sentence) from bad
    return wanted


def _uuids(texts: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise BadRequest(_("This is nobody's id.")) from error


def _back_to_list(request: HttpRequest) -> str:
    try:
        return f"{reverse('desk:people')}?{filters.read_query(request.POST.get('query', '')).query()}"
    except Bad:
        return reverse("desk:people")
