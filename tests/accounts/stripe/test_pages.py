"""The member's pages: what is shown is what is paid."""

from datetime import timedelta
from html import unescape
from re import findall, sub

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.billing import buying, payments
from accounts.models import Payment, Plan, Purchase, Subscription
from library.learning import enrolling
from library.learning.models import EnrolmentState
from stats import ledger
from tests.accounts.stripe.edge import dispute_of, event_of, refund_of, tell
from tests.analytics.person import desk
from tests.factories import api_client, make_course, make_staff, make_user

pytestmark = pytest.mark.django_db
COMPLETED = "checkout.session.completed"


def text_of(response):
    """Return what a person reads."""
    return " ".join(unescape(sub(r"<[^>]+>", " ", response.content.decode())).split())


def terms_of(response):
    """Return what the form of a page agrees to."""
    return findall(r'name="terms" value="([^"]+)"', response.content.decode())[0]


@pytest.fixture
def browser(ana):
    """Return Ana's browser."""
    browser = Client()
    browser.force_login(ana)
    return browser


@pytest.fixture
def subscribed(edge, plans, ana):
    """Let Ana pay for the smaller plan."""
    tell(event_of(COMPLETED, edge.pay(buying.buy(ana, plans["subscriber"]).purchase)))
    return Subscription.objects.get()


def test_choosing_paying_and_coming_back(edge, plans, ana, browser):
    page = browser.get("/billing/plans/premium/")
    assert "Pay €14.00" in text_of(page)
    assert "https://checkout.stripe.com" in page["Content-Security-Policy"]

    sent = browser.post("/billing/plans/premium/", {"terms": terms_of(page)})

    assert sent["Location"].startswith("https://checkout.stripe.com/")
    purchase = Purchase.objects.get()
    address = f"/billing/purchases/{purchase.uuid}/"
    assert "Your payment is being confirmed" in text_of(browser.get(address))
    assert not Subscription.objects.exists()
    tell(event_of(COMPLETED, edge.pay(purchase)))
    assert "Thank you" in text_of(browser.get(address))
    home = text_of(browser.get("/billing/"))
    assert "Premium €14.00 a month" in home


def test_an_upgrade_costs_what_the_page_says_to_the_cent(edge, plans, browser, subscribed):
    start, end = subscribed.paid_from, subscribed.current_period_end
    with time_machine.travel(start + (end - start) / 3, tick=False) as clock:
        page = browser.get("/billing/plans/premium/")
        assert "Pay €5.33" in text_of(page)
        assert "Left of your present plan −€4.00" in text_of(page)
        clock.shift(timedelta(minutes=9))
        answer = browser.post("/billing/plans/premium/", {"terms": terms_of(page)})

    assert answer.status_code == 302
    assert Payment.objects.order_by("-pk").first().amount_minor == 533
    assert Subscription.objects.get().plan == plans["premium"]
    assert edge.moved_minor == 1133


def test_what_was_shown_too_long_ago_is_shown_anew(edge, plans, browser, subscribed):
    with time_machine.travel(subscribed.paid_from + timedelta(days=5), tick=False) as clock:
        terms = terms_of(browser.get("/billing/plans/premium/"))
        clock.shift(timedelta(minutes=11))
        answer = browser.post("/billing/plans/premium/", {"terms": terms})

    assert answer.status_code == 409
    assert "worked out anew" in text_of(answer)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("terms", ["", "altered", "of another plan", "of another member"])
def test_terms_that_are_not_these_buy_nothing(edge, plans, browser, terms):
    page = browser.get("/billing/plans/premium/")
    sent = {"": "", "altered": terms_of(page)[:-1] + "!"}.get(terms, "")
    if terms == "of another plan":
        sent = terms_of(browser.get("/billing/plans/subscriber/"))
    if terms == "of another member":
        other = Client()
        other.force_login(make_user())
        sent = terms_of(other.get("/billing/plans/premium/"))

    answer = browser.post("/billing/plans/premium/", {"terms": sent})

    assert answer.status_code == 409
    assert not Purchase.objects.exists()


def test_a_price_that_staff_change_meanwhile_is_shown_first(edge, plans, browser):
    page = browser.get("/billing/plans/premium/")
    Plan.objects.filter(key="premium").update(price_minor=1600)

    answer = browser.post("/billing/plans/premium/", {"terms": terms_of(page)})

    assert answer.status_code == 409
    assert "Pay €16.00" in text_of(answer)
    assert not Purchase.objects.exists()


def test_a_smaller_plan_follows_and_can_be_taken_back(edge, plans, ana, browser):
    tell(event_of(COMPLETED, edge.pay(buying.buy(ana, plans["premium"]).purchase)))
    page = browser.get("/billing/plans/subscriber/")
    assert "To pay today €0.00" in text_of(page)

    browser.post("/billing/plans/subscriber/", {"terms": terms_of(page)})
    assert Subscription.objects.get().next_plan == plans["subscriber"]
    home = text_of(browser.get("/billing/"))
    assert "then Subscriber" in home
    assert "€6.00 Subscriber, on" in home
    browser.post("/billing/keep/")

    assert Subscription.objects.get().next_plan is None


def test_cancelling_asks_first_and_charges_nothing_more(browser, subscribed):
    assert "Cancel Subscriber?" in text_of(browser.get("/billing/cancel/"))

    browser.post("/billing/cancel/")

    home = text_of(browser.get("/billing/"))
    assert "Nothing more is charged" in home
    assert "None. Nothing is charged unless you choose a plan." in home
    assert Subscription.objects.get().cancel_at_period_end


def test_the_same_plan_again_is_refused_in_words(browser, subscribed):
    answer = browser.get("/billing/plans/subscriber/", follow=True)

    assert "You have this plan already." in text_of(answer)


def test_while_stripe_is_down_nothing_is_bought(edge, plans, browser):
    terms = terms_of(browser.get("/billing/plans/premium/"))
    edge.is_down = True

    answer = browser.post("/billing/plans/premium/", {"terms": terms}, follow=True)

    assert "does not answer" in text_of(answer)
    assert not Payment.objects.exists()


def test_receipts_have_what_the_amount_is_made_of(edge, plans, browser, subscribed):
    half = subscribed.paid_from + (subscribed.current_period_end - subscribed.paid_from) / 2
    with time_machine.travel(half, tick=False):
        browser.force_login(subscribed.user)
        browser.post("/billing/plans/premium/", {"terms": terms_of(browser.get("/billing/plans/premium/"))})
    payment = Payment.objects.get(amount_minor=400)
    payments.refund(payment, 150, reason="One bad evening.")

    shown = text_of(browser.get(f"/billing/receipts/{payment.uuid}/"))
    refund = text_of(browser.get(f"/billing/receipts/{payment.refunds.get().uuid}/"))

    for words in (
        "Premium €7.00",
        "Left of your present plan −€3.00",
        "Paid €4.00",
        "€1.50 was paid back on",
        "ana@example.org",
    ):
        assert words in shown
    assert "One bad evening." in refund
    assert "Paid back €1.50" in refund
    assert "€1.50 went back" in text_of(browser.get("/billing/"))


def test_the_receipt_of_another_is_nowhere_but_for_staff(browser, subscribed):
    address = f"/billing/receipts/{Payment.objects.get().uuid}/"
    stranger, staff = Client(), Client()
    stranger.force_login(make_user())
    staff.force_login(make_staff())

    assert [one.get(address).status_code for one in (browser, stranger, staff)] == [200, 404, 200]
    assert "ana@example.org" in text_of(browser.get(address))


@pytest.mark.parametrize(("role", "reads"), [("analyst", False), ("finance", True), ("admin", True)])
def test_a_receipt_tells_staff_the_address_only_if_they_may_see_addresses(ana, subscribed, role, reads):
    address = f"/billing/receipts/{Payment.objects.get().uuid}/"

    page = text_of(desk.browser(desk.make_role(role)).get(address))

    assert (ana.email in page) == reads
    assert "ana," in page


def test_buying_a_course_opens_it_and_a_refund_closes_it(edge, ana, browser):
    course = make_course(title="Charts and pilots", price_minor=2900)
    assert "Buy this course" in text_of(browser.get(f"/courses/{course.slug}/"))
    page = browser.get(f"/billing/courses/{course.uuid}/")
    assert "Pay €29.00" in text_of(page)

    sent = browser.post(f"/billing/courses/{course.uuid}/", {"terms": terms_of(page)})
    assert sent["Location"].startswith("https://checkout.stripe.com/")
    assert not course.enrolments.filter(state=EnrolmentState.ACTIVE).exists()
    purchase = Purchase.objects.get()
    tell(event_of(COMPLETED, edge.pay(purchase)))

    assert course.enrolments.get().state == EnrolmentState.ACTIVE
    back = text_of(browser.get(f"/billing/purchases/{purchase.uuid}/"))
    assert "Begin the course" in back
    assert "Charts and pilots" in text_of(browser.get("/billing/"))
    payments.refund(Payment.objects.get(), reason="Not for me.")
    assert course.enrolments.get().state == EnrolmentState.REVOKED
    assert "Pay €29.00" in text_of(browser.get(f"/billing/courses/{course.uuid}/"))


def test_a_course_that_was_granted_before_the_money_came_gives_it_back(edge, ana, browser):
    course = make_course(price_minor=2900)
    purchase = buying.buy_course(ana, course.uuid).purchase
    enrolling.grant(course, ana, course.owner)

    answer = tell(event_of(COMPLETED, edge.pay(purchase)))

    assert answer.json() == {"code": "given_back"}
    assert edge.moved_minor == 0
    assert course.enrolments.get().state == EnrolmentState.ACTIVE


def test_money_does_not_open_what_a_teacher_has_closed(edge, ana, browser):
    course = make_course(price_minor=2900)
    enrolling.revoke(enrolling.grant(course, ana, course.owner), course.owner)

    answer = browser.get(f"/billing/courses/{course.uuid}/", follow=True)

    assert "Your place was taken back" in text_of(answer)


def test_a_trial_once(plans, edge, ana, browser):
    Plan.objects.filter(key="premium").update(trial_days=14)
    assert "Try it for 14 days" in text_of(browser.get("/billing/"))

    assert "Your trial of Premium has begun" in text_of(browser.post("/billing/plans/premium/try/", follow=True))
    with time_machine.travel(timezone.now() + timedelta(days=20), tick=False):
        browser.force_login(ana)
        assert "You have had your trial" in text_of(browser.post("/billing/plans/premium/try/", follow=True))


def test_pages_ask_the_database_little(browser, subscribed, django_assert_max_num_queries):
    with ledger.recording():
        for number in range(30):
            payments.record_within(
                subscribed.user, amount_minor=100 + number, currency="EUR", product="course",
                gateway="stripe", reference=f"pi_many{number}", at=timezone.now(),
            )  # fmt: skip
    payment = Payment.objects.first()
    browser.get("/billing/")  # the first page of a session notes the session

    for address in ("/billing/", "/billing/plans/premium/", f"/billing/receipts/{payment.uuid}/"):
        with django_assert_max_num_queries(12):
            assert browser.get(address).status_code == 200


def test_without_a_provider_an_order_waits_for_staff(settings, plans, ana, browser):
    settings.BILLING_GATEWAY = "manual"
    page = browser.get("/billing/plans/premium/")
    assert "You pay by transfer or invoice." in text_of(page)

    answer = browser.post("/billing/plans/premium/", {"terms": terms_of(page)}, follow=True)

    assert "We have your order" in text_of(answer)
    assert "We wait for your payment." in text_of(browser.get("/billing/"))
    buying.settle(Purchase.objects.get(), reference="transfer 17", at=timezone.now())
    assert "Premium €14.00 a month" in text_of(browser.get("/billing/"))


def test_without_a_gateway_members_ask_and_staff_grant(settings, plans, browser):
    settings.BILLING_GATEWAY = ""

    assert browser.get("/billing/plans/premium/")["Location"] == "/features/"
    assert "Ask for a plan, and staff start it." in text_of(browser.get("/billing/"))
    assert "Your request goes to the staff" in text_of(browser.get("/features/"))


def test_what_is_begun_is_withdrawn_and_nothing_is_charged(edge, plans, browser):
    browser.post("/billing/plans/premium/", {"terms": terms_of(browser.get("/billing/plans/premium/"))})
    purchase = Purchase.objects.get()

    left = text_of(browser.get(f"/billing/purchases/{purchase.uuid}/?left=1", follow=True))
    assert "You left before paying. Nothing was charged." in left
    browser.post(f"/billing/purchases/{purchase.uuid}/withdraw/")

    assert Purchase.objects.get().state == "dropped"
    assert "This was not paid" in text_of(browser.get(f"/billing/purchases/{purchase.uuid}/"))


def test_what_a_bank_took_and_a_refund_that_failed_are_told_to_the_member(edge, ana, plans, browser):
    tell(event_of("checkout.session.completed", edge.pay(buying.buy(ana, plans["subscriber"]).purchase)))
    paid = Payment.objects.get()
    back = payments.refund(paid, 200, reason="Two days off.")
    tell(event_of("refund.failed", refund_of(paid, 200, back.gateway_ref, status="failed")))
    tell(event_of("charge.dispute.funds_withdrawn", dispute_of(paid, 300, took=300)))

    home = text_of(browser.get("/billing/"))
    receipt = text_of(browser.get(f"/billing/receipts/{paid.uuid}/"))
    rows = api_client(ana).get("/api/billing/payments").json()["results"]

    for words in ("Refund that failed", "Disputed", "€3.00 went back"):
        assert words in home
    assert "Your bank took €3.00 back" in receipt
    assert "did not reach you" in receipt
    told = {row["kind"]: row for row in rows}
    assert {kind: (row["signed_minor"], row["refunded_minor"]) for kind, row in told.items()} == {
        "payment": (600, 300), "refund": (-200, 0), "refund_failed": (200, 0), "dispute": (-300, 0),
    }  # fmt: skip
    assert told["refund_failed"]["undoes"] == told["refund"]["uuid"] == str(back.uuid)
    for row in rows:
        assert browser.get(f"/billing/receipts/{row['uuid']}/").status_code == 200
