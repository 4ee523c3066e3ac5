"""What a member reads of a message of the staff."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from analytics.people.many.letters import MESSAGE
from analytics.people.models import BulkTarget, TargetState


@require_safe
@login_required
def letter(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """The text, for whom it was written. Others find nothing here."""
    rows = BulkTarget.objects.filter(bulk__uuid=uuid, bulk__act=MESSAGE.key, state=TargetState.DONE)
    mine = get_object_or_404(rows.select_related("bulk"), user=request.user)
    if not mine.bulk.params:
        raise Http404
    return render(request, "people_desk/letter.html", {"letter": mine.bulk.params, "at": mine.bulk.started_at})
