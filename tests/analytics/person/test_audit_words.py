"""Lines of the audit log as sentences."""

import pytest

from accounts.models import StaffAction
from analytics.templatetags.audit_words import act_detail


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({"days": 30, "reason": "asked by phone"}, "days 30, reason asked by phone"),
        ({"ends_after": "2027-01-01T04:25:02.110111+00:00"}, "ends after 1 Jan 2027, 04:25"),
        ({"days": ["2026-11-17"], "reason": ""}, "days 2026-11-17"),
    ],
)
def test_what_was_done_is_written_as_the_pages_write_it(detail, said):
    assert act_detail(StaffAction(detail=detail)) == said
