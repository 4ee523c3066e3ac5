"""The audit log as a page and as a file."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.staffing import Area, requires
from analytics import exports
from analytics.back_office import show
from analytics.people import audit_log
from analytics.people.views import only, staff_of


@require_safe
@requires(Area.AUDIT)
def log(request: HttpRequest) -> HttpResponse:
    """What staff did, filtered; `before` names the line after which the page begins."""
    only(request, *audit_log.AuditFilter.base_fields, "before")
    form = audit_log.AuditFilter(request.GET)
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise BadRequest(_("There is no such page of the log."))
    is_valid, number = form.is_valid(), int(before) if before else None
    page = audit_log.page(form.cleaned_data, number) if is_valid else audit_log.Page((), None)
    context = {"form": form, "page": page, "is_first": number is None}
    return show(request, "people_desk/audit.html", _("Audit log"), context, status=200 if is_valid else 400)


@require_safe
@requires(Area.AUDIT)
def csv(request: HttpRequest) -> HttpResponseBase:
    """What fits, as CSV."""
    only(request, *audit_log.AuditFilter.base_fields)
    form = audit_log.AuditFilter(request.GET)
    if not form.is_valid():
        return show(request, "people_desk/audit.html", _("Audit log"), {"form": form}, status=400)
    return exports.csv_response("audit-log", audit_log.as_lines(form.cleaned_data, staff_of(request)))
