"""Following an advertisement."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.advertising.models import Advertisement
from accounts.requests import ActorRequest
from stats import ledger
from stats.kinds import Kind

OPENED = "advertisement_opened"


@never_cache
@require_safe
def follow(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """Record that somebody follows a running advertisement, and go where it leads."""
    advert = get_object_or_404(Advertisement.objects.running(timezone.now()), uuid=uuid)
    if not request.opted_out:
        ledger.report(Kind.ACTION, request.actor, name=OPENED, props={"advertisement": str(advert.uuid)})
    return HttpResponseRedirect(advert.link)
