"""Erasing a member: nothing leads to who it was, and no number of anybody else moves."""

import io
import json
import signal
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import activation, audit, subscriptions
from accounts.billing import buying
from accounts.billing.gateways.manual import MANUAL
from accounts.erasure import copying, erasing
from accounts.models import (
    Erasure,
    FeatureGrant,
    Payment,
    Plan,
    Purchase,
    PurchaseState,
    StaffAction,
    StaffNote,
    Subscription,
)
from accounts.roles import Role
from analytics.people.many import access
from analytics.people.many.record import Job
from analytics.platform import health
from library import uploads
from library.models import Comment
from stats import ledger, verify
from stats.actors import user_actor
from stats.erasing import Eraser, events_of
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import ActorStats, Item, ItemCounter
from tests import processes
from tests.factories import make_comment, make_item, make_plans, make_staff, make_user

User = get_user_model()
BY_ID = {"actor", "guest", "target", "last_actor", "user_id"}
OF_OTHERS = {("stats.GuestClaim", "guest")}


def columns_that_name_people():
    """Every column of every table of ours, and of what we use, that leads to a person."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            if field.related_model is User or (not field.is_relation and field.name in BY_ID):
                yield model._meta.label, field.name


def test_each_column_that_names_a_person_has_one_decision():
    decided = [(rule.model, rule.path) for rule in erasing.rules()]
    named = set(columns_that_name_people()) - OF_OTHERS

    assert sorted(set(decided)) == sorted(decided)
    assert named - set(decided) == set()
    assert {(model, path) for model, path in decided if "__" not in path} - named == set()


def test_what_stays_says_why():
    assert [rule for rule in erasing.rules() if rule.fate is erasing.Fate.KEPT and not rule.why] == []


def test_nothing_hangs_on_rows_that_are_deleted_without_going_with_them():
    deleted = {rule.model for rule in erasing.rules() if rule.fate is erasing.Fate.DELETED}
    held = {
        (relation.related_model._meta.label, model)
        for model in deleted
        for relation in apps.get_model(model)._meta.related_objects
        if relation.on_delete.__name__ in {"PROTECT", "RESTRICT", "DO_NOTHING"}
    }

    assert {pair for pair in held if pair[0] not in deleted} == set()


@pytest.fixture
def ana(transactional_db):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE library_words")  # no model's table: what other tests left in it is there still
    make_plans()
    ana = make_user("ana-marple", email="ana.marple@example.org", first_name="Ana", last_name="Marple", bio="I read.")
    bea = make_user("bea")
    film = make_item(owner=bea, title="A film")
    own = make_item(owner=ana, title="Mine: holidays of the Marples")
    make_comment(film, ana, text="Greetings from Ana Marple")
    actor = user_actor(ana.uuid)
    with ledger.recording():
        for number in range(3):
            ledger.record(
                Kind.PLAY, actor, item=film, play_id=f"p{number}", duration_seconds=100, session_id="session-of-ana",
                occurred_at=timezone.now() - timedelta(hours=number + 1), completed=True,
            )  # fmt: skip
        ledger.record(Kind.LIKE, actor, item=film)
        ledger.record(Kind.SEARCH, actor, name="ana marple's secret")
        ledger.record(Kind.PAGE_VIEW, actor, url="https://example.org/?mail=ana.marple@example.org", title="Marple")
        ledger.record(Kind.FOLLOW, actor, target=str(bea.uuid))
        ledger.record(Kind.FOLLOW, user_actor(bea.uuid), target=str(ana.uuid))
        ledger.record(Kind.GUEST_CLAIMED, actor, guest=str(uuid7()))
        ledger.record(Kind.IDENTIFIED, actor, external_id="marple-42")
        ledger.record(Kind.LESSON_COMPLETED, actor, item=own, course=str(uuid7()))
    subscriptions.upgrade_subscription(ana, Role.PREMIUM)
    FeatureGrant.objects.create(user=ana, feature="early_access", granted=True)
    chief = make_staff("chief")
    StaffNote.objects.create(person=ana, by=chief, text="Called Marple.")
    audit.note(chief, "admin.changed", own)
    audit.note(chief, "member.deactivated", ana, {"reason": "Marple asked for it."})
    for row in (ana, own):
        kind = ContentType.objects.get_for_model(row)
        LogEntry.objects.create(
            user=chief, content_type=kind, object_id=row.pk, object_repr=str(row), action_flag=CHANGE
        )
    return ana


def everything():
    """Every cell of every table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield table, json.dumps(row, default=str)


def test_who_is_erased_is_found_nowhere(ana):
    old = ana.uuid

    erasing.erase(ana)

    traces = ("marpl", old.hex, str(old), "session-of-ana", "holidays")
    found = {(table, trace, row) for table, row in everything() for trace in traces if trace in row.lower()}
    assert found == set()
    assert [str(one) for one in verify.differences()] == []


def test_the_numbers_of_others_and_of_the_site_stay(ana):
    film = Item.objects.get(title="A film")
    before = ItemCounter.objects.filter(item_id=film.pk).values("plays", "views", "likes", "shares").get()

    erasing.erase(ana)

    assert ItemCounter.objects.filter(item_id=film.pk).values("plays", "views", "likes", "shares").get() == before
    assert not ActorStats.objects.filter(actor__in=User.objects.values("uuid")).filter(plays__gt=0).exists()


def test_the_books_stay_without_a_name(ana):
    lines = Subscription.objects.count()

    erasing.erase(ana)

    kept = User.objects.get(pk=ana.pk)
    assert (Subscription.objects.count(), Payment.objects.count()) == (lines, 0)
    assert not Subscription.objects.running().exists()
    assert (kept.is_active, kept.get_full_name(), kept.has_usable_password()) == (False, "", False)
    assert kept.email.endswith("@erased.invalid")


def test_money_that_comes_for_who_is_erased_buys_nothing(ana):
    subscriptions.cancel(ana, at_period_end=False)
    plan = Plan.objects.filter(price_minor__gt=0).first()
    purchase = buying.buy(ana, plan, gateway=MANUAL).purchase
    erasing.erase(ana)

    settled = buying.settle(purchase, reference="late", at=timezone.now())
    again = buying.settle(purchase, reference="late", at=timezone.now())

    assert (settled.applied, again.payment, Payment.objects.count()) == (False, settled.payment, 1)
    assert not Subscription.objects.running().exists()
    assert Purchase.objects.get().state == PurchaseState.DROPPED
    assert [str(one) for one in verify.differences()] == []


def test_staff_do_not_let_in_again_who_is_erased(ana):
    erasing.erase(ana)
    kept, chief = User.objects.get(pk=ana.pk), make_staff("boss")

    alone = activation.activate(kept, by=chief)
    among_others = access.activate([kept], Job("", {}, chief, timezone.now()))

    assert (alone, among_others[kept.pk].state.value) == (False, "skipped")
    assert not User.objects.get(pk=ana.pk).is_active


def test_nobody_writes_upon_what_is_left_of_who_is_erased(client, ana):
    erasing.erase(ana)
    client.force_login(make_staff())
    address = f"/admin/accounts/user/{ana.pk}/change/"
    inlines = {
        f"{one}-{name}": 0 for one in ("subscriptions", "feature_grants") for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    shown = client.get(address)
    answer = client.post(address, {"first_name": "Ana", "theme": "system", "is_active": "on"} | inlines)

    ana.refresh_from_db()
    assert (shown.status_code, answer.status_code) == (200, 403)
    assert (ana.is_active, ana.first_name) == (False, "")


def test_what_was_said_and_uploaded_is_gone(ana):
    erasing.erase(ana)

    assert list(Comment.objects.values_list("text", flat=True)) == ["-"]
    assert Item.objects.filter(owner=ana.pk, deleted_at=None).count() == 0


def test_staff_are_not_erased(db):
    chief = make_staff("chief")

    with pytest.raises(erasing.NotErasable):
        erasing.erase(chief)

    assert User.objects.get(pk=chief.pk).is_active


def test_nobody_erases_before_what_was_sent_has_arrived(ana, monkeypatch):
    monkeypatch.setattr(erasing, "WAIT_S", 0.1)
    ledger.report(Kind.SEARCH, user_actor(ana.uuid), name="later")

    with pytest.raises(erasing.StillArriving):
        erasing.erase(ana)

    kept = User.objects.get(pk=ana.pk)
    assert (kept.username, kept.is_active) == ("ana-marple", True)
    assert Item.objects.filter(owner=ana, deleted_at=None).exists()


def test_who_keeps_being_told_of_is_let_in_again_and_may_erase_themselves_later(ana, monkeypatch):
    waits = iter((None, erasing.StillArriving()))

    def wait():
        if problem := next(waits):
            raise problem

    monkeypatch.setattr(erasing, "_wait_for_inbox", wait)
    with pytest.raises(erasing.StillArriving):
        erasing.erase(ana)

    kept = User.objects.get(pk=ana.pk)
    assert (kept.is_active, Subscription.objects.running().exists()) == (True, True)
    assert not Erasure.objects.exists()


def test_who_is_erased_twice_is_erased_once(ana):
    again = User.objects.get(pk=ana.pk)
    erasing.erase(ana)
    kept = User.objects.get(pk=ana.pk)

    erasing.erase(again)
    erasing.erase(kept)

    assert User.objects.get(pk=ana.pk).uuid == kept.uuid
    assert list(events_of(again.uuid)) == []
    assert [str(one) for one in verify.differences()] == []


@pytest.fixture
def begun(ana):
    """The member, whose erasure was killed in the middle: what they made is gone, who they are is not."""
    assert processes.start("-m", "tests.accounts.erasing_worker", ana.pk).wait(240) == -signal.SIGKILL
    ana.refresh_from_db()
    return ana


def test_an_erasure_that_was_killed_is_listed_and_finished_by_the_task(begun, client):
    client.force_login(make_staff("boss"))
    found = Erasure.objects.get()
    assert (begun.is_active, begun.username) == (False, "ana-marple")
    assert not Item.objects.filter(owner=begun, deleted_at=None).exists()

    told = health.health(found.begun_at + erasing.LATE_AFTER, with_broker=False)
    Erasure.objects.update(begun_at=found.begun_at - erasing.LATE_AFTER)
    page = client.get(reverse("dashboards:system")).content.decode()

    assert "1 erasures were begun and are not finished." in told.problems
    assert "Erasure not finished" in page
    assert reverse("desk:person", args=[begun.uuid]) in page
    old, later = begun.uuid, found.begun_at + erasing.TAKEN_UP_AFTER
    assert [erasing.finish(found.begun_at), erasing.finish(later + timedelta(seconds=1)), erasing.finish(later)] == [
        0,
        1,
        0,
    ]
    traces = ("marpl", old.hex, str(old), "session-of-ana", "holidays")
    assert {(table, trace, row) for table, row in everything() for trace in traces if trace in row.lower()} == set()
    assert StaffAction.objects.filter(what="member.erased", person=begun).count() == 1
    assert [str(one) for one in verify.differences()] == []
    assert health.health(later, with_broker=False).late_erasures == ()
    assert "Erasure not finished" not in client.get(reverse("dashboards:system")).content.decode()


def test_what_stops_one_erasure_is_named_and_keeps_no_other_from_being_finished(ana, monkeypatch, caplog):
    def fails(person):
        if person.pk == ana.pk or not is_repaired:
            raise IndexError

    is_repaired, dora, erasers = False, make_user("dora"), erasing.erasers()
    monkeypatch.setattr(erasing, "erasers", lambda: (*erasers, Eraser((), first=fails)))
    chief = make_staff("principal")
    for person in (ana, dora):
        with pytest.raises(IndexError):
            erasing.erase(person, by=chief)
    is_repaired, later = True, timezone.now() + erasing.TAKEN_UP_AFTER

    assert erasing.finish(later) == 1

    assert Erasure.objects.get().user == ana
    assert Erasure.objects.get().error == "IndexError"
    assert User.objects.get(pk=dora.pk).is_erased
    assert StaffAction.objects.get(what="member.erased").by == chief
    monkeypatch.setattr(erasing, "erasers", lambda: erasers)
    assert [erasing.finish(later + timedelta(minutes=59)), erasing.finish(later + erasing.TAKEN_UP_AFTER)] == [0, 1]
    assert User.objects.get(pk=ana.pk).is_erased


def test_an_erasure_that_is_taken_up_again_waits_for_what_was_sent_and_lets_nobody_in(ana, monkeypatch):
    def arriving():
        if problem := next(waits):
            raise problem

    waits = iter((None, erasing.StillArriving()))
    monkeypatch.setattr(erasing, "_blank", lambda person, account: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erasing.erase(ana)
    monkeypatch.setattr(erasing, "_wait_for_inbox", arriving)

    assert erasing.finish(timezone.now() + erasing.TAKEN_UP_AFTER) == 0

    assert Erasure.objects.get().error == "StillArriving"
    assert not User.objects.get(pk=ana.pk).is_active


def test_files_go_whose_item_was_deleted_by_a_process_that_did_not_live_to_delete_them(ana):
    item = Item.objects.get(owner=ana)
    folder = uploads.folder_of(item.uuid)
    folder.mkdir(parents=True)
    (folder / "holidays.jpg").write_bytes(b"Marple")
    Item.objects.filter(pk=item.pk).update(deleted_at=timezone.now())

    erasing.erase(ana)

    assert not folder.exists()


def test_ones_own_copy_has_everything_but_secrets(ana):
    copy = json.loads("".join(copying.copy_of(ana)))

    assert copy["account"]["email"] == "ana.marple@example.org"
    assert [row["text"] for row in copy["library.Comment.author"]] == ["Greetings from Ana Marple"]
    assert [row["feature"] for row in copy["accounts.FeatureGrant.user"]] == ["early_access"]
    assert sum(event["kind"] == "play" for event in copy["events"]) == 3
    assert {rule.model for rule in erasing.rules() if rule.told} == {
        key.rpartition(".")[0] for key in copy if "." in key
    }
    assert "password" not in copy["account"]
    assert "Called" not in json.dumps(copy)


def test_ones_own_copy_has_nobody_elses_number(ana):
    others = {
        field.attname
        for rule in erasing.rules()
        for field in apps.get_model(rule.model)._meta.concrete_fields
        if field.related_model is User
    }

    copy = json.loads("".join(copying.copy_of(ana)))

    rows = [row for key, found in copy.items() if "." in key for row in found]
    assert copy["library.Comment.author"]
    assert not any(others & row.keys() for row in rows)


def test_members_erase_themselves_with_name_and_password(client, ana):
    ana.set_password("a long enough password")
    ana.save()
    client.force_login(ana)

    wrong = client.post("/settings/data/erase/", {"username": "ana-marple", "password": "another"})
    right = client.post("/settings/data/erase/", {"username": "ana-marple", "password": "a long enough password"})

    assert (wrong.status_code, right.status_code) == (400, 302)
    assert client.get("/settings/data/").status_code == 302
    assert not User.objects.filter(username="ana-marple").exists()


def test_passwords_are_not_guessed_on_the_page_of_erasure(client, ana):
    client.force_login(ana)
    guess = {"username": "ana-marple", "password": "a guess"}

    answers = [client.post("/settings/data/erase/", guess).status_code for _ in range(11)]

    assert answers == [400] * 10 + [429]


def test_a_copy_is_taken_once_a_minute(client, ana):
    client.force_login(ana)

    first, second = (client.post("/settings/data/copy/") for _ in range(2))

    assert json.loads(first.getvalue())["account"]["username"] == "ana-marple"
    assert (first["Content-Disposition"], second.status_code) == ('attachment; filename="my-data.json"', 302)


def test_the_commands_write_a_copy_and_erase_who_is_meant(ana, tmp_path):
    call_command("export_member", "Ana-Marple", tmp_path / "copy.json", stdout=io.StringIO())

    with pytest.raises(CommandError, match="would be erased for ever"):
        call_command("erase_member", "ana-marple")
    call_command("erase_member", "ana-marple", "--yes", stdout=io.StringIO())
    call_command("export_users", tmp_path / "all", stdout=io.StringIO(), stderr=io.StringIO())

    assert json.loads((tmp_path / "copy.json").read_text())["account"]["bio"] == "I read."
    assert "erased" not in (tmp_path / "all" / "users.json").read_text()
