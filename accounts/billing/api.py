"""Billing by API: one's own plan and payments, refunds by staff, and what Stripe tells."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import queries
from accounts.api import access
from accounts.billing import buying, courses, giving, overview, webhooks
from accounts.billing.buying import Bought
from accounts.billing.gateways import Unreachable
from accounts.billing.refusals import PaymentFailed
from accounts.billing.serializers import (
    BillingOut,
    BoughtOut,
    CoursePriceIn,
    PaymentOut,
    PlanIn,
    PlanOut,
    PurchaseOut,
    QuoteOut,
    RefundIn,
    RefundOut,
    ToldOut,
)
from accounts.models import GrantedBy, Payment, Plan, Purchase, PurchaseState, User
from accounts.staffing import Area, Level, may, permission
from accounts.standing import By

PAGING = ("page", "page_size")


class AmountChanged(APIException):
    """It costs something else than what was seen."""

    status_code = 409
    default_detail = _("The amount has changed. Look at it once more.")
    default_code = "amount_changed"


class GatewayUnreachable(APIException):
    """Nobody knows whether the money moved."""

    status_code = 503
    default_detail = _("The payment service does not answer. Try again.")
    default_code = "gateway_unreachable"


class BillingView(APIView):
    """One's own plan, and what comes next."""

    permission_classes = [access.IsMember]

    @extend_schema(operation_id="read_billing", summary="Read your plan and next payment", responses=BillingOut)
    def get(self, request: Request) -> Response:
        """Answer how the subscription stands."""
        access.only(request, ())
        user = member(request)
        subscription = queries.running_subscription(user, timezone.now())
        found = {
            "gateway": settings.BILLING_GATEWAY,
            "subscription": subscription,
            "next_payment": overview.next_payment(subscription),
            "owed": overview.owed(subscription),
            "purchase": overview.open_purchase(user),
        }
        return Response(BillingOut(found).data)


class PlansView(APIView):
    """What is sold."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="list_plans", summary="List the plans on offer", responses=PlanOut(many=True))
    def get(self, request: Request) -> Response:
        """Answer the plans, the cheapest first."""
        access.only(request, ())
        plans = Plan.objects.filter(is_offered=True).order_by("price_minor", "pk")
        return Response(PlanOut(plans, many=True).data)


class QuoteView(APIView):
    """What a plan would cost now."""

    permission_classes = [access.IsMember]

    @extend_schema(
        operation_id="quote_plan",
        summary="Read what a plan would cost you now",
        parameters=[OpenApiParameter("plan", str, required=True, description="Its key.")],
        responses=QuoteOut,
    )
    def get(self, request: Request) -> Response:
        """Answer the amount to pay now, to the cent, and the next payment."""
        access.only(request, ("plan",))
        quote = buying.quote(member(request), plan_of(access.text(request, "plan", 40)), at=timezone.now())
        return Response(QuoteOut(quote).data)


class PlanView(APIView):
    """Change the plan."""

    permission_classes = [access.IsMember]

    @extend_schema(
        operation_id="choose_plan",
        summary="Choose another plan",
        request=PlanIn,
        responses=BoughtOut,
        examples=[OpenApiExample("Upgrade", {"plan": "premium", "due_minor": 613}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Start or upgrade, which is to be paid now, or plan a smaller plan for the end of the period."""
        form = PlanIn(data=request.data)
        form.is_valid(raise_exception=True)
        user, plan, now = member(request), plan_of(form.validated_data["plan"]), timezone.now()
        quote = buying.quote(user, plan, at=now)
        expect(form.validated_data.get("due_minor"), quote.due_minor)
        return Response(shown(reach(lambda: buying.buy(user, plan, at=now))))

    @extend_schema(operation_id="cancel_plan", summary="Cancel your plan", request=None, responses=BillingOut)
    def delete(self, request: Request) -> Response:
        """End the plan with its period. 409 `no_subscription`."""
        user = member(request)
        buying.cancel(user, by=By(GrantedBy.MEMBER, user))
        return BillingView().get(request)


class KeepView(APIView):
    """Keep the plan after all."""

    permission_classes = [access.IsMember]

    @extend_schema(operation_id="keep_plan", summary="Take a planned end back", request=None, responses=BillingOut)
    def post(self, request: Request) -> Response:
        """Take back that it ends, or that a smaller plan follows. 409 `no_subscription`."""
        user = member(request)
        buying.keep(user, by=By(GrantedBy.MEMBER, user))
        return BillingView().get(request)


class CourseView(APIView):
    """Buy a course."""

    permission_classes = [access.IsMember]

    @extend_schema(operation_id="buy_course", summary="Buy a course", request=CoursePriceIn, responses=BoughtOut)
    def post(self, request: Request, course: str) -> Response:
        """Begin to pay for a course. 409 with the reason if it is not for sale to this member."""
        form = CoursePriceIn(data=request.data)
        form.is_valid(raise_exception=True)
        user, uuid = member(request), UUID(course)
        expect(form.validated_data.get("due_minor"), courses.offer(user, uuid).price_minor)
        return Response(shown(reach(lambda: buying.buy_course(user, uuid))))


class PurchaseView(APIView):
    """What one has begun to buy."""

    permission_classes = [access.IsMember]

    @extend_schema(operation_id="read_purchase", summary="Read how far a purchase is", responses=PurchaseOut)
    def get(self, request: Request, uuid: str) -> Response:
        """Answer it: settled as soon as the gateway has told that it is paid."""
        access.only(request, ())
        return Response(PurchaseOut(self.find(request, uuid)).data)

    @extend_schema(operation_id="drop_purchase", summary="Withdraw a purchase", request=None, responses={204: None})
    def delete(self, request: Request, uuid: str) -> Response:
        """Drop what is not paid; again, or once it is paid, this changes nothing."""
        purchase = self.find(request, uuid)
        if purchase.state == PurchaseState.OPEN:
            buying.drop(purchase)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def find(self, request: Request, uuid: str) -> Purchase:
        """Return one's own purchase, or 404."""
        return get_object_or_404(Purchase.objects.select_related("plan"), uuid=uuid, user=member(request))


class PaymentsView(APIView):
    """Payments and refunds."""

    permission_classes = [access.IsMember]

    @extend_schema(
        operation_id="list_payments",
        summary="List payments",
        parameters=[
            OpenApiParameter("member", str, description="Staff who may read money: a member's UUID, or `all`."),
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int),
        ],
        responses=PaymentOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Answer a page of one's own, the newest first; of anybody's for staff."""
        access.only(request, (*PAGING, "member"))
        return access.paged(self, self.asked(request), lambda page: PaymentOut(overview.rows(page), many=True).data)

    def asked(self, request: Request) -> Any:
        """Return whose payments are asked for. 404 for whom one may not see."""
        who = access.text(request, "member", 36)
        if not who:
            return overview.payments_of(member(request))
        if not may(request.user, Area.MONEY):
            raise Http404
        if who == "all":
            return overview.every()
        try:
            return overview.payments_of(access.anybody(str(UUID(who))))
        except ValueError:
            raise Http404 from None


class PaymentView(APIView):
    """One payment or refund."""

    permission_classes = [access.IsMember]

    @extend_schema(operation_id="read_payment", summary="Read a payment", responses=PaymentOut)
    def get(self, request: Request, uuid: str) -> Response:
        """Answer one's own; anybody's for staff who may read money."""
        access.only(request, ())
        visible = (
            Payment.objects.all() if may(request.user, Area.MONEY) else Payment.objects.filter(user=member(request))
        )
        return Response(listed(get_object_or_404(overview.shown(visible), uuid=uuid)))


class RefundView(APIView):
    """Give money back."""

    permission_classes = [permission(Area.MONEY, Level.CHANGE)]

    @extend_schema(
        operation_id="refund_payment",
        summary="Give a payment back",
        request=RefundIn,
        responses=RefundOut,
        examples=[
            OpenApiExample(
                "In part", {"amount_minor": 300, "left_minor": 600, "reason": "Two days without HD."}, request_only=True
            )
        ],
    )
    def post(self, request: Request, uuid: str) -> Response:
        """Give back all that is left, or `amount_minor`. 409 `refund_too_much`, `refund_failed`, `refunded_meanwhile`."""
        form = RefundIn(data=request.data)
        form.is_valid(raise_exception=True)
        payment = get_object_or_404(Payment.objects.select_related("user", "plan", "subscription"), uuid=uuid)
        amount, reason = form.validated_data.get("amount_minor"), form.validated_data["reason"]
        seen, by_hand = form.validated_data.get("left_minor"), form.validated_data["by_hand"]
        done = reach(
            lambda: giving.give_back(
                payment, amount, staff=member(request), reason=reason, seen_minor=seen, by_hand=by_hand
            )
        )
        return Response({"refund": listed(overview.every().get(pk=done.pk)) if done else None})


class StripeWebhookView(APIView):
    """What Stripe tells."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    parser_classes: list[Any] = []

    @extend_schema(
        operation_id="stripe_webhook",
        summary="Take Stripe's word",
        request=None,
        responses=ToldOut,
        parameters=[OpenApiParameter("Stripe-Signature", str, OpenApiParameter.HEADER, required=True)],
    )
    def post(self, request: Request) -> Response:
        """Take an event of Stripe's, signed with the endpoint's secret.

        200 says what came of it: `applied`; `duplicate` for an id that was told before; `outdated` for what is older than
        the newest news of the same object; `ignored` for what this site has nothing to do with; `held` for money back of a
        payment that is not here yet, or more of it than there is: it is read again by itself. 401 `invalid_signature`,
        `timestamp_outside_tolerance` (five minutes), 409 `conflict` (a known id with other content), 400 `invalid_event`.
        """
        event = webhooks.read(request.body, request.headers.get("Stripe-Signature", ""))
        return Response({"code": webhooks.receive(event)})


def member(request: Request) -> User:
    """Return who asks; the permission has made sure that it is a member."""
    return cast(User, request.user)


def plan_of(key: str) -> Plan:
    """Return a plan that is offered for money, or 404."""
    return get_object_or_404(Plan, key=key, is_offered=True, price_minor__gt=0)


def expect(seen: int | None, due: int) -> None:
    """Raise AmountChanged if something else was seen."""
    if seen is not None and seen != due:
        raise AmountChanged


def reach(ask: Any) -> Any:
    """Return what `ask` does. Raises GatewayUnreachable, and PaymentFailed in words."""
    try:
        return ask()
    except Unreachable as error:
        raise GatewayUnreachable from error
    except PaymentFailed as error:
        raise PaymentFailed(overview.why(str(error.detail))) from error


def shown(bought: Bought) -> Any:
    """Return what came of buying."""
    if bought.purchase is None:
        return BoughtOut({"state": "planned", "url": "", "purchase": None}).data
    bought.purchase.refresh_from_db()
    url = bought.checkout.url if bought.checkout else ""
    return BoughtOut({"state": bought.purchase.state, "url": url, "purchase": bought.purchase}).data


def listed(payment: Payment) -> Any:
    """Return a payment that `overview.shown` has read as it is listed."""
    return PaymentOut(overview.rows([payment])[0]).data
