"""A file has of a member what its reader may see, and no more."""

import csv

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from accounts.staffing import StaffRole
from tests.analytics.people.world import client_of, paying, staff
from tests.factories import make_plans, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "address", "plan", "price"),
    [
        (StaffRole.FINANCE, "zoe@example.org", "premium", "1400"),
        (StaffRole.SUPPORT, "zoe@example.org", "premium", "0"),
        (StaffRole.ANALYST, "z•••@•••.org", "premium", "1400"),
        (StaffRole.MODERATOR, "z•••@•••.org", "", "0"),
    ],
)
def test_what_is_not_for_the_reader_is_masked_or_empty(role, address, plan, price):
    make_plans()
    zoe = make_user("zoe")
    paying(zoe, Role.PREMIUM, timezone.now())
    desk = client_of(staff(role))
    page = desk.post(reverse("desk:bulk-prepare"), {"act": "export", "who": [str(zoe.uuid)]})["Location"]

    answer = desk.post(f"{page}download/", {"seen": desk.get(page).context["seen"]})

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    row = next(csv.DictReader(text.splitlines()))
    assert (row["email"], row["plan"], row["price_minor"]) == (address, plan, price)
    assert bool(row["period_ends"]) == bool(plan)
    assert bool(row["currency"]) == (price != "0")
