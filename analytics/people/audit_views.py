"""The audit log as a page and as a file."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.staffing import Area, requires
from analytics import exports
from analytics.back_office import show
from analytics.people import audit_log


@require_safe
@requires(Area.AUDIT)
def log(request: HttpRequest) -> HttpResponse:
    """What staff did, filtered; `before` names the line after which the page begins."""
    form = audit_log.AuditFilter(request.GET)
    before = request.GET.get("before", "")
    is_valid = form.is_valid()
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    page = audit_log.page(form.cleaned_data, number) if is_valid else audit_log.Page((), None)
    context = {"form": form, "page": page, "is_first": number is None}
    return show(request, "people_desk/audit.html", _("Audit log"), context, status=200 if is_valid else 400)


@require_safe
@requires(Area.AUDIT)
def csv(request: HttpRequest) -> HttpResponseBase:
    """What fits, as CSV."""
    form = audit_log.AuditFilter(request.GET)
    if not form.is_valid():
        return show(request, "people_desk/audit.html", _("Audit log"), {"form": form}, status=400)
    return exports.csv_response("audit-log", audit_log.as_lines(form.cleaned_data))
