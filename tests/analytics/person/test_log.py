"""The audit log is asked for days."""

import pytest

from tests.analytics.person.desk import browser
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["audit/", "audit/csv/"])
def test_a_last_day_that_no_day_follows_is_refused(page):
    staff = browser(make_staff())

    assert staff.get(f"/admin/people/{page}?last=9999-12-31").status_code == 400
    assert staff.get(f"/admin/people/{page}?last=9999-12-30").status_code == 200
