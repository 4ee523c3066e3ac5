"""The audit log as a page and a file: filtered, paged, for administrators."""

import pytest
from django.urls import reverse

from accounts import audit
from tests.analytics.person.desk import browser, make_role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LOG, CSV = "desk:audit", "desk:audit-csv"


@pytest.fixture
def boss():
    return make_role("admin", "boss")


def told(client, query=""):
    return [line.what for line in client.get(f"{reverse(LOG)}{query}").context["page"].lines]


def test_it_is_filtered_by_what_who_whom_and_when(boss):
    ben, eve = make_user("ben"), make_role("support", "eve")
    audit.note(boss, "member.noted", ben)
    audit.note(eve, "subscription.extended", ben, {"days": 30})
    client = browser(boss)

    assert told(client, "?what=member.noted") == ["member.noted"]
    assert told(client, "?by=EVE") == ["subscription.extended"]
    assert told(client, "?person=ben") == ["subscription.extended", "member.noted"]
    assert told(client, "?by=nobody") == []
    assert told(client, "?first=2020-01-01&last=2020-12-31") == []
    assert "days 30" in client.get(reverse(LOG)).content.decode()


@pytest.mark.parametrize(
    "query", ["?first=2026-02-30", "?first=2026-03-02&last=2026-03-01", "?what=eating", "?whom=ben"]
)
def test_what_is_no_filter_is_refused(boss, query):
    assert browser(boss).get(f"{reverse(LOG)}{query}").status_code == 400
    assert browser(boss).get(f"{reverse(CSV)}{query}").status_code == 400


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "²", "9" * 19])
def test_what_is_no_page_of_the_log_is_refused(boss, before):
    assert browser(boss).get(f"{reverse(LOG)}?before={before}").status_code == 400


def test_pages_follow_each_other_without_a_gap(boss, django_assert_max_num_queries):
    for _each in range(70):
        audit.note(boss, "member.noted", boss)
    client = browser(boss)
    first = client.get(f"{reverse(LOG)}?what=member.noted").context["page"]

    with django_assert_max_num_queries(12):
        second = client.get(f"{reverse(LOG)}?what=member.noted&before={first.older}").context["page"]

    assert len({line.pk for line in [*first.lines, *second.lines]}) == 70
    assert second.older is None


def test_the_file_has_every_line_and_no_formula(boss):
    audit.note(boss, "member.noted", make_user("ben"), {"reason": '=HYPERLINK("x")'})

    lines = b"".join(browser(boss).get(f"{reverse(CSV)}?what=member.noted").streaming_content).decode().splitlines()

    assert lines[0] == '"at","by","what","person","about","detail"'
    assert len(lines) == 2
    assert '"=' not in lines[1]
