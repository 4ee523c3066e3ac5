"""The member's pages: plan and payments, changing the plan, buying a course, receipts."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import APIException

from accounts import addresses, queries
from accounts.billing import buying, courses, overview, renewing, trials
from accounts.billing.buying import Bought, Kind, Quote
from accounts.billing.gateways import Unreachable, stripe
from accounts.billing.money import written
from accounts.billing.refusals import PaymentFailed
from accounts.models import ChargeState, GrantedBy, Plan, Purchase, PurchaseState, User
from accounts.requests import MemberRequest
from accounts.staffing import Area, may
from accounts.standing import By

PER_PAGE = 20
SALT = "billing.terms"
TERMS_HOLD = timedelta(minutes=10)
STRIPE_PAGE = {"form-action": ["https://checkout.stripe.com"]}  # where a form that is sent here may lead


@csp_update(STRIPE_PAGE)  # type: ignore[arg-type]
@require_safe
@login_required
def home(request: MemberRequest) -> HttpResponse:
    """What one has, what it costs, what comes next, and what one paid."""
    user, now = request.user, timezone.now()
    subscription = queries.running_subscription(user, now)
    paid = subscription is not None and bool(subscription.gateway)
    page: Any = Paginator(overview.payments_of(user), PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = overview.rows(page.object_list)
    has_gateway, owed = bool(settings.BILLING_GATEWAY), overview.owed(subscription)
    context = {
        "subscription": subscription,
        "is_paid": paid,
        "owed": owed,
        "next_payment": overview.next_payment(subscription),
        "purchase": overview.open_purchase(user),
        "offers": overview.offers(user, subscription) if has_gateway and not owed else [],
        "has_gateway": has_gateway,
        "has_card": subscription is not None and subscription.gateway == stripe.KEY,
        "may_cancel": subscription is not None and paid and not subscription.cancel_at_period_end,
        "may_keep": subscription is not None
        and paid
        and (subscription.cancel_at_period_end or subscription.next_plan_id is not None),
        "page": page,
    }
    return render(request, "billing/home.html", context)


@csp_update(STRIPE_PAGE)  # type: ignore[arg-type]
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: MemberRequest, plan: str) -> HttpResponse:
    """Show exactly what another plan costs now, and buy it at just that amount."""
    wanted = get_object_or_404(Plan, key=plan, is_offered=True, price_minor__gt=0)
    if not settings.BILLING_GATEWAY:
        return redirect("accounts:features")
    agreed, now = _agreed(request, wanted.key), timezone.now()
    try:
        if agreed and agreed[1] == _what(quote := buying.quote(request.user, wanted, at=agreed[0])):
            return _pay(request, buying.buy(request.user, wanted, at=agreed[0]))
        quote = buying.quote(request.user, wanted, at=now)
    except (APIException, Unreachable) as refused:
        return _refuse(request, refused)
    is_stale = request.method == "POST"
    context = _change_context(request.user, wanted, quote, now) | {"is_stale": is_stale}
    return render(request, "billing/change.html", context, status=409 if is_stale else 200)


@csp_update(STRIPE_PAGE)  # type: ignore[arg-type]
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def course(request: MemberRequest, course: UUID) -> HttpResponse:
    """Show what a course costs, and buy it."""
    try:
        offer = courses.offer(request.user, course)
        if not settings.BILLING_GATEWAY:
            return redirect(offer.address)
        price = [offer.price_minor, offer.currency]
        agreed = _agreed(request, str(course))
        if agreed and agreed[1] == price:
            return _pay(request, buying.buy_course(request.user, course))
    except (APIException, Unreachable) as refused:
        return _refuse(request, refused)
    context = {
        "offer": offer,
        "lines": [overview.Line(offer.title, offer.price_minor)],
        "terms": _terms(request.user, str(course), timezone.now(), price),
        "how": _how(),
    }
    return render(request, "billing/course.html", context, status=409 if request.method == "POST" else 200)


@require_POST
@login_required
def try_out(request: MemberRequest, plan: str) -> HttpResponse:
    """Begin the one trial that everybody has."""
    wanted = get_object_or_404(Plan, key=plan, is_offered=True, price_minor__gt=0)
    try:
        trials.start(request.user, wanted, by=_by(request.user))
    except APIException as refused:
        return _refuse(request, refused)
    messages.success(request, _("Your trial of %(plan)s has begun. Nothing is charged for it.") % {"plan": wanted})
    return redirect("billing:home")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cancel(request: MemberRequest) -> HttpResponse:
    """End the plan with its period, after a question."""
    subscription = queries.running_subscription(request.user, timezone.now())
    if subscription is None or not subscription.gateway:
        return redirect("billing:home")
    if request.method == "POST":
        try:
            buying.cancel(request.user, by=_by(request.user))
        except APIException as refused:
            return _refuse(request, refused)
        messages.success(request, _("Your plan ends with its period. Nothing more is charged."))
        return redirect("billing:home")
    return render(request, "billing/cancel.html", {"subscription": subscription})


@require_POST
@login_required
def keep(request: MemberRequest) -> HttpResponse:
    """Take a planned end, or a planned smaller plan, back."""
    try:
        buying.keep(request.user, by=_by(request.user))
    except APIException as refused:
        return _refuse(request, refused)
    messages.success(request, _("You keep your plan."))
    return redirect("billing:home")


@require_POST
@login_required
def card(request: MemberRequest) -> HttpResponse:
    """Lead to Stripe's page, where one leaves another card; what is owed is tried with it."""
    subscription = queries.running_subscription(request.user, timezone.now())
    if subscription is None or subscription.gateway != stripe.KEY:
        return redirect("billing:home")
    try:
        return redirect(stripe.card_page(request.user))
    except Unreachable as refused:
        return _refuse(request, refused)


@require_POST
@login_required
def pay_again(request: MemberRequest) -> HttpResponse:
    """Try a renewal that failed once more, now."""
    try:
        state = renewing.try_again(request.user)
    except APIException as refused:
        return _refuse(request, refused)
    if state == ChargeState.PAID:
        messages.success(request, _("Paid. Your plan goes on."))
    elif state == ChargeState.FAILED:
        messages.error(request, _("It could not be taken this time either. Leave another card, or try later."))
    return redirect("billing:home")


@require_POST
@login_required
def withdraw(request: MemberRequest, purchase: UUID) -> HttpResponse:
    """Drop what one has begun to buy and not paid."""
    begun = get_object_or_404(Purchase, uuid=purchase, user=request.user)
    if begun.state == PurchaseState.OPEN:
        buying.drop(begun)
        messages.success(request, _("Withdrawn. Nothing was charged."))
    return redirect("billing:home")


@require_safe
@login_required
def returned(request: MemberRequest, purchase: UUID) -> HttpResponse:
    """Where one comes back to from the page of payment; what it says depends on what the gateway told, and on that alone."""
    bought = get_object_or_404(Purchase.objects.select_related("payment", "plan"), uuid=purchase, user=request.user)
    left = "left" in request.GET
    if left and bought.state == PurchaseState.OPEN:
        messages.info(request, _("You left before paying. Nothing was charged."))
        return redirect("billing:home")
    return render(request, "billing/return.html", {"purchase": bought} | _news(request.user, bought))


@require_safe
@login_required
def receipt(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """A receipt, to be printed: one's own, or anybody's for staff who may read money."""
    mine = overview.payments_of(request.user)
    payment = get_object_or_404(overview.every() if may(request.user, Area.MONEY) else mine, uuid=uuid)
    address = payment.user.email
    context = {
        "payment": payment,
        "receipt": overview.receipt_of(payment),
        "email": address if payment.user == request.user else addresses.shown(request.user, address),
    }
    return render(request, "billing/receipt.html", context)


def _pay(request: MemberRequest, bought: Bought) -> HttpResponse:
    """Lead to the page of payment, or to what came of it where there is none."""
    if bought.purchase is None:
        messages.success(request, _("Noted. It begins when your period ends."))
        return redirect("billing:home")
    if bought.checkout is not None and bought.checkout.url:
        return redirect(bought.checkout.url)
    return redirect("billing:return", bought.purchase.uuid)


def _refuse(request: HttpRequest, refused: Exception) -> HttpResponse:
    """Say why not, and change nothing."""
    if isinstance(refused, PaymentFailed):
        said = overview.why(str(refused.detail))
    elif isinstance(refused, APIException):
        said = str(refused.detail)
    else:
        said = _("The payment service does not answer. Try again.")
    messages.error(request, said)
    return redirect("billing:home")


def _news(user: User, bought: Purchase) -> dict[str, Any]:
    """Return what the page after paying says."""
    if bought.state == PurchaseState.SETTLED and bought.payment and not bought.payment.is_applied:
        return {
            "heading": _("Your money goes back"),
            "text": _("Your plan had changed meanwhile, so this was not started. You get all of it back."),
        }
    if bought.state == PurchaseState.SETTLED:
        said = {"heading": _("Thank you. It is yours."), "text": _("We have your payment.")}
        if bought.course:
            return said | {"onward": courses.address(bought.course), "onward_text": _("Begin the course")}
        return said
    if bought.state == PurchaseState.DROPPED:
        return {"heading": _("This was not paid"), "text": _("It was withdrawn or lapsed. Nothing was charged.")}
    if bought.gateway == "manual":
        return {
            "heading": _("We have your order"),
            "text": _("Staff start it as soon as your payment is there. You are told."),
        }
    return {
        "heading": _("Your payment is being confirmed"),
        "text": _("It takes a few seconds. You may close this page; nothing gets lost."),
        "is_waiting": True,
    }


def _change_context(user: User, plan: Plan, quote: Quote, at: datetime) -> dict[str, Any]:
    """Return what the page of a change says."""
    if quote.kind is Kind.DOWNGRADE:
        heading = _("Change to %(plan)s") % {"plan": plan}
        lede = _("It begins on %(day)s, when your period ends. Until then you keep what you have.")
        lede %= {"day": date_format(quote.period_start, "j F Y")}
        button = _("Change to %(plan)s") % {"plan": plan}
    elif quote.kind is Kind.UPGRADE:
        heading = _("Upgrade to %(plan)s") % {"plan": plan}
        lede = _("It begins now. What is left of your period is taken off, to the second.")
        button = _("Upgrade now")
    else:
        heading = _("Choose %(plan)s") % {"plan": plan}
        lede = _("It begins as soon as you have paid.")
        button = _("Start")
    if quote.due_minor:
        button = _("Pay %(amount)s") % {"amount": written(quote.due_minor, quote.currency)}
    return {
        "plan": plan,
        "quote": quote,
        "lines": overview.lines_of(quote),
        "heading": heading,
        "lede": lede,
        "button": button,
        "terms": _terms(user, plan.key, at, _what(quote)),
        "how": _how(is_upgrade=quote.kind is Kind.UPGRADE),
    }


def _how(*, is_upgrade: bool = False) -> str:
    """Say how one pays."""
    if settings.BILLING_GATEWAY == "stripe" and is_upgrade:
        return _("It is charged to the card that you have left with Stripe.")
    if settings.BILLING_GATEWAY == "manual":
        return _("You pay by transfer or invoice. Staff start it as soon as the money is there.")
    return _("You pay on Stripe’s page. Your card’s number never comes to this site.")


def _what(quote: Quote) -> list[Any]:
    """Return what somebody agrees to: nothing else is done in its place."""
    return [str(quote.kind), quote.due_minor, quote.currency, quote.next_due_minor]


def _terms(user: User, wanted: str, at: datetime, what: list[Any]) -> str:
    """Return what was shown and when, signed, so that just this is bought."""
    return signing.dumps([str(user.uuid), wanted, at.isoformat(), what], salt=SALT, compress=True)


def _agreed(request: MemberRequest, wanted: str) -> tuple[datetime, list[Any]] | None:
    """Return the moment that was shown and what it cost; None for a form that is too old, or none of ours."""
    if request.method != "POST":
        return None
    try:
        who, key, at, what = signing.loads(request.POST.get("terms", ""), salt=SALT, max_age=TERMS_HOLD)
    except signing.BadSignature:
        return None
    return (datetime.fromisoformat(at), what) if (who, key) == (str(request.user.uuid), wanted) else None


def _by(user: User) -> By:
    return By(GrantedBy.MEMBER, user)
