"""Trying a plan: free, for the days that the plan says, once a person."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts import standing
from accounts.billing.refusals import AlreadySubscribed, NotOffered, NoTrial, TrialUsed
from accounts.models import Change, GrantedBy, Plan, Status, Subscription, SubscriptionChange, User
from accounts.roles import Role
from accounts.standing import By
from stats import ledger


def may_try(user: User) -> bool:
    """Whether a member has not had their trial yet. One query."""
    return not SubscriptionChange.objects.filter(user=user, change=Change.TRIAL_STARTED).exists()


def start(user: User, plan: Plan, *, by: By | None = None, now: datetime | None = None) -> Subscription:
    """Let a member try a plan. It ends by itself, and nothing is charged.

    Raises NoTrial, NotOffered, AlreadySubscribed while something runs, and TrialUsed; the database holds the last one.
    """
    moment = now or timezone.now()
    if not plan.is_offered or plan.role == Role.FREE:
        raise NotOffered
    if not plan.trial_days:
        raise NoTrial
    with ledger.recording():
        if standing.current(user, moment) is not None:
            raise AlreadySubscribed
        if not may_try(user):
            raise TrialUsed
        subscription = Subscription(
            user=user,
            plan=plan,
            status=Status.TRIALING,
            currency=plan.currency,
            interval=plan.interval,
            starts_at=moment,
            current_period_end=moment + timedelta(days=plan.trial_days),
            granted_by=GrantedBy.MEMBER,
        )
        return standing.write(subscription, Change.TRIAL_STARTED, Role.FREE, by or By(GrantedBy.MEMBER, user), moment)
