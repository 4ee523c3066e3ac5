"""What staff give back stands in the audit log: as done, or as asked for while the provider is at it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.audit import LABELS
from accounts.billing import giving, payments
from accounts.billing.gateways import State, Unreachable
from accounts.billing.refusals import RefundFailed
from accounts.models import Payment, StaffAction
from stats import ledger
from tests.accounts.billing.acting import pay_for
from tests.analytics.person.desk import browser, make_role
from tests.factories import api_client, make_user

pytestmark = pytest.mark.django_db
REASON = "Two days without a picture."


@pytest.fixture
def paid(plans):
    return pay_for(make_user("ana"), plans["subscriber"], timezone.now()).payment


@pytest.fixture
def fay(db):
    return make_role("finance", "fay")


def noted():
    return [(line.by.username, str(LABELS[line.what]), line.detail) for line in StaffAction.objects.exclude(by=None)]


def test_what_went_back_is_noted_as_given_back(paid, fay):
    giving.give_back(paid, 150, staff=fay, reason=REASON)

    assert noted() == [("fay", "Refunded a payment", {"amount": "1.50 EUR", "reason": REASON})]


@pytest.mark.parametrize(("asked", "amount"), [(150, "1.50 EUR"), (None, "6.00 EUR")])
def test_what_waits_is_noted_as_asked_for_and_the_ledger_tells_the_rest(paid, fay, provider, asked, amount):
    provider.answers = [State.PENDING]
    back = giving.give_back(paid, asked, staff=fay, reason=REASON)
    before = noted()
    claim = paid.refund_claims.get()
    with ledger.recording():
        payments.refunded_within(paid, claim.amount_minor, reference="re_1", reason="", at=timezone.now(), claim=claim)
    with ledger.recording():
        payments.refund_failed_within(Payment.objects.get(kind="refund"), reason="closed", at=timezone.now())

    assert back is None
    assert before == noted() == [("fay", "Asked for a refund", {"amount": amount, "reason": REASON})]
    assert [line.kind for line in Payment.objects.order_by("pk")] == ["payment", "refund", "refund_failed"]
    assert Payment.objects.get(kind="refund").by_user == fay


def test_what_the_provider_did_not_answer_is_asked_for_too(paid, fay, provider):
    provider.answers = [Unreachable]

    with pytest.raises(Unreachable):
        giving.give_back(paid, 150, staff=fay, reason=REASON)

    assert [what for _who, what, _detail in noted()] == ["Asked for a refund"]


def test_what_the_provider_refuses_is_not_noted(paid, fay, provider):
    provider.answers = [State.FAILED]

    with pytest.raises(RefundFailed):
        giving.give_back(paid, 150, staff=fay, reason=REASON)

    assert noted() == []


@pytest.mark.parametrize("way", ["api", "admin"])
def test_api_and_admin_say_so_too_and_the_persons_page_tells_it(paid, fay, provider, way):
    provider.answers = [State.PENDING]
    if way == "api":
        data = {"amount_minor": 150, "left_minor": 600, "reason": REASON}
        answer = api_client(fay).post(f"/api/billing/payments/{paid.uuid}/refund", data, format="json")
        assert (answer.status_code, answer.json()) == (200, {"refund": None})
    else:
        told = {"action": "give_back", "_selected_action": [paid.pk], "reason": REASON, "amount": "1.50"}
        answer = browser(fay).post(reverse("admin:accounts_payment_changelist"), told, follow=True)
        assert "1 refund waits for its answer." in answer.content.decode()

    page = browser(make_role("admin", "ada")).get(reverse("desk:person-record", args=[paid.user.uuid]))

    assert "Asked for a refund" in page.content.decode()
    assert f"amount 1.50 EUR, reason {REASON}" in page.content.decode()
