"""Pages on which something is reported, and the queue in which staff decide."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import staffing
from accounts.requests import MemberRequest
from library import pace
from library.moderation import finding, reports
from library.moderation.forms import AppealForm, DecisionForm, ReportForm
from library.talking.forms import PacedForm
from library.talking.views import refused, sent

PAGE = 20
FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@login_required
def report_item(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Report an item."""
    return _report(request, "item", finding.item(request.user, uuid), _("Report this page"))


@require_http_methods(FORM)
@login_required
def report_comment(request: MemberRequest, uuid: UUID, comment: UUID) -> HttpResponse:
    """Report a comment."""
    about = finding.comment(request.user, uuid, comment)
    return _report(request, "comment", about, _("Report the comment of %s") % about.author.display_name)


@require_http_methods(FORM)
@login_required
def report_post(request: MemberRequest, slug: str, uuid: UUID, post: UUID) -> HttpResponse:
    """Report a post of a discussion."""
    about = finding.post(request.user, {"slug": slug}, uuid, post)
    return _report(request, "post", about, _("Report the post of %s") % about.author.display_name)


@require_http_methods(FORM)
@login_required
def appeal(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Ask the staff to look again at an own item that they hid."""
    about = finding.hidden(request.user, uuid)
    return _report(request, "appeal", about, _("Ask the staff to look again"), _("Ask"), AppealForm)


@require_safe
@login_required
def queue(request: MemberRequest) -> HttpResponse:
    """What was reported and waits for the staff, the oldest first."""
    if not staffing.reads_content(request.user):
        raise PermissionDenied
    page = Paginator(reports.subjects_waiting(), PAGE).get_page(request.GET.get("page"))
    return render(request, "moderation/queue.html", {"page": page, "cases": reports.cases(page.object_list)})


@require_POST
@login_required
def decide(request: MemberRequest, key: str, uuid: UUID) -> HttpResponse:
    """Take away what was reported, or leave it."""
    if not staffing.runs_content(request.user):
        raise PermissionDenied
    subject, form = reports.SUBJECT.get(key), DecisionForm(request.POST)
    if subject is None:
        raise Http404
    about = get_object_or_404(subject.rows(), uuid=uuid)
    if not form.is_valid():
        return HttpResponse(status=400)
    count = reports.decide(subject, about, request.user, uphold=form.cleaned_data["decision"] == "uphold")
    messages.success(request, ngettext("%d report is decided.", "%d reports are decided.", count) % count)
    return redirect("moderation:queue")


def _report(
    request: MemberRequest,
    key: str,
    about: Any,
    title: str,
    label: str = "",
    form_class: type[PacedForm] = ReportForm,
) -> HttpResponse:
    """Ask what is wrong, and take the answer: as part of a page, or as a page of its own."""
    subject, form = reports.SUBJECT[key], form_class(sent(request), auto_id=f"report-{about.uuid}-%s")
    slot, back = f"form-{about.uuid}", subject.address(about)
    if form.is_valid() and _taken(request, subject, about, form):
        if request.htmx:
            return render(request, "moderation/_reported.html", {"slot": slot})
        messages.success(request, _("Thank you. The staff will look at it."))
        return redirect(back)
    context = {"form": form, "slot": slot, "action": request.path, "title": title, "back": back}
    context["label"] = label or _("Report")
    context["quoted"] = {"author": subject.author(about), "text": subject.text(about)}
    template = "moderation/_form.html" if request.htmx else "moderation/form.html"
    return refused(render(request, template, context), form)


def _taken(request: MemberRequest, subject: reports.Subject, about: Any, form: PacedForm) -> bool:
    """Whether the report was taken; if not, the form says why."""
    try:
        reports.report(request.user, subject, about, **form.cleaned_data)
    except pace.TooFast as wait:
        form.slow_down(wait)
        return False
    return True
