"""Bulk actions: what was shown is what happens, to each once, whoever dies or comes between, and it can be taken back."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, connections
from django.utils import timezone

from accounts import activation, entitlements, standing, subscriptions
from accounts.features import Feature
from accounts.models import FeatureGrant, StaffAction, Subscription, SubscriptionChange, User
from accounts.roles import Role
from accounts.staffing import StaffRole
from analytics.people import bulk, tasks
from analytics.people.many import ACT
from analytics.people.models import BulkAction, BulkState, BulkTarget, TargetState
from library.people import notifications
from library.people import settings as member_settings
from tests.analytics.people.world import DAY, client_of, given, paying, staff
from tests.factories import make_plans, make_user

NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)
PARAMS = {
    "extend": {"days": 30, "reason": "An outage"},
    "upgrade": {"role": "premium", "days": 90, "reason": ""},
    "feature": {"feature": "ad_free", "how": "give", "days": None, "note": ""},
    "message": {"subject": "News", "text": "The site is new.", "with_mail": True},
    "deactivate": {"reason": "Spam"},
    "activate": {"reason": "No spam"},
}


@pytest.fixture
def now(db):
    make_plans()
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def admin(now):
    return staff(StaffRole.ADMIN)


def prepared(act, by, people=None, **params):
    chosen = User.objects.filter(is_staff=False) if people is None else User.objects.filter(username__in=people)
    made = bulk.prepare(ACT[act], chosen, by, "")
    bulk.describe(made, {**PARAMS[act], **params})
    return made


def done(act, by, people=None, **params):
    made = prepared(act, by, people, **params)
    bulk.start(made, bulk.digest(made))
    assert bulk.work(made.uuid)
    made.refresh_from_db()
    return made


def undone(made, by):
    back = bulk.undo(made, by)
    assert bulk.work(back.uuid)
    back.refresh_from_db()
    return back


def outcomes(made):
    rows = BulkTarget.objects.filter(bulk=made).values_list("user__username", "state", "reason")
    return {name: reason or state for name, state, reason in rows}


def ends():
    return dict(Subscription.objects.running().values_list("user__username", "current_period_end"))


def run_rates():
    return sum(one.run_rate for one in Subscription.objects.running())


# Each act


def test_extending_moves_each_end_and_no_money(admin, now):
    given(make_user("gift"), Role.PREMIUM, 10, now)
    paying(make_user("payer"), Role.PREMIUM, now)
    given(make_user("over"), Role.PREMIUM, 5, now - 9 * DAY)
    make_user("free")
    before, rate = ends(), run_rates()

    made = done("extend", admin)

    assert outcomes(made) == {
        "gift": "done", "payer": "done", "over": "No running subscription", "free": "No running subscription",
    }  # fmt: skip
    assert ends()["gift"] == before["gift"] + 30 * DAY
    assert ends()["payer"] == before["payer"] + 30 * DAY
    assert run_rates() == rate
    assert (made.state, made.done, made.skipped, made.failed) == (BulkState.FINISHED, 2, 2, 0)


def test_an_extension_is_taken_back_where_nothing_came_between(admin, now):
    for name in ("gift", "changed"):
        given(make_user(name), Role.PREMIUM, 10, now)
    before = ends()
    made = done("extend", admin)
    subscriptions.extend(User.objects.get(username="changed"), 5, now=now)

    back = undone(made, admin)

    assert outcomes(back) == {"gift": "done", "changed": "Changed since"}
    assert ends() == {"gift": before["gift"], "changed": before["changed"] + 35 * DAY}


def test_giving_a_plan_leaves_alone_who_pays_or_has_more(admin, now):
    make_user("free")
    given(make_user("sub"), Role.SUBSCRIBER, 10, now)
    given(make_user("prem"), Role.PREMIUM, 10, now)
    paying(make_user("payer"), Role.SUBSCRIBER, now)
    before = ends()

    made = done("upgrade", admin)

    assert outcomes(made) == {"free": "done", "sub": "done", "prem": "done", "payer": "Pays for a subscription"}
    roles = {user.username: entitlements.role_of(user, now).value for user in User.objects.filter(is_staff=False)}
    assert roles == {"free": "premium", "sub": "premium", "prem": "premium", "payer": "subscriber"}
    assert ends() == {
        "free": now + 90 * DAY, "sub": now + 90 * DAY, "prem": before["prem"] + 90 * DAY, "payer": before["payer"],
    }  # fmt: skip

    lower = done("upgrade", admin, ["prem"], role="subscriber")
    assert outcomes(lower) == {"prem": "Has a higher plan already"}


def test_given_plans_are_taken_back(admin, now):
    make_user("free")
    given(make_user("sub"), Role.SUBSCRIBER, 10, now)
    given(make_user("prem"), Role.PREMIUM, 10, now)
    before = ends()

    back = undone(done("upgrade", admin), admin)

    assert outcomes(back) == {"free": "done", "sub": "done", "prem": "done"}
    assert ends() == before
    roles = {user.username: entitlements.role_of(user, now).value for user in User.objects.filter(is_staff=False)}
    assert roles == {"free": "free", "sub": "subscriber", "prem": "premium"}


def test_a_feature_is_given_and_left_as_it_was(admin, now):
    make_user("free")
    had = make_user("had")
    FeatureGrant.objects.create(user=had, feature="ad_free", granted=False, note="Asked for it")

    made = done("feature", admin, days=7)

    assert all(entitlements.has_feature(user, Feature.AD_FREE, now) for user in User.objects.filter(is_staff=False))
    assert not entitlements.has_feature(User.objects.get(username="free"), Feature.AD_FREE, now + 8 * DAY)
    assert outcomes(done("feature", admin, days=7)) == {"free": "Has it so already", "had": "Has it so already"}

    undone(made, admin)

    kept = FeatureGrant.objects.get()
    assert (kept.user, kept.granted, kept.note, kept.expires_at) == (had, False, "Asked for it", None)


def test_a_grant_that_was_changed_since_stays(admin, now):
    free = make_user("free")
    made = done("feature", admin)
    FeatureGrant.objects.filter(user=free).update(note="Another")

    assert outcomes(undone(made, admin)) == {"free": "Changed since"}
    assert FeatureGrant.objects.get().note == "Another"


def test_deactivating_logs_out_and_spares_staff(admin, now):
    support = staff(StaffRole.SUPPORT)
    make_user("spam")
    browser = client_of(User.objects.get(username="spam"))
    assert browser.get("/accounts/settings/", follow=True).status_code in (200, 404)

    made = done("deactivate", admin, ["spam", "the-support", "admin-of-all"])

    states = dict(User.objects.values_list("username", "is_active"))
    assert states == {"spam": False, "the-support": True, "admin-of-all": True}
    assert outcomes(made)["the-support"] == "Staff stay as they are"
    assert (
        "_auth_user_id" not in browser.get("/").wsgi_request.session
        or not browser.get("/").wsgi_request.user.is_authenticated
    )

    undone(made, admin)

    assert User.objects.get(username="spam").is_active
    assert support.is_active


def test_who_was_kept_out_for_another_reason_since_stays_out(admin, now):
    for name in ("ana", "ben"):
        make_user(name)
    made = done("deactivate", admin)
    with time_machine.travel(NOW + DAY, tick=False):
        ana = User.objects.get(username="ana")
        activation.activate(ana, by=admin)
        activation.deactivate(ana, by=admin, reason="Fraud")

        back = undone(made, admin)

    assert dict(User.objects.filter(is_staff=False).values_list("username", "is_active")) == {"ana": False, "ben": True}
    assert (back.done, back.skipped) == (1, 1)


def test_activating_is_the_other_way_round(admin, now):
    make_user("off", is_active=False)
    make_user("on")

    made = done("activate", admin)

    assert outcomes(made) == {"off": "done", "on": "Was so already"}
    undone(made, admin)
    assert dict(User.objects.filter(is_staff=False).values_list("username", "is_active")) == {"off": False, "on": True}


def test_a_message_is_told_once_on_the_site_and_by_mail(admin, now):
    make_user("ilse", email="ilse@example.org")
    make_user("unsure", verified=False)
    make_user("off", is_active=False)
    unwilling = make_user("unwilling")
    member_settings.change(unwilling, {"notification.staff": "off"})

    made = done("message", admin)

    assert outcomes(made) == {
        "ilse": "done", "unsure": "done", "off": "Is deactivated", "unwilling": "Does not want messages",
    }  # fmt: skip
    assert [(one.to, one.subject) for one in mail.outbox] == [(["ilse@example.org"], "News")]
    assert "The site is new." in mail.outbox[0].body
    told = notifications.of(User.objects.get(username="unsure")).get()
    assert (told.title, told.address) == ("News", f"/letters/{made.uuid}/")
    assert bulk.mails(made) == {"sent": 1}


def test_a_subject_is_one_line():
    form = ACT["message"].form({"subject": "News\nBcc: ben@example.org", "text": "The site is new."})

    assert form.is_valid()
    assert form.cleaned_data["subject"] == "News Bcc: ben@example.org"


def test_a_message_is_read_by_whom_it_was_written_to(admin, now):
    ilse, ben = make_user("ilse"), make_user("ben")
    made = done("message", admin, ["ilse"], text="A line\n<script>alert(1)</script>")

    page = client_of(ilse).get(f"/letters/{made.uuid}/")

    assert page.status_code == 200
    assert "A line" in page.content.decode()
    assert "<script>alert" not in page.content.decode()
    assert client_of(ben).get(f"/letters/{made.uuid}/").status_code == 404
    assert not bulk.may_undo(made, admin)


@pytest.mark.parametrize("act", ["extend", "upgrade", "feature", "message", "deactivate", "activate"])
def test_what_is_foretold_is_what_happens(admin, now, act):
    make_user("free")
    given(make_user("sub"), Role.SUBSCRIBER, 10, now)
    given(make_user("prem"), Role.PREMIUM, 10, now)
    given(make_user("over"), Role.PREMIUM, 5, now - 9 * DAY)
    paying(make_user("payer"), Role.SUBSCRIBER, now)
    paying(make_user("late"), Role.SUBSCRIBER, now - 32 * DAY, days=30, status="past_due")
    make_user("off", is_active=False)
    FeatureGrant.objects.create(user=make_user("had"), feature="ad_free", granted=False)
    made = prepared(act, admin, [*User.objects.values_list("username", flat=True)])

    lines = bulk.prospects(made, now)
    told = dict(bulk.sample(made, now))
    bulk.start(made, bulk.digest(made))
    bulk.work(made.uuid)
    made.refresh_from_db()

    acting = [line.people for line in lines if line.acts]
    assert made.done == (acting[0] if act == "message" else sum(acting))
    assert made.skipped == sum(line.people for line in lines if not line.acts)
    assert len(told) == min(bulk.SAMPLE, made.total)
    assert all(told.values())


# Who, and when


def test_who_comes_later_is_not_among_them(admin, now):
    make_user("first")
    made = prepared("feature", admin)
    make_user("second")

    bulk.start(made, bulk.digest(made))
    bulk.work(made.uuid)

    assert set(outcomes(made)) == {"first"}


def test_nobody_cannot_be_chosen(admin):
    with pytest.raises(bulk.Refused):
        bulk.prepare(ACT["extend"], User.objects.none(), admin, "")
    with pytest.raises(bulk.Refused):
        bulk.prepare(ACT["extend"], User.objects.filter(username="nobody"), admin, "")

    assert not BulkAction.objects.exists()


def test_it_starts_once_and_as_it_was_looked_at(admin, now):
    make_user("ilse")
    made = prepared("extend", admin)
    seen = bulk.digest(made)
    bulk.describe(made, {"days": 300, "reason": ""})

    with pytest.raises(bulk.Refused):
        bulk.start(made, seen)
    bulk.start(made, bulk.digest(made))
    with pytest.raises(bulk.Refused):
        bulk.start(made, bulk.digest(made))
    with pytest.raises(bulk.Refused):
        bulk.describe(made, {"days": 1, "reason": ""})


def test_it_is_one_line_of_the_audit_log_and_taking_it_back_another(admin, now):
    for name in ("a", "b", "c"):
        make_user(name)

    made = done("feature", admin)
    undone(made, admin)

    lines = list(StaffAction.objects.filter(what__startswith="bulk.").order_by("id"))
    assert [(line.what, line.by, line.detail["people"]) for line in lines] == [
        ("bulk.started", admin, 3), ("bulk.undone", admin, 3),
    ]  # fmt: skip
    assert lines[0].about_key == str(made.uuid)


def test_it_is_undone_once(admin, now):
    make_user("ilse")
    made = done("feature", admin)
    bulk.undo(made, admin)

    with pytest.raises(bulk.Refused):
        bulk.undo(made, admin)


def test_it_stops_for_who_is_no_longer_allowed(admin, now):
    support = staff(StaffRole.SUPPORT)
    make_user("ilse")
    made = prepared("feature", support)
    bulk.start(made, bulk.digest(made))
    support.groups.clear()

    bulk.work(made.uuid)

    made.refresh_from_db()
    assert (made.state, made.done) == (BulkState.STOPPED, 0)
    assert not FeatureGrant.objects.exists()


def test_what_cannot_be_done_to_one_is_done_to_the_others(admin, now, monkeypatch):
    for name in ("a", "b", "c"):
        given(make_user(name), Role.PREMIUM, 10, now)
    made = prepared("extend", admin)
    far = Subscription.objects.get(user__username="b")
    Subscription.objects.filter(pk=far.pk).update(current_period_end=datetime(9999, 12, 30, tzinfo=UTC))

    bulk.start(made, bulk.digest(made))
    bulk.work(made.uuid)

    made.refresh_from_db()
    assert (made.state, made.done, made.failed) == (BulkState.FINISHED, 2, 1)
    assert outcomes(made)["b"] == str(standing.TooFarAhead.default_detail)


def test_drafts_are_dropped_after_a_day(admin, now):
    make_user("ilse")
    prepared("extend", admin)
    kept = done("feature", admin)

    with time_machine.travel(NOW + timedelta(hours=25), tick=False):
        assert tasks.drop_bulk_drafts() == 1

    assert BulkAction.objects.get() == kept


# Who dies, and two at once


class Killed(BaseException):
    """The worker is killed."""


@pytest.mark.parametrize("act", ["extend", "feature", "message"])
def test_a_killed_workers_rest_is_done_by_another_and_nobody_twice(admin, now, monkeypatch, act):
    record = ACT[act]
    for number in range(12):
        given(make_user(f"m{number:02}"), Role.PREMIUM, 10, now)
    before = ends()
    made = prepared(act, admin)
    bulk.start(made, bulk.digest(made))
    calls = []
    do = bulk._do_together

    def dying(one, what, people, token):
        calls.append(people)
        do(one, what, people, token)
        if len(calls) == 2:
            raise Killed

    monkeypatch.setattr(bulk, "_waiting", lambda one, most: list(BulkTarget.objects.filter(bulk=one, state="waiting").order_by("user").values_list("user", flat=True)[:4]))  # fmt: skip
    monkeypatch.setattr(bulk, "_do_together", dying)
    with pytest.raises(Killed):
        bulk.work(made.uuid)
    monkeypatch.setattr(bulk, "_do_together", do)

    assert bulk.work(made.uuid) is False  # the lease still holds
    with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
        assert tasks.work_off_bulk_actions() == 1

    made.refresh_from_db()
    assert (record.key, made.state, made.done) == (act, BulkState.FINISHED, 12)
    if act == "extend":
        assert ends() == {name: end + 30 * DAY for name, end in before.items()}
        assert SubscriptionChange.objects.filter(change="extended").count() == 12
    if act == "message":
        assert len(mail.outbox) == 12
        assert notifications.Notification.objects.count() == 12


def test_a_chunk_whose_writer_dies_inside_leaves_nothing(admin, now, monkeypatch):
    for number in range(3):
        given(make_user(f"m{number}"), Role.PREMIUM, 10, now)
    before = ends()
    made = prepared("extend", admin)
    bulk.start(made, bulk.digest(made))

    def dying(*_args, **_more):
        raise Killed

    monkeypatch.setattr(bulk, "_count", dying)
    with pytest.raises(Killed):
        bulk.work(made.uuid)

    assert ends() == before
    assert set(outcomes(made).values()) == {TargetState.WAITING}


def test_a_worker_that_lost_its_lease_writes_nothing(admin, now):
    given(make_user("ilse"), Role.PREMIUM, 10, now)
    before = ends()
    made = prepared("extend", admin)
    bulk.start(made, bulk.digest(made))
    BulkAction.objects.filter(pk=made.pk).update(state=BulkState.RUNNING, token=made.uuid)
    made.refresh_from_db()

    with pytest.raises(bulk.Lost):
        bulk._do_together(made, ACT["extend"], [User.objects.get(username="ilse").pk], admin.uuid)

    assert ends() == before


def test_what_is_stopped_goes_no_further(admin, now):
    for number in range(3):
        make_user(f"m{number}")
    made = prepared("feature", admin)
    bulk.start(made, bulk.digest(made))

    assert bulk.stop(made)
    assert not bulk.work(made.uuid)
    assert not bulk.stop(made)

    assert not FeatureGrant.objects.exists()


class Refusing(EmailBackend):
    """A mail server that takes every other mail, and is killed at the fourth."""

    seen: list[str] = []

    def send_messages(self, messages):
        for one in messages:
            self.seen.append(one.to[0])
            if len(self.seen) == 2:
                raise OSError("550 no such person")
            if len(self.seen) == 4:
                raise Killed
        return super().send_messages(messages)


def test_no_mail_is_sent_twice_however_it_ends(admin, now, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    Refusing.seen = []
    for number in range(6):
        make_user(f"m{number}")
    made = prepared("message", admin)
    bulk.start(made, bulk.digest(made))
    with pytest.raises(Killed):
        bulk.work(made.uuid)

    with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
        bulk.work_off(5)

    made.refresh_from_db()
    assert made.state == BulkState.FINISHED
    assert len(Refusing.seen) == len(set(Refusing.seen)) == 4
    assert bulk.mails(made) == {"sent": 2, "failed": 1, "sending": 3}


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_action_and_two_actions_on_the_same_people(settings):
    make_plans()
    admin = staff(StaffRole.ADMIN)
    now = timezone.now()
    for number in range(30):
        given(make_user(f"m{number:02}"), Role.PREMIUM, 10, now)
    before = ends()
    first, second = prepared("extend", admin), prepared("extend", admin, days=7)
    for made in (first, second):
        bulk.start(made, bulk.digest(made))
    errors, gate = [], threading.Barrier(6)

    def worker():
        try:
            gate.wait()
            for _turn in range(40):
                bulk.work_off(10)
                if not BulkAction.objects.exclude(state=BulkState.FINISHED).exists():
                    break
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert errors == []
    assert ends() == {name: end + 37 * DAY for name, end in before.items()}
    assert SubscriptionChange.objects.filter(change="extended").count() == 60
    for made in (first, second):
        made.refresh_from_db()
        assert (made.state, made.done, made.failed) == (BulkState.FINISHED, 30, 0)


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_once_it_starts_and_is_undone_once():
    make_plans()
    admin = staff(StaffRole.ADMIN)
    make_user("ilse")
    made = prepared("feature", admin)
    seen = bulk.digest(made)

    def together(act):
        results, gate = [], threading.Barrier(5)

        def press():
            gate.wait()
            try:
                act()
                results.append(True)
            except bulk.Refused:
                results.append(False)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=press) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return sorted(results)

    assert together(lambda: bulk.start(BulkAction.objects.get(pk=made.pk), seen)) == [False] * 4 + [True]
    bulk.work(made.uuid)
    made.refresh_from_db()
    assert together(lambda: bulk.undo(BulkAction.objects.get(pk=made.pk), admin)) == [False] * 4 + [True]
    assert StaffAction.objects.filter(what__startswith="bulk.").count() == 2
    assert connection.vendor in {"sqlite", "postgresql"}


def test_what_the_clock_began_meanwhile_is_a_change_since(admin, now):
    ana = make_user("ana")
    given(ana, Role.PREMIUM, 10, now)
    subscriptions.downgrade(ana, Role.SUBSCRIBER, 100, now=now)
    made = done("extend", admin, days=5)

    with time_machine.travel(now + 20 * DAY, tick=False):
        back = undone(made, admin)

    assert outcomes(back) == {"ana": "Changed since"}
    assert Subscription.objects.get(user=ana).plan.role == Role.SUBSCRIBER


def test_stopping_is_noted_once(admin, now):
    make_user("ana")
    made = prepared("deactivate", admin)
    bulk.start(made, bulk.digest(made))

    for _ in range(2):
        client_of(admin).post(f"/admin/people/bulk/{made.uuid}/stop/")

    line = StaffAction.objects.get(what="bulk.stopped")
    assert (line.by, line.about_key, line.detail["done"], line.detail["people"]) == (admin, str(made.uuid), 0, 1)
