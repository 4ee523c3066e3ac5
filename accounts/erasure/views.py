"""The page on which members take a copy of everything, and erase their account."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.erasure import copying, erasing
from accounts.erasure.forms import EraseForm
from accounts.views import MemberRequest

COPY_EVERY_S = 60


@require_safe
@login_required
def data(request: MemberRequest) -> HttpResponse:
    """What one can do with what the site has."""
    return render(request, "accounts/data.html", {"form": EraseForm(request.user)})


@require_POST
@login_required
def copy(request: MemberRequest) -> HttpResponseBase:
    """Everything that the site has of oneself, as a file; once a minute, for it reads the whole log."""
    if not cache.add(f"copy:{request.user.pk}", 1, COPY_EVERY_S):
        messages.warning(request, _("You have just taken a copy. The next one can be made in a minute."))
        return redirect("erasure:data")
    response = StreamingHttpResponse(copying.copy_of(request.user), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response["Cache-Control"] = "no-store"
    return response


@sensitive_post_parameters("password")
@require_POST
@login_required
def erase(request: MemberRequest) -> HttpResponse:
    """Erase oneself, after name and password, of which no more are tried than where it is asked for otherwise."""
    if refused := ratelimit.consume_or_429(request, action="reauthenticate", user=request.user):
        return refused
    form = EraseForm(request.user, request.POST)
    if not form.is_valid():
        return render(request, "accounts/data.html", {"form": form}, status=400)
    try:
        erasing.erase(request.user)
    except (erasing.NotErasable, erasing.StillArriving) as refused:
        form.add_error(None, str(refused.detail))
        return render(request, "accounts/data.html", {"form": form}, status=refused.status_code)
    logout(request)
    messages.success(request, _("Your account is erased. Goodbye!"))
    return redirect("accounts:front")
