"""Small tables as files in the admin: looked at first, whole or not at all, by who may, and noted."""

import csv
import io

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts import appointing
from accounts.exchange.tables import guarded, unguarded
from accounts.models import Advertisement, Plan, StaffAction
from accounts.staffing import StaffRole
from tests.factories import make_plans, make_staff, make_user

CSV = 0
IMPORT, CONFIRM = "/admin/accounts/plan/import/", "/admin/accounts/plan/process_import/"


@pytest.fixture
def client(db):
    make_plans()
    client = Client()
    client.force_login(make_staff("boss"))
    return client


def exported(client, model="plan"):
    answer = client.post(f"/admin/accounts/{model}/export/", {"format": CSV, "resource": "0"})
    return answer.content.decode()


def looked_at(client, text, address=IMPORT):
    """Send a file for the dry run."""
    file = SimpleUploadedFile("plans.csv", text.encode(), content_type="text/csv")
    return client.post(address, {"import_file": file, "format": CSV, "resource": "0"})


def confirmed(client, looked):
    return client.post(CONFIRM, looked.context["confirm_form"].initial)


def changed(text, key, **cells):
    rows = list(csv.DictReader(io.StringIO(text)))
    for row in rows:
        if row["key"] == key:
            row |= cells
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@given(st.text())
def test_a_guarded_text_is_no_formula_and_comes_back(text):
    assert unguarded(guarded(text)) == text
    assert guarded(text).lstrip(" ")[:1] not in set("=+-@|%;\t\r") or not text.strip()


def test_what_would_change_is_shown_and_happens_when_it_is_confirmed(client):
    looked = looked_at(client, changed(exported(client), "premium", price_minor="1600"))

    assert looked.context["result"].totals["update"] == 1
    assert all(mark in looked.content.decode() for mark in ("1,400</del>", "1,600</ins>"))
    assert Plan.objects.get(key="premium").price_minor == 1400

    assert confirmed(client, looked).status_code == 302
    assert Plan.objects.get(key="premium").price_minor == 1600
    line = StaffAction.objects.get(what="admin.imported")
    assert (line.detail["model"], line.detail["update"], line.detail["skip"]) == ("accounts.plan", 1, 2)


def test_an_export_changes_nothing_when_it_comes_back(client):
    Plan.objects.filter(key="premium").update(name="=1+1", description="'@home")
    before = list(Plan.objects.order_by("pk").values())
    text = exported(client)

    confirmed(client, looked_at(client, text))

    assert "'=1+1" in text
    assert list(Plan.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"price_minor": "-5"}, "greater than or equal to 0"),
        ({"price_minor": "ten"}, "“ten” does not fit here."),
        ({"role": "free"}, "This is premium for ever."),
        ({"role": "admin"}, "This is premium for ever."),
        ({"currency": "USD"}, "This is EUR for ever."),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_nothing_can_be_confirmed(client, cells, told):
    looked = looked_at(client, changed(exported(client), "premium", **cells))

    assert told in looked.content.decode()
    assert looked.context.get("confirm_form") is None


def test_a_file_with_other_columns_is_refused(client):
    looked = looked_at(client, "key,id\npremium,1\n")

    assert "There is no column id." in looked.content.decode()
    assert "Traceback" not in looked.content.decode()
    assert looked.context.get("confirm_form") is None


def test_what_was_changed_since_the_look_changes_nothing(client):
    looked = looked_at(client, exported(client).replace("premium,", "premium2,", 1))
    Plan.objects.create(key="premium2", name="Other", role="free", price_minor=1)

    confirmed(client, looked)

    assert Plan.objects.get(key="premium2").name == "Other"
    assert not StaffAction.objects.filter(what="admin.imported").exists()


@pytest.mark.parametrize(
    ("role", "reads", "imports"), [("support", 200, 403), ("finance", 200, 200), ("moderator", 403, 403)]
)
def test_who_may_read_exports_and_who_may_change_imports(client, role, reads, imports):
    person = make_user(role)
    appointing.appoint(person, [StaffRole(role)], by=None)
    own = Client()
    own.force_login(get_user_model().objects.get(pk=person.pk))

    assert own.get("/admin/accounts/plan/export/").status_code == reads
    assert own.get(IMPORT).status_code == imports
    assert own.post(CONFIRM, {}).status_code == imports


def test_advertisements_come_and_go_as_files(client):
    Advertisement.objects.create(place="browse", title="Tea", sponsor="Leaf", link="https://example.org/")
    text = exported(client, "advertisement")

    looked = looked_at(client, text.replace("Tea", "Coffee"), "/admin/accounts/advertisement/import/")
    client.post("/admin/accounts/advertisement/process_import/", looked.context["confirm_form"].initial)

    assert Advertisement.objects.get().title == "Coffee"


GOLD = {
    "key": "gold", "name": "Gold", "description": "", "role": "premium", "price_minor": "100", "currency": "EUR",
    "interval": "month", "trial_days": "7", "is_offered": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "typed", "wrong"),
    [
        ({"price_minor": str(10**12)}, {"price": "10000000000.00"}, "price"),
        ({"price_minor": str(9 * 10**18)}, {"price": "90000000000000000.00"}, "price"),
        ({"trial_days": str(10**12)}, {"trial_days": str(10**12)}, "trial_days"),
        ({"trial_days": "367"}, {"trial_days": "367"}, "trial_days"),
        ({"currency": "ABC"}, {"currency": "ABC"}, "currency"),
        ({"role": "free"}, {"role": "free"}, "price"),
    ],
)
def test_a_plan_that_could_not_be_sold_is_refused_by_hand_and_by_file(client, cells, typed, wrong):
    text = "\n".join(",".join(line) for line in (GOLD.keys(), (GOLD | cells).values()))

    by_hand = client.post("/admin/accounts/plan/add/", GOLD | {"price": "1.00"} | typed)
    looked = looked_at(client, text)

    assert set(by_hand.context["adminform"].form.errors) == {wrong}
    assert looked.context["result"].has_validation_errors()
    assert not Plan.objects.filter(key="gold").exists()


def test_the_dearest_plan_and_the_longest_trial_may_be(client):
    most = {"price_minor": str(Plan.MOST_MINOR), "trial_days": str(Plan.MOST_TRIAL_DAYS), "currency": "JPY"}
    text = "\n".join(",".join(line) for line in (GOLD.keys(), (GOLD | most).values()))

    confirmed(client, looked_at(client, text))

    gold = Plan.objects.get(key="gold")
    assert (gold.price_minor, gold.trial_days) == (Plan.MOST_MINOR, Plan.MOST_TRIAL_DAYS)
