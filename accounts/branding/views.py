"""The page on which a member sets how their channel looks, and the banners."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import entitlements, pictures
from accounts.branding import channel
from accounts.branding.forms import BrandingForm
from accounts.branding.models import Branding
from accounts.features import Feature
from accounts.requests import MemberRequest


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request: MemberRequest) -> HttpResponse:
    """Choose colour, banner and a line; without the feature, what it would be like."""
    may = entitlements.has_feature(request.user, Feature.CUSTOM_BRANDING)
    chosen = channel.chosen(request.user) or Branding(user=request.user)
    status = 200
    form = BrandingForm(instance=chosen)
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        form = BrandingForm(request.POST, request.FILES, instance=Branding(user=request.user))
        if form.is_valid():
            told = form.cleaned_data
            channel.change(request.user, told["accent"], told["tagline"], told["banner"], no_banner=told["no_banner"])
            messages.success(request, _("Your channel looks like this now."))
            return redirect("branding:settings")
        status = 400
    context = {"form": form, "may": may, "chosen": chosen}
    return render(request, "accounts/branding.html", context, status=status)


@require_safe
def banner(request: HttpRequest, name: str) -> HttpResponseBase:
    """A banner."""
    return pictures.answer("banners", name)
