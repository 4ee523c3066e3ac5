"""Staff are told of trouble with money: each that may act on it, once for each trouble, after the commit."""

import smtplib
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.billing import buying, payments, problems, telling, webhooks
from accounts.billing.gateways import Unreachable
from accounts.billing.refusals import RefundFailed
from accounts.models import Dispute, Notice, Payment, RefundClaim, TroubleMail, User
from accounts.standing import By
from accounts.tasks import renew_subscriptions
from tests.accounts.billing.test_at_once import at_once
from tests.accounts.stripe.edge import dispute_of, event_of, refund_of, tell
from tests.analytics.person.desk import browser, make_role
from tests.factories import make_staff

COMPLETED = "checkout.session.completed"
DISPUTE = "charge.dispute."
NOW = int(time.time())


@pytest.fixture
def paid(edge, plans, ana):
    User.objects.filter(pk=ana.pk).update(first_name="Ana", last_name="Sousa")
    tell(event_of(COMPLETED, edge.pay(buying.buy(ana, plans["subscriber"]).purchase), at=NOW - 2000))
    return Payment.objects.get()


@pytest.fixture
def fay(db):
    return make_role("finance", "fay")


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """Tell events of which each is committed, and return the mails that came of them."""

    def run(*events):
        for event in events:
            with django_capture_on_commit_callbacks(execute=True):
                assert tell(event).status_code == 200
        return mail.outbox

    return run


def body_of(message):
    return " ".join(message.body.split())


def test_a_dispute_is_told_with_all_that_an_answer_needs(told, paid, fay, settings):
    settings.SITE_URL, settings.TIME_ZONE = "https://site.example", "UTC"

    [message] = told(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))

    assert (message.to, message.subject) == (["fay@example.org"], "A bank contests €6.00 of Ana Sousa")
    text = body_of(message)
    assert f"https://site.example{reverse('desk:person', args=[paid.user.uuid])}" in text
    assert "Amount: €6.00 Member: Ana Sousa (ana) Reason: fraudulent" in text
    assert f"Answer by: {Dispute.objects.get().answer_by:%-d %B %Y, %H:%M} UTC" in text


def test_only_staff_who_may_change_money_are_told(told, paid, fay):
    make_staff("boss")
    make_role("admin", "ada")
    for role in ("support", "analyst", "moderator"):
        make_role(role)
    gone = make_role("finance", "gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)

    told(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))

    assert sorted(message.to[0] for message in mail.outbox) == [
        "ada@example.org", "boss@example.org", "fay@example.org",
    ]  # fmt: skip


def test_each_is_told_in_their_own_time_zone(told, paid, fay):
    User.objects.filter(pk=fay.pk).update(time_zone="Asia/Tokyo")

    [message] = told(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))

    tokyo = Dispute.objects.get().answer_by + timedelta(hours=9)
    assert f"Answer by: {tokyo:%-d %B %Y, %H:%M} JST" in body_of(message)


def test_one_dispute_is_told_once_whatever_else_comes_of_it(told, paid, fay):
    events = [
        event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900),
        event_of(f"{DISPUTE}funds_withdrawn", dispute_of(paid, 600, took=600), at=NOW - 900),
        event_of(f"{DISPUTE}updated", dispute_of(paid, 600, "under_review", took=600), at=NOW - 500),
        event_of(f"{DISPUTE}closed", dispute_of(paid, 600, "lost", took=600), at=NOW - 100),
    ]

    told(*events, *events)

    assert len(mail.outbox) == 1


def test_a_dispute_that_is_decided_when_it_is_first_told_of_asks_for_nothing(told, paid, fay):
    told(
        event_of(f"{DISPUTE}closed", dispute_of(paid, 600, "lost", took=600), at=NOW - 100),
        event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900),
    )

    assert not mail.outbox


def test_an_inquiry_that_becomes_a_dispute_is_told_again(told, paid, fay):
    told(
        event_of(f"{DISPUTE}created", dispute_of(paid, 600, "warning_needs_response"), at=NOW - 900),
        event_of(f"{DISPUTE}updated", dispute_of(paid, 600, "warning_under_review"), at=NOW - 800),
        event_of(f"{DISPUTE}updated", dispute_of(paid, 600, "needs_response"), at=NOW - 700),
        event_of(f"{DISPUTE}updated", dispute_of(paid, 600, "under_review"), at=NOW - 600),
    )

    assert len(mail.outbox) == 2


def test_a_refund_that_failed_after_all_is_told_once(told, paid, fay):
    failed = refund_of(paid, 250, status="failed", failure_reason="expired_or_canceled_card")
    events = [
        event_of("refund.created", refund_of(paid, 250), at=NOW - 300),
        event_of("refund.failed", failed, at=NOW - 200),
        event_of("refund.updated", failed, id="evt_once_more", at=NOW - 200),
    ]

    [message] = told(*events, *events)

    assert message.subject == "A refund of €2.50 to Ana Sousa failed"
    assert "Reason: expired or canceled card" in body_of(message)


def test_a_refund_that_waited_and_was_refused_is_told_once(told, edge, paid, fay):
    edge.refund_status = "pending"
    payments.refund(paid, 250, reason="Two days off.")
    marks = {"refund": paid.refund_claims.get().key}
    failed = refund_of(paid, 250, status="failed", failure_reason="declined", metadata=marks)

    [message] = told(
        event_of("refund.failed", failed, at=NOW), event_of("refund.updated", failed, id="evt_again", at=NOW)
    )

    assert message.subject == "A refund of €2.50 to Ana Sousa failed"
    assert payments.refundable_minor(paid) == 600


@pytest.fixture
def refused(told, edge, paid, fay):
    """A refund that waited at the gateway, and was refused when nobody looked."""
    edge.refund_status = "pending"
    payments.refund(paid, 250, reason="Two days off.")
    marks = {"refund": paid.refund_claims.get().key}
    told(
        event_of("refund.failed", refund_of(paid, 250, status="failed", failure_reason="declined_card", metadata=marks))
    )
    edge.refund_status = "succeeded"
    return paid


def test_a_refund_that_waited_and_was_refused_stands_on_both_pages_until_it_is_given_back(refused, fay):
    finance, support = browser(fay), browser(make_role("support"))
    member, revenue = reverse("desk:person", args=[refused.user.uuid]), reverse("dashboards:revenue")

    [problem] = problems.unsolved()
    pages = [" ".join(finance.get(page).content.decode().split()) for page in (member, revenue)]

    when = RefundClaim.objects.get().refused_at
    assert (problem.what, problem.amount_minor, problem.since) == ("refund_failed", 250, when)
    for page in pages:
        for words in ("The refund failed", "€2.50", "declined card", f"{timezone.localtime(when):%H:%M}"):
            assert words in page
    assert "The refund failed" not in support.get(member).content.decode()
    payments.refund(refused, 250, reason="By transfer.", by_hand=True)
    assert (problems.unsolved(), problems.of(refused.user)) == ([], [])
    assert "The refund failed" not in finance.get(member).content.decode()


def test_a_refund_that_is_asked_for_again_stands_once_and_not_while_it_is_under_way(refused, edge, told):
    edge.refund_status = "pending"
    payments.refund(refused, 250, reason="Again.")

    assert problems.unsolved() == []

    again = RefundClaim.objects.latest("pk")
    failed = refund_of(refused, 250, status="failed", failure_reason="closed", metadata={"refund": again.key})
    told(event_of("refund.failed", failed | {"id": "re_2"}, id="evt_2"))
    assert [one.why for one in problems.unsolved()] == ["closed"]


def test_staff_who_try_again_and_are_refused_at_once_still_have_it_to_look_at(refused, edge, fay):
    edge.refund_status = "failed"
    with pytest.raises(RefundFailed):
        payments.refund(refused, 250, reason="Again.", by=By(user=fay))

    assert [one.why for one in problems.unsolved()] == ["declined card"]


def test_what_went_back_for_another_reason_is_not_taken_for_it(edge, paid, told, fay):
    edge.refund_status = "pending"
    for amount in (100, 250):
        payments.refund(paid, amount, reason="")
    first, second = RefundClaim.objects.order_by("pk")
    failed = refund_of(paid, 250, status="failed", metadata={"refund": second.key}) | {"id": "re_2"}
    arrived = refund_of(paid, 100, metadata={"refund": first.key}) | {"id": "re_1"}

    told(event_of("refund.failed", failed, at=NOW - 60), event_of("refund.updated", arrived, id="evt_2", at=NOW))

    assert [one.amount_minor for one in problems.unsolved()] == [250]


def test_what_the_bank_has_taken_back_meanwhile_needs_no_refund(refused, told):
    told(event_of(f"{DISPUTE}created", dispute_of(refused, 600, took=600)))

    assert [one.what for one in problems.unsolved()] == ["dispute"]

    told(event_of(f"{DISPUTE}closed", dispute_of(refused, 600, "won", took=600, gave=600), id="evt_won"))
    assert [one.what for one in problems.unsolved()] == ["refund_failed"]


def test_a_refund_whose_answer_was_lost_and_that_is_refused_then_is_told_whoever_asked_for_it(
    edge, paid, fay, django_capture_on_commit_callbacks
):
    edge.is_down = True
    with pytest.raises(Unreachable):
        payments.refund(paid, 100, reason="So.", by=By(user=fay))
    edge.is_down, edge.refund_status = False, "failed"

    with django_capture_on_commit_callbacks(execute=True):
        payments.finish(timezone.now() + timedelta(minutes=16))

    assert [message.subject for message in mail.outbox] == ["A refund of €1.00 to Ana Sousa failed"]
    assert [one.amount_minor for one in problems.unsolved()] == [100]


def test_money_for_what_could_not_be_sold_that_the_gateway_keeps_is_told_once_and_stands_to_be_looked_at(
    told, edge, plans, ana, fay
):
    purchase = buying.buy(ana, plans["subscriber"]).purchase
    sessions = [edge.pay(purchase, f"pi_{name}") | {"id": f"cs_{name}"} for name in ("one", "two")]
    edge.refund_status = "failed"

    told(*[event_of(COMPLETED, session) for session in sessions])
    payments.finish(timezone.now())

    assert [message.subject for message in mail.outbox] == ["A refund of €6.00 to ana failed"]
    [problem] = problems.unsolved()
    assert (problem.what, problem.user, problem.amount_minor) == ("refund_failed", ana, 600)
    edge.refund_status = "succeeded"
    payments.refund(Payment.objects.get(is_applied=False), reason="Once more.")
    assert problems.unsolved() == []


def test_what_staff_ask_for_themselves_and_is_refused_is_not_mailed(
    edge, paid, fay, django_capture_on_commit_callbacks
):
    edge.refund_status = "failed"

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RefundFailed):
        payments.refund(paid, 100, reason="So.", by=By(user=fay))

    assert (mail.outbox, problems.unsolved()) == ([], [])


def test_news_that_fit_nothing_are_told_once_for_each_thing_and_not_when_read_again(
    told, paid, fay, django_capture_on_commit_callbacks
):
    told(
        event_of(f"{DISPUTE}created", dispute_of(paid, 601), at=NOW - 900),
        event_of(f"{DISPUTE}funds_withdrawn", dispute_of(paid, 601, took=601), at=NOW - 900),
        event_of(f"{DISPUTE}created", dispute_of(paid, 601), at=NOW - 900),
    )
    with django_capture_on_commit_callbacks(execute=True):
        webhooks.finish(timezone.now())

    [message] = mail.outbox
    assert message.subject == "€6.01 of a gateway fit no payment"
    text = body_of(message)
    assert "At the gateway: dp_1" in text
    assert "Answer by:" in text
    assert "/admin/accounts/notice/" in text
    assert "Ana" not in text


def test_what_was_held_and_fits_now_is_told_as_what_it_is(told, edge, plans, ana, fay):
    session = edge.pay(buying.buy(ana, plans["subscriber"]).purchase)
    edge.is_down = True
    told(event_of(f"{DISPUTE}created", dispute_of("pi_page", 600), at=NOW - 100))
    edge.is_down = False

    told(event_of(COMPLETED, session, at=NOW - 200))

    assert [message.subject for message in mail.outbox] == [
        "€6.00 of a gateway fit no payment", "A bank contests €6.00 of ana",
    ]  # fmt: skip


def test_nothing_is_sent_of_what_was_taken_back(paid, fay, django_capture_on_commit_callbacks):
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(InterruptedError),
        transaction.atomic(),
    ):
        tell(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))
        raise InterruptedError

    assert (mail.outbox, Dispute.objects.count()) == ([], 0)


def test_a_name_cannot_write_heads_of_the_mail(told, paid, fay):
    User.objects.filter(pk=paid.user_id).update(first_name="Ana\r\nBcc: eve@example.org")

    [message] = told(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))

    assert "Bcc" not in message.message()


class Deaf(EmailBackend):
    """Refuses one address, as a mail server may."""

    def send_messages(self, messages):
        if any("fay@example.org" in message.to for message in messages):
            raise smtplib.SMTPRecipientsRefused({})
        return super().send_messages(messages)


class Gone(EmailBackend):
    """Is not there."""

    def open(self):
        raise ConnectionRefusedError


@pytest.mark.parametrize(("backend", "reached"), [("Deaf", ["zoe@example.org"]), ("Gone", [])])
def test_a_mail_server_that_refuses_stops_neither_the_books_nor_the_others(
    told, paid, fay, settings, caplog, backend, reached
):
    make_role("finance", "zoe")
    settings.EMAIL_BACKEND = f"{__name__}.{backend}"

    told(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))

    assert [message.to[0] for message in mail.outbox] == reached
    assert Dispute.objects.count() == 1
    assert "trouble with money" in caplog.text


@pytest.mark.parametrize("backend", ["Deaf", "Gone"])
def test_what_could_not_be_mailed_is_mailed_later_to_whom_it_did_not_reach(told, paid, fay, settings, backend):
    make_role("finance", "zoe")
    works, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.{backend}"
    told(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))
    settings.EMAIL_BACKEND, later = works, timezone.now() + timedelta(minutes=11)

    sent = [telling.finish(), telling.finish(later), telling.finish(later), telling.finish(later + timedelta(days=9))]

    assert sent == [0, 1 if backend == "Deaf" else 2, 0, 0]
    assert sorted(message.to[0] for message in mail.outbox) == ["fay@example.org", "zoe@example.org"]
    assert {message.subject for message in mail.outbox} == {"A bank contests €6.00 of Ana Sousa"}
    assert f"Answer by: {Dispute.objects.get().answer_by:%-d %B %Y, %H:%M}" in body_of(mail.outbox[-1])


def test_what_a_process_did_not_live_to_mail_is_mailed_by_the_task(paid, fay):
    tell(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))
    assert mail.outbox == []

    renew_subscriptions()
    renew_subscriptions()

    assert [message.to for message in mail.outbox] == [["fay@example.org"]]


def test_a_mail_is_given_up_after_eight_tries_and_the_trouble_says_so(told, paid, fay, settings):
    settings.EMAIL_BACKEND, begun = f"{__name__}.Gone", timezone.now()
    told(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))
    for minutes in range(10, 3 * 24 * 60, 10):
        if TroubleMail.objects.get().attempts == TroubleMail.MOST_TRIES:
            break
        assert problems.unsolved()[0].unmailed == ()
        telling.finish(begun + timedelta(minutes=minutes + 1))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert timedelta(hours=20) < timedelta(minutes=minutes) < timedelta(days=2)
    assert telling.finish(begun + timedelta(days=20)) == 0
    assert [one.unmailed for one in problems.unsolved()] == [("fay",)]
    page = browser(fay).get(reverse("desk:person", args=[paid.user.uuid])).content.decode()
    assert "fraudulent · could not be mailed to fay" in page
    telling.finish(begun + timedelta(days=33))
    assert not TroubleMail.objects.exists()


def test_who_may_not_change_money_any_more_is_not_mailed_later(told, paid, fay, settings):
    works, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Gone"
    told(event_of(f"{DISPUTE}created", dispute_of(paid, 600), at=NOW - 900))
    settings.EMAIL_BACKEND = works
    User.objects.filter(pk=fay.pk).update(is_active=False)

    telling.finish(timezone.now() + timedelta(minutes=11))

    assert (mail.outbox, TroubleMail.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_workers_who_mail_again_at_once_mail_once(edge, plans, ana, settings):
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "timeout": 20}
    make_role("finance", "fay")
    tell(event_of(COMPLETED, edge.pay(buying.buy(ana, plans["subscriber"]).purchase), at=NOW - 2000))
    works, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Gone"
    tell(event_of(f"{DISPUTE}created", dispute_of(Payment.objects.get(), 600), at=NOW - 900))
    settings.EMAIL_BACKEND = works

    sent = at_once(*[lambda: telling.finish(timezone.now() + timedelta(minutes=11))] * 4)

    assert (sum(sent), len(mail.outbox)) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "events",
    [
        [f"{DISPUTE}created", f"{DISPUTE}created", f"{DISPUTE}funds_withdrawn"],
        ["refund.failed", "refund.failed", "refund.updated"],
    ],
)
def test_workers_who_read_at_once_tell_once(edge, plans, ana, events):
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "timeout": 20}
    make_role("finance", "fay")
    tell(event_of(COMPLETED, edge.pay(buying.buy(ana, plans["subscriber"]).purchase), at=NOW - 2000))
    payment = Payment.objects.get()
    if "refund.failed" in events:
        tell(event_of("refund.created", refund_of(payment, 600), at=NOW - 900))
        thing = refund_of(payment, 600, status="failed")
    else:
        thing = dispute_of(payment, 600)

    at_once(*[lambda kind=kind: tell(event_of(kind, thing, at=NOW - 500)) for kind in events])

    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_news_of_an_unknown_payment_that_come_at_once_are_told_once(edge, plans, ana):
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "timeout": 20}
    make_role("finance", "fay")
    edge.is_down = True

    at_once(*[
        lambda kind=kind: tell(event_of(f"{DISPUTE}{kind}", dispute_of("pi_unknown", 600), at=NOW - 500))
        for kind in ("created", "created", "funds_withdrawn", "updated")
    ])  # fmt: skip

    assert (len(mail.outbox), Notice.objects.count()) == (1, 3)
