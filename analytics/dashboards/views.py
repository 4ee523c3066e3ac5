"""The staff's dashboards."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.staffing import Area, requires
from analytics import back_office


@require_safe
@requires(Area.NUMBERS)
def overview(request: HttpRequest) -> HttpResponse:
    """What the people who run the site look at every morning."""
    return back_office.show(request, "staff/dashboard.html", _("Overview"))
