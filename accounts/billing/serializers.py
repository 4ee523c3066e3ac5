"""What goes in and out of the endpoints of billing. Amounts are whole numbers of the currency's smallest unit."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.billing import overview
from accounts.billing.quoting import Quote
from accounts.models import Interval, PaymentKind, Product, PurchaseState, Status


class PlanOut(serializers.Serializer[Any]):
    """A plan that is offered."""

    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    role = serializers.CharField()
    price_minor = serializers.IntegerField()
    currency = serializers.CharField()
    interval = serializers.ChoiceField(Interval.choices)
    trial_days = serializers.IntegerField()


class OwnSubscriptionOut(serializers.Serializer[Any]):
    """How the subscription stands."""

    plan = serializers.CharField(source="plan.key")
    status = serializers.ChoiceField(Status.choices)
    is_paid = serializers.BooleanField(help_text="False for a gift, an import or a trial.")
    price_minor = serializers.IntegerField()
    currency = serializers.CharField()
    interval = serializers.ChoiceField(Interval.choices)
    period_end = serializers.DateTimeField(source="current_period_end")
    cancel_at_period_end = serializers.BooleanField()
    next_plan = serializers.CharField(source="next_plan.key", default=None, allow_null=True)
    credit_minor = serializers.IntegerField()
    grace_until = serializers.DateTimeField(allow_null=True)


class NextPaymentOut(serializers.Serializer[Any]):
    """What is charged when the period ends."""

    plan = serializers.CharField(source="plan.key")
    at = serializers.DateTimeField()
    amount_minor = serializers.IntegerField()
    credit_minor = serializers.IntegerField(help_text="Taken off already.")
    currency = serializers.CharField()


class OwedOut(serializers.Serializer[Any]):
    """A renewal that could not be charged."""

    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()
    why = serializers.CharField()
    again_at = serializers.DateTimeField(allow_null=True)


class PurchaseOut(serializers.Serializer[Any]):
    """What somebody has begun to buy. Nothing is theirs before `state` is settled."""

    uuid = serializers.UUIDField()
    product = serializers.ChoiceField(Product.choices)
    plan = serializers.CharField(source="plan.key", default=None, allow_null=True)
    course = serializers.UUIDField(allow_null=True)
    text = serializers.CharField()
    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()
    state = serializers.ChoiceField(PurchaseState.choices)
    created_at = serializers.DateTimeField()


class BillingOut(serializers.Serializer[Any]):
    """One's own money."""

    gateway = serializers.CharField(allow_blank=True, help_text="Who takes money here: stripe, manual, or nobody.")
    subscription = OwnSubscriptionOut(allow_null=True)
    next_payment = NextPaymentOut(allow_null=True)
    owed = OwedOut(allow_null=True)
    purchase = PurchaseOut(allow_null=True)


class LineOut(serializers.Serializer[Any]):
    """One amount of a sum; what is taken off is below zero."""

    text = serializers.CharField()
    amount_minor = serializers.IntegerField()


class QuoteOut(serializers.Serializer[Any]):
    """What a plan would cost now."""

    kind = serializers.CharField(help_text="start, upgrade or downgrade.")
    plan = serializers.CharField(source="plan.key")
    currency = serializers.CharField()
    lines = serializers.SerializerMethodField()
    due_minor = serializers.IntegerField(help_text="To pay now.")
    credit_left_minor = serializers.IntegerField()
    period_start = serializers.DateTimeField()
    period_end = serializers.DateTimeField()
    next_due_at = serializers.DateTimeField()
    next_due_minor = serializers.IntegerField()

    @extend_schema_field(LineOut(many=True))
    def get_lines(self, quote: Quote) -> Any:
        """What the amount is made of."""
        return LineOut(overview.lines_of(quote), many=True).data


class PlanIn(serializers.Serializer[Any]):
    """The plan that is wanted."""

    plan = serializers.SlugField(max_length=40)
    due_minor = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=10**12,
        help_text="What the quote said: if it costs something else by now, nothing happens (409 `amount_changed`).",
    )


class CoursePriceIn(serializers.Serializer[Any]):
    """The price that was seen."""

    due_minor = serializers.IntegerField(
        required=False, min_value=0, max_value=10**12, help_text="409 `amount_changed` if it costs something else."
    )


class BoughtOut(serializers.Serializer[Any]):
    """What came of it."""

    state = serializers.ChoiceField(
        ["planned", "open", "settled"],
        help_text="planned: begins when the period ends. open: to be paid, at `url` if there is one. settled: it is theirs.",
    )
    url = serializers.CharField(allow_blank=True, help_text="The gateway's page of payment.")
    purchase = PurchaseOut(allow_null=True)


class PaymentOut(serializers.Serializer[Any]):
    """A line of the ledger of money."""

    uuid = serializers.UUIDField(source="payment.uuid")
    number = serializers.SerializerMethodField()
    member = serializers.UUIDField(source="payment.user.uuid")
    kind = serializers.ChoiceField(PaymentKind.choices, source="payment.kind")
    product = serializers.ChoiceField(Product.choices, source="payment.product")
    title = serializers.CharField()
    plan = serializers.CharField(source="payment.plan.key", default=None, allow_null=True)
    course = serializers.UUIDField(source="payment.course", allow_null=True)
    amount_minor = serializers.IntegerField(source="payment.amount_minor", help_text="What moved, above zero.")
    signed_minor = serializers.IntegerField(
        source="payment.signed_minor", help_text="What it adds to revenue: below zero for a refund and a dispute."
    )
    currency = serializers.CharField(source="payment.currency")
    refunded_minor = serializers.IntegerField(
        help_text="What went back of it by now: refunds and disputes, less those that failed or were won."
    )
    undoes = serializers.UUIDField(
        source="payment.undoes.uuid",
        default=None,
        allow_null=True,
        help_text="The refund that failed, or the dispute that was won.",
    )
    refund_of = serializers.UUIDField(source="payment.refund_of.uuid", default=None, allow_null=True)
    period_start = serializers.DateTimeField(source="payment.period_start", allow_null=True)
    period_end = serializers.DateTimeField(source="payment.period_end", allow_null=True)
    gateway = serializers.CharField(source="payment.gateway")
    reason = serializers.CharField(source="payment.reason", allow_blank=True)
    at = serializers.DateTimeField(source="payment.at")

    def get_number(self, row: overview.Row) -> str:
        """By what people speak of it."""
        return overview.number_of(row.payment)


class RefundIn(serializers.Serializer[Any]):
    """How much goes back, and why."""

    def validate(self, attrs: Any) -> Any:
        """Refuse a part without what was left. Raises ValidationError `required`."""
        if "amount_minor" in attrs and "left_minor" not in attrs:
            raise serializers.ValidationError({"left_minor": _("Needed for a part.")}, code="required")
        return attrs

    amount_minor = serializers.IntegerField(
        required=False, min_value=1, max_value=10**12, help_text="All that is left, unless given."
    )
    left_minor = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=10**12,
        help_text="How much was left to give back when this was decided; needed for a part, so that a part goes back once.",
    )
    reason = serializers.CharField(max_length=200, help_text="The member can read it.")
    by_hand = serializers.BooleanField(
        default=False, help_text="It has gone back another way: only write it down, without asking the gateway."
    )


class RefundOut(serializers.Serializer[Any]):
    """What came of a refund: `refund` is null while the gateway is at it."""

    refund = PaymentOut(allow_null=True)


class ToldOut(serializers.Serializer[Any]):
    """What came of a webhook."""

    code = serializers.ChoiceField(
        ["applied", "duplicate", "outdated", "ignored", "underway", "given_back", "amount_differs", "held"]
    )
