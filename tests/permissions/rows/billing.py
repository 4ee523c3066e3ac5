"""What members pay: their pages, their API, refunds, and the gateway's webhook."""

from django.utils import timezone

from accounts.billing import payments
from accounts.models import Plan, Product, Purchase
from stats import ledger
from tests.factories import make_course, make_plans
from tests.permissions.table import Row
from tests.permissions.world import World

SENT = "302 302 302 302 login 302"
OWN = "200 404 404 404 login 200"

ROWS = (
    Row("billing:home", "GET", "", "200 200 200 200 login 200"),
    Row("billing:change", "GET", "plan", SENT),
    Row("billing:change", "POST", "plan", SENT),
    Row("billing:try", "POST", "plan", SENT),
    Row("billing:cancel", "GET", "", SENT),
    Row("billing:cancel", "POST", "", SENT),
    Row("billing:keep", "POST", "", SENT),
    Row("billing:card", "POST", "", SENT),
    Row("billing:pay-again", "POST", "", SENT),
    Row("billing:course", "GET", "sold_course", SENT),
    Row("billing:course", "POST", "sold_course", SENT),
    Row("billing:return", "GET", "bought", "200 404 404 404 login 404"),
    Row("billing:withdraw", "POST", "bought", "302 404 404 404 login 404"),
    Row("billing:receipt", "GET", "payment", OWN),
    Row("billing:api-billing", "GET", "", "200 200 200 200 401 200"),
    Row("billing:api-plans", "GET", "", "200 200 200 200 200 200"),
    Row("billing:api-quote", "GET", "", "200 200 200 200 401 200", query="?plan=premium"),
    Row("billing:api-plan", "POST", "", "409 409 409 409 401 409", {"plan": "premium"}),
    Row("billing:api-plan", "DELETE", "", "409 409 409 409 401 409"),
    Row("billing:api-keep", "POST", "", "409 409 409 409 401 409"),
    Row("billing:api-course", "POST", "sold_course", "409 409 409 409 401 409"),
    Row("billing:api-purchase", "GET", "purchase", "200 404 404 404 401 404"),
    Row("billing:api-purchase", "DELETE", "purchase", "204 404 404 404 401 404"),
    Row("billing:api-payments", "GET", "", "200 200 200 200 401 200"),
    Row("billing:api-payments", "GET", "", "404 404 404 404 401 200", query="?member=all"),
    Row("billing:api-payment", "GET", "payment", "200 404 404 404 401 200"),
    Row("billing:api-refund", "POST", "payment", "403 403 403 403 401 200", {"reason": "Asked for it."}),
    Row("billing:api-stripe", "POST", "", "401 401 401 401 401 401"),
)


def prepare(world: World) -> None:
    """Let the owner have paid something, and begun to buy something else."""
    make_plans()
    premium = Plan.objects.get(key="premium")
    with ledger.recording():
        payment = payments.record_within(
            world.owner,
            amount_minor=600,
            currency="EUR",
            product=Product.OTHER,
            gateway="manual",
            reference="transfer-1",
            at=timezone.now(),
        )
    begun = Purchase.objects.create(
        user=world.owner,
        product=Product.SUBSCRIPTION,
        plan=premium,
        text="Premium",
        amount_minor=1400,
        currency="EUR",
        gateway="manual",
    )
    course = make_course(world.owner, "Charts and pilots", price_minor=2900)
    world.subjects |= {
        "plan": {"plan": "premium"},
        "bought": {"purchase": begun.uuid},
        "purchase": {"uuid": begun.uuid},
        "payment": {"uuid": payment.uuid},
        "sold_course": {"course": course.uuid},
    }
