"""What is refused where money is concerned, each with the code that the API answers with."""

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException


class Refusal(APIException):
    """Something that cannot be bought, charged or given back as things stand. Nothing has changed."""

    status_code = 409


class AlreadySubscribed(Refusal):
    """The member has what is to be bought."""

    default_detail = _("You have this plan already.")
    default_code = "already_subscribed"


class NotOffered(Refusal):
    """The plan is not sold."""

    default_detail = _("This plan is not offered.")
    default_code = "plan_not_offered"


class CurrencyMismatch(Refusal):
    """The plan costs another currency than the subscription: amounts of both are never set off."""

    default_detail = _("This plan is paid in another currency.")
    default_code = "currency_mismatch"


class IntervalMismatch(Refusal):
    """The plan is paid at another interval."""

    default_detail = _("This plan is paid at another interval.")
    default_code = "interval_mismatch"


class PaymentDue(Refusal):
    """The period that has begun must be paid first."""

    default_detail = _("The current period has not been paid yet.")
    default_code = "payment_due"


class NoGateway(Refusal):
    """There is nobody who takes money."""

    default_detail = _("Nothing can be paid here yet.")
    default_code = "no_gateway"


class NotPaidFor(Refusal):
    """Nobody pays for the subscription."""

    default_detail = _("Nobody pays for this subscription.")
    default_code = "not_paid_for"


class TrialUsed(Refusal):
    """Every person has one trial."""

    default_detail = _("You have had your trial.")
    default_code = "trial_used"


class NoTrial(Refusal):
    """The plan cannot be tried."""

    default_detail = _("This plan has no trial.")
    default_code = "no_trial"


class TooMuch(Refusal):
    """More is to go back than is left of the payment."""

    default_detail = _("That is more than is left of this payment.")
    default_code = "refund_too_much"


class RefundFailed(Refusal):
    """The gateway did not give the money back."""

    default_detail = _("The refund was refused.")
    default_code = "refund_failed"


class PaymentFailed(Refusal):
    """The gateway did not get the money."""

    status_code = 402
    default_detail = _("The payment failed.")
    default_code = "payment_failed"


class OutOfRange(Refusal):
    """No amount of money that can be recorded."""

    status_code = 400
    default_detail = _("The amount is out of range.")
    default_code = "value_out_of_range"


class RefundedMeanwhile(Refusal):
    """Some of it has gone back since it was looked at."""

    default_detail = _("Some of it has gone back meanwhile. Look at it again.")
    default_code = "refunded_meanwhile"
