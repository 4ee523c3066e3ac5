"""Requests for a plan: members ask, staff answer. Until a payment gateway is set up this is how an upgrade begins."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import GrantedBy, Plan, RequestState, UpgradeRequest, User
from accounts.subscriptions import By, upgrade_within
from stats import ledger


def ask(user: User, plan: Plan) -> UpgradeRequest:
    """Record that `user` wants `plan`. Who has asked already and changes their mind has one request, for the last plan."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        request, _ = UpgradeRequest.objects.update_or_create(
            user=user, state=RequestState.OPEN, defaults={"plan": plan, "created_at": timezone.now()}
        )
    return request


def withdraw(user: User) -> None:
    """Take the open request back, if there is one."""
    UpgradeRequest.objects.filter(user=user, state=RequestState.OPEN).delete()


def grant(request: UpgradeRequest, staff: User, days: int, *, now: datetime | None = None) -> bool:
    """Give the member the plan for `days`. Returns False, changing nothing, if somebody has answered before."""
    moment = now or timezone.now()
    with ledger.recording():
        User.objects.select_for_update().get(pk=request.user_id)  # before the request, as `ask` does
        if not _answer(request, RequestState.GRANTED, staff, moment):
            return False
        upgrade_within(request.user, request.plan, days, by=By(GrantedBy.ADMIN, staff), now=moment)
    return True


def decline(request: UpgradeRequest, staff: User, *, now: datetime | None = None) -> bool:
    """Decline. Returns False if somebody has answered before."""
    return _answer(request, RequestState.DECLINED, staff, now or timezone.now())


def _answer(request: UpgradeRequest, state: RequestState, staff: User, now: datetime) -> bool:
    changed = UpgradeRequest.objects.filter(pk=request.pk, state=RequestState.OPEN).update(
        state=state, answered_at=now, answered_by=staff
    )
    return bool(changed)
