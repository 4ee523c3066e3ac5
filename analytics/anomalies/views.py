"""The page of unusual days, and the wish for the morning mail."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.staffing import Area, requires
from analytics import back_office
from analytics.anomalies import mailing, queries
from analytics.anomalies.expecting import LEAST, WEEKS
from analytics.anomalies.models import When
from analytics.people.views import only
from stats.windows import DAY, day_of

SHOWN_DAYS = 90


class WishForm(forms.Form):
    """When to mail."""

    wish = forms.ChoiceField(label=gettext_lazy("Mail me"), choices=When.choices, widget=forms.Select)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Area.NUMBERS)
def page(request: HttpRequest) -> HttpResponse:
    """Show what was unusual in the last 90 days, and yesterday's numbers; keep when one wants the mail."""
    only(request)
    user = cast(User, request.user)
    form = WishForm(request.POST or None, initial={"wish": mailing.wish_of(user)})
    if request.method == "POST" and form.is_valid():
        mailing.set_wish(user, form.cleaned_data["wish"])
        messages.success(request, _("Your mornings are noted."))
        return redirect("anomalies:list")
    today = day_of(timezone.now(), settings.TIME_ZONE)
    found = queries.unusual(today - SHOWN_DAYS * DAY, today, user)
    context: dict[str, Any] = {
        "unusual": found,
        "yesterday": today - DAY,
        "numbers": queries.visible(queries.of_day(today - DAY), user),
        "is_begun": bool(found) or queries.days_judged() is not None,
        "form": form,
        "shown_days": SHOWN_DAYS,
        "least_weeks": LEAST,
        "weeks": WEEKS,
        "time_zone": settings.TIME_ZONE,
    }
    status = 400 if form.is_bound else 200
    return back_office.show(request, "anomalies/list.html", _("Unusual days"), context, status=status)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop somebody's morning mails: the mail program's one click, or the button of the page. 404 for a forged token."""
    reader = mailing.reader_of(token)
    if reader is None:
        raise Http404
    if request.method == "POST":
        mailing.set_wish(reader, When.NEVER)
    return render(request, "anomalies/stop.html", {"is_stopped": mailing.wish_of(reader) == When.NEVER})
