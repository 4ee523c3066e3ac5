"""What staff typed to find or explain, half an address say, is shown to who may see addresses, and to nobody else."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts import addresses, audit
from accounts.features import Feature
from accounts.models import FeatureGrant, StaffAction, StaffNote
from accounts.staffing import StaffRole
from analytics.people import audit_log, bulk
from analytics.people.models import BulkAction, SavedFilter
from tests.analytics.people.world import client_of, staff
from tests.factories import make_plans, make_user

NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)
WITHOUT = (StaffRole.ANALYST, StaffRole.MODERATOR)
SEARCHED = "zoe.veldman"


@pytest.fixture
def zoe(db):
    make_plans()
    with time_machine.travel(NOW, tick=False):
        yield make_user("zoe", email=f"{SEARCHED}@example.org")


def exported(query: str, reason: str = "") -> BulkAction:
    """Let support take along who fits, and return the action."""
    support = client_of(staff(StaffRole.SUPPORT))
    support.post(reverse("desk:bulk-prepare"), {"act": "export", "who_all": "1", "query": query})
    made = BulkAction.objects.get()
    support.post(reverse("desk:bulk-describe", args=[made.uuid]), {"reason": reason})
    made.refresh_from_db()
    support.post(reverse("desk:bulk-download", args=[made.uuid]), {"seen": bulk.digest(made)})
    return made


@pytest.mark.parametrize("role", WITHOUT)
@pytest.mark.parametrize("search", [f"{SEARCHED}@example.org", SEARCHED])
def test_the_page_of_a_bulk_action_does_not_say_what_others_searched_for(zoe, role, search):
    made = exported(f"q={search}", f"Asked by {SEARCHED}@example.org, not @{SEARCHED}.net")
    address = reverse("desk:bulk", args=[made.uuid])
    reader = client_of(staff(role))

    pages = [
        reader.get(address),
        reader.get(address, headers={"X-Progress": "1"}),
        reader.get(reverse("desk:bulk-list")),
    ]

    assert [page.status_code for page in pages] == [200] * 3
    assert not any(SEARCHED in page.content.decode() for page in pages)
    assert "“•••”" in pages[0].content.decode()
    assert f"“{search}”" in client_of(staff(StaffRole.FINANCE)).get(address).content.decode()


def test_a_kept_filter_that_cannot_be_read_any_more_is_not_shown_as_it_was_written(zoe):
    made = exported(f"q={SEARCHED}")
    BulkAction.objects.update(selection=f"q={SEARCHED}&gone=1")

    page = client_of(staff(StaffRole.ANALYST)).get(reverse("desk:bulk", args=[made.uuid])).content.decode()

    assert SEARCHED not in page


@pytest.mark.parametrize("role", WITHOUT)
def test_shared_filters_with_a_search_are_for_who_may_see_addresses(zoe, role):
    owner = staff(StaffRole.SUPPORT)
    for name, query in (
        ("By address", f"q={SEARCHED}%40example.org"),
        ("By half", f"q={SEARCHED}"),
        (f"For {SEARCHED}@example.org", "activity=never"),
    ):
        SavedFilter.objects.create(owner=owner, name=name, query=query, is_shared=True)

    page = client_of(staff(role)).get("/admin/people/").content.decode()

    assert SEARCHED not in page
    assert "By address" not in page
    assert "For z•••@•••.org" in page
    assert SEARCHED in client_of(staff(StaffRole.FINANCE)).get("/admin/people/").content.decode()


def test_shared_filters_of_subscriptions_are_for_who_may_see_them(zoe):
    SavedFilter.objects.create(
        owner=staff(StaffRole.FINANCE), name="Paying people", query="subscription=paying", is_shared=True
    )

    assert "Paying people" not in client_of(staff(StaffRole.MODERATOR)).get("/admin/people/").content.decode()
    assert "Paying people" in client_of(staff(StaffRole.ANALYST)).get("/admin/people/").content.decode()


def test_ones_own_search_is_ones_own(zoe):
    analyst = staff(StaffRole.ANALYST)
    SavedFilter.objects.create(owner=analyst, name="Mine", query="q=veld", is_shared=False)

    assert "q=veld" in client_of(analyst).get("/admin/people/").content.decode()


@pytest.mark.parametrize("role", WITHOUT)
def test_notes_of_the_staff_name_no_address_either(zoe, role):
    support = staff(StaffRole.SUPPORT)
    StaffNote.objects.create(
        person=zoe, by=support, text=f"Writes from {SEARCHED}@example.org and <{SEARCHED}@mail.test>"
    )
    FeatureGrant.objects.create(user=zoe, feature=Feature.AD_FREE, granted=True, note=f"see {SEARCHED}@example.org")
    address = reverse("desk:person", args=[zoe.uuid])

    page = client_of(staff(role)).get(address).content.decode()

    assert SEARCHED not in page
    assert "Writes from z•••@•••.org" in page
    assert f"Writes from {SEARCHED}@example.org" in client_of(support).get(address).content.decode()


def test_the_audit_log_keeps_no_address_that_was_searched_for(zoe):
    exported(f"q={SEARCHED}%40example.org&state=active")

    line = StaffAction.objects.get(what="members.exported")

    assert line.detail["selection"] == "q=z•••@•••.org&state=active"


def test_a_file_of_the_audit_log_is_veiled_for_who_may_not_see_addresses(zoe):
    audit.note(staff(StaffRole.SUPPORT), "member.noted", zoe, {"reason": f"{SEARCHED}@example.org"})

    lines = {role: str(list(audit_log.as_lines({}, staff(role)))) for role in (StaffRole.ANALYST, StaffRole.ADMIN)}

    assert SEARCHED not in lines[StaffRole.ANALYST]
    assert SEARCHED in lines[StaffRole.ADMIN]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("no address", "no address"),
        ("ann@example.org", "a•••@•••.org"),
        ("ann@example.org,bob@mail.test; <eve@x.y>", "a•••@•••.org,b•••@•••.test; <e•••@•••.y>"),
        ("q=ann@example.org&role=free", "q=a•••@•••.org&role=free"),
        ("only @example.org", "only •••@•••"),
        ("half ann@", "half a•••@•••."),
    ],
)
def test_addresses_in_a_text_name_nobody(text, shown):
    assert addresses.hidden(text) == shown
