"""Money in the admin: read, given back with a reason, recorded when it came by hand."""

from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.billing import buying, disputes, payments, problems, renewing
from accounts.billing.gateways import Unreachable
from accounts.models import Charge, DisputeState, Notice, Payment, Plan, Purchase, StaffAction, SubscriptionChange
from stats import ledger
from tests.accounts.billing.acting import changes, pay_for, revenue, running
from tests.analytics.person.desk import make_role
from tests.factories import make_staff, make_user

pytestmark = pytest.mark.django_db

PAYMENTS = "admin:accounts_payment_changelist"
PURCHASES = "admin:accounts_purchase_changelist"
CHARGES = "admin:accounts_charge_changelist"
NOTICES = "admin:accounts_notice_changelist"


@pytest.fixture
def ana(plans):
    return make_user("ana")


@pytest.fixture
def desk(client):
    client.force_login(make_staff("boss"))
    return client


def run(client, page, action, rows, **more):
    told = {"action": action, ACTION_CHECKBOX_NAME: [row.pk for row in rows], **more}
    return client.post(reverse(page), told, follow=True)


def test_the_lists_show_amounts_in_their_currency(desk, ana, plans, django_assert_max_num_queries):
    for person in (ana, make_user("bea"), make_user("cai")):
        pay_for(person, plans["premium-usd"], timezone.now())
    desk.get(reverse(PAYMENTS))

    for page in (
        PAYMENTS,
        PURCHASES,
        CHARGES,
        "admin:accounts_subscription_changelist",
        "admin:accounts_plan_changelist",
    ):
        with django_assert_max_num_queries(12, info=page):
            answer = desk.get(reverse(page))
        assert answer.status_code == 200
        assert "$15.00" in answer.content.decode() or page == CHARGES


def test_giving_back_asks_for_a_reason_first(desk, ana, plans, provider):
    paid = pay_for(ana, plans["subscriber"], timezone.now()).payment

    asked = run(desk, PAYMENTS, "give_back", [paid])
    refused = run(desk, PAYMENTS, "give_back", [paid], reason="")

    assert "€6.00 may go back" in asked.content.decode()
    assert "required" in refused.content.decode()
    assert revenue() == 600


def test_giving_back_is_recorded_with_who_and_why(desk, ana, plans, provider):
    paid = pay_for(ana, plans["subscriber"], timezone.now()).payment

    run(desk, PAYMENTS, "give_back", [paid], reason="A double booking.", put_back="on")

    back = Payment.objects.get(kind="refund")
    assert (back.reason, back.by_user.username, back.amount_minor) == ("A double booking.", "boss", 600)
    assert changes(ana) == ["started", "reverted"]
    assert SubscriptionChange.objects.latest("pk").by_user.username == "boss"
    assert StaffAction.objects.get(what="payment.refunded").detail == {
        "amount": "6.00 EUR", "reason": "A double booking.",
    }  # fmt: skip
    assert revenue() == provider.net_minor == 0


@pytest.mark.parametrize("amount", ["1.505", "-1", "0", "1e99", "1e999999", "x", "6.01"])
def test_amounts_that_cannot_go_back(desk, ana, plans, amount):
    paid = pay_for(ana, plans["subscriber"], timezone.now()).payment

    run(desk, PAYMENTS, "give_back", [paid], reason="So.", amount=amount)

    assert revenue() == 600


def test_a_part_goes_back(desk, ana, plans):
    paid = pay_for(ana, plans["subscriber"], timezone.now()).payment

    run(desk, PAYMENTS, "give_back", [paid], reason="So.", amount="1.50")

    assert revenue() == 450
    assert changes(ana) == ["started"]


def test_the_same_form_sent_twice_gives_back_once(desk, ana, plans):
    paid = pay_for(ana, plans["subscriber"], timezone.now()).payment
    seen = run(desk, PAYMENTS, "give_back", [paid]).context["form"]["seen"].value()
    answers = [run(desk, PAYMENTS, "give_back", [paid], reason="So.", amount="1.50", seen=seen) for _ in range(2)]

    assert seen == 600
    assert "gone back meanwhile" in answers[1].content.decode()
    assert revenue() == 450


def test_what_is_gone_cannot_go_back(desk, ana, plans):
    paid = pay_for(ana, plans["subscriber"], timezone.now()).payment
    for _ in range(2):
        answer = run(desk, PAYMENTS, "give_back", [paid], reason="So.")

    assert "nothing left" in answer.content.decode()
    assert revenue() == 0


def test_staff_record_a_transfer_once(desk, ana, plans, settings):
    settings.BILLING_GATEWAY = "manual"
    purchase = buying.buy(ana, plans["subscriber"]).purchase

    for _ in range(2):
        run(desk, PURCHASES, "money_is_there", [purchase])

    assert running(ana).plan == plans["subscriber"]
    assert revenue() == 600
    assert StaffAction.objects.filter(what="payment.recorded").count() == 1


def test_staff_record_a_renewal_by_transfer(desk, ana, plans, settings):
    settings.BILLING_GATEWAY = "manual"
    before = timezone.now() - timedelta(days=32)
    buying.settle(buying.buy(ana, plans["subscriber"], now=before).purchase, reference="", at=before)
    assert renewing.run() == {"pending": 1}

    for _ in range(2):
        run(desk, CHARGES, "money_is_there", [Charge.objects.get()])

    assert revenue() == 1200
    assert changes(ana) == ["started", "renewed"]
    assert running(ana).current_period_end > timezone.now()


def test_staff_drop_what_nobody_pays(desk, ana, plans):
    purchase = buying.buy(ana, plans["subscriber"]).purchase

    run(desk, PURCHASES, "drop", [purchase])

    assert Purchase.objects.get().state == "dropped"


def test_a_plan_in_use_is_protected_and_its_price_may_change(desk, ana, plans):
    pay_for(ana, plans["subscriber"], timezone.now())
    plan = plans["subscriber"]

    answer = desk.post(reverse("admin:accounts_plan_delete", args=[plan.pk]), {"post": "yes"})
    values = {"name": "Subscriber", "description": "", "price": "9.00", "trial_days": 14, "is_offered": "on"}
    desk.post(reverse("admin:accounts_plan_change", args=[plan.pk]), {**values, "currency": "USD"})

    assert answer.status_code in (200, 403)
    changed = Plan.objects.get(pk=plan.pk)
    assert (changed.price_minor, changed.currency, changed.trial_days) == (900, "EUR", 14)
    assert running(ana).price_minor == 600


def test_money_is_no_business_of_others(client, ana, plans):
    pay_for(ana, plans["subscriber"], timezone.now())
    client.force_login(make_user("eve", is_staff=True))

    for page in (PAYMENTS, PURCHASES, CHARGES):
        assert client.get(reverse(page)).status_code == 403
    assert run(client, PAYMENTS, "give_back", [Payment.objects.get()], reason="So.").status_code == 403


def test_what_went_back_by_hand_is_written_down(desk, ana, plans, provider):
    paid = pay_for(ana, plans["subscriber"], timezone.now()).payment

    run(desk, PAYMENTS, "give_back", [paid], reason="By transfer.", amount="2", by_hand="on")

    assert Payment.objects.get(kind="refund").gateway == "manual"
    assert (provider.net_minor, revenue()) == (600, 400)


def test_staff_say_that_nothing_was_taken_for_a_renewal_that_was_never_answered(desk, ana, plans, provider):
    end = pay_for(ana, plans["subscriber"], timezone.now() - timedelta(days=33)).payment.period_end
    provider.answers = [Unreachable]
    renewing.run(end)
    renewing.run(end + timedelta(hours=21))
    provider.moved.popitem()

    page = desk.get(reverse("dashboards:revenue")).content.decode()
    member = desk.get(reverse("desk:person", args=[ana.uuid])).content.decode()
    for _time in range(2):
        run(desk, CHARGES, "nothing_was_taken", [Charge.objects.get()])

    assert "Renewal without an answer" in page
    assert f"{reverse(CHARGES)}?state__exact=unknown&amp;q=ana" in member
    assert problems.unsolved() == []
    assert StaffAction.objects.get(what="renewal.untaken").person == ana
    assert renewing.run() == {"paid": 1}
    assert provider.net_minor == revenue() == 1200


def test_who_may_only_look_cannot_say_that_nothing_was_taken(desk, ana, plans, provider):
    end = pay_for(ana, plans["subscriber"], timezone.now() - timedelta(days=33)).payment.period_end
    provider.answers = [Unreachable]
    renewing.run(end)
    renewing.run(end + timedelta(hours=21))
    analyst = Client()
    analyst.force_login(make_role("analyst"))

    run(analyst, CHARGES, "nothing_was_taken", [Charge.objects.get()])

    assert Charge.objects.get().state == "unknown"


def test_news_that_wait_are_listed_until_somebody_has_dealt_with_them(desk, plans):
    said = {"gateway": "stripe", "created_at": timezone.now()}
    held = Notice.objects.create(reference="evt_1", about="re_held", waits_for="pi_1", content={"amount": 1}, **said)
    Notice.objects.create(reference="evt_2", about="re_entered", **said)

    text = desk.get(reverse(NOTICES)).content.decode()
    run(desk, NOTICES, "dealt_with", [held])

    assert "re_held" in text
    assert "re_entered" not in text
    assert Notice.objects.filter(waits_for="", content__isnull=True).count() == 2
    assert StaffAction.objects.get(what="notice.dealt_with").detail == {"about": "re_held"}


def test_who_may_only_look_cannot_say_that_it_is_dealt_with(plans):
    said = {"gateway": "stripe", "created_at": timezone.now()}
    held = Notice.objects.create(reference="evt_1", about="re_held", waits_for="pi_1", **said)
    analyst = Client()
    analyst.force_login(make_role("analyst"))

    run(analyst, NOTICES, "dealt_with", [held])

    assert Notice.objects.get().waits_for == "pi_1"


def test_what_waits_is_told_on_the_revenue_page(ana, plans):
    paid = pay_for(ana, plans["subscriber"], timezone.now()).payment
    back = payments.refund(paid, 200, reason="")
    with ledger.recording():
        payments.refund_failed_within(back, reason="card_closed", at=timezone.now())
        told = disputes.Told("dp_1", DisputeState.OPEN, 300, "EUR", "fraudulent", taken_minor=300)
        disputes.told_within(paid, told, at=timezone.now(), now=timezone.now())
    Notice.objects.create(
        gateway="stripe", reference="evt_1", about="re_held", waits_for="pi_1", created_at=timezone.now()
    )
    finance = Client()
    finance.force_login(make_role("finance"))

    found = problems.unsolved()
    text = finance.get(reverse("dashboards:revenue")).content.decode()

    assert [(one.what, one.user, one.amount_minor) for one in found] == [
        ("refund_failed", ana, 200), ("dispute", ana, 300), ("held", None, 0),
    ]  # fmt: skip
    for words in ("The refund failed", "card closed", "A bank contests it", "€3.00", "re_held"):
        assert words in text
    payments.refund(paid, 200, reason="By another card.")
    assert [one.what for one in problems.unsolved()] == ["dispute", "held"]
