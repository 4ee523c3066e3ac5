"""The panels of revenue as staff see them, held against the lines that were told."""

import re
from itertools import pairwise

import pytest
from django.utils import timezone

from accounts.models import Payment, Plan
from analytics.dashboards.registry import Asked, Listing, Page, Query, panels, panels_of
from analytics.platform import aggregating
from analytics.revenue.panels import PANELS
from stats import windows
from tests.analytics.revenue.telling import Said, Told, at, pay
from tests.factories import make_plans, make_staff, make_user

pytestmark = pytest.mark.django_db
NOW = at(24 * 45 + 11)


@pytest.fixture
def told(db):
    make_plans()
    plans, told = list(Plan.objects.order_by("pk")), Told()
    for number in range(6):
        user = make_user(f"payer{number}", first_name=f"Payer{number}")
        end = at(24 * (20 + 5 * number)) if number % 2 else at(24 * 900)
        told.tell(
            user,
            plans,
            [Said(at(24 * number), 7200, end, 1), *([Said(at(24 * 17), 16_800, end, 2)] if not number else [])],
        )
        pay(user, 600, at(24 * number), plan=plans[1], country="NL")
    pay(user, 200, at(24 * 44), of=pay(user, 600, at(24 * 43), plan=plans[1], country="BE"))
    return told


def query(name="30d", now=NOW, **options):
    window = windows.named(name, now, "UTC")
    return Query(window, windows.before(window), now, options)


def test_all_panels_of_all_windows_are_answered(told):
    for name in windows.NAMES:
        asked = query(name)
        for panel in PANELS:
            assert panel.build(asked) is not None, panel.key


def test_a_page_of_panels_takes_few_queries(told, django_assert_max_num_queries):
    asked = query("1y")
    aggregating.sweep(NOW)
    with django_assert_max_num_queries(12):
        for panel in panels_of(Page.REVENUE):
            panel.build(asked)


def test_figures_and_the_lists_behind_them_agree(told):
    asked, found = query(), panels()
    left = found["revenue-churn"]
    listing = left.drill(Asked(asked))
    start = windows.named("30d", NOW, "UTC").start_at

    assert isinstance(listing, Listing)
    gone = [user for user in told.users() if told.rate(user, "EUR", start) and not told.rate(user, "EUR", NOW)]
    assert listing.total == len(listing.table.rows) == len(gone) > 0
    assert left.build(asked).value == round(len(gone) / told.paying("EUR", start) * 100, 4)

    table = found["mrr-movements"].build(asked)
    moved = found["mrr-movements"].drill(Asked(asked))
    assert moved.total == len(moved.table.rows)
    assert sum(sum(row.values) for row in table.rows) == (told.total("EUR", NOW) - told.total("EUR", start)) // 12
    day = next(row.at for row in table.rows if any(row.values))
    assert found["mrr-movements"].drill(Asked(asked, day)).total == 1
    assert found["mrr-movements"].drill(Asked(asked, part="churn")).total == len(gone)


def test_months_begin_where_the_month_before_ended(told):
    rows = panels()["mrr-by-month"].build(query("1y")).rows

    for later, earlier in pairwise(rows):
        assert later.values[0] == earlier.values[6]
    assert all(sum(row.values[:6]) == row.values[6] for row in rows)
    assert rows[0].values[6] == told.total("EUR", NOW) // 12


def test_payments_behind_the_revenue_of_a_day(told):
    panel = panels()["revenue-net"]

    assert panel.build(query()).value == 600 - 200
    assert panel.build(query("90d")).value == 600 * 7 - 200
    assert panel.drill(Asked(query())).total == 2
    assert [row.values[2] for row in panel.drill(Asked(query())).table.rows] == [-200, 600]
    assert panels()["revenue-refunds"].drill(Asked(query())).total == 1


def test_the_revenue_before_is_of_whole_days_and_of_the_last_up_to_the_same_time(told):
    payer = make_user("early")
    for minor, hour in ((500, 3), (70, 12)):
        pay(payer, minor, at(24 * 15 + hour))

    assert panels()["revenue-net"].build(query()).before == 600 * 6 + 500


def test_a_refund_that_failed_is_one_more_line_of_the_lists(told):
    refund = Payment.objects.get(kind="refund")
    pay(refund.user, 200, at(24 * 44 + 3), of=refund.refund_of, undoes=refund, kind="refund_failed")
    of_a_day = Asked(query(), at(24 * 44).date(), f"subscription-{refund.refund_of.plan_id}")
    net, refunds = panels()["revenue-net"], panels()["revenue-refunds"]

    assert net.build(query()).value == 600
    for listing, lines in (
        (net.drill(Asked(query())), 3),
        (refunds.drill(Asked(query())), 2),
        (net.drill(of_a_day), 2),
    ):
        assert listing.total == len(listing.table.rows) == lines


def test_a_day_of_another_zone_has_as_many_payments_as_its_list(told):
    pay(make_user("late"), 600, at(24 * 43 + 20), plan=Plan.objects.get(key="subscriber"))
    window = windows.named("7d", NOW, "Asia/Tokyo")
    listing = panels()["revenue-net"].drill(Asked(Query(window, None, NOW), at(24 * 44).date()))

    assert listing.total == len(listing.table.rows) == 2


def test_an_unknown_currency_is_the_one_there_is(told):
    assert panels()["revenue-mrr"].build(query(currency="XXX")).value == panels()["revenue-mrr"].build(query()).value


def test_the_page_of_revenue_and_the_list_of_who_left(told, client, django_assert_max_num_queries):
    """The subscriptions of the fixture lie far back; a fresh one ends today, to be found behind the churn."""
    plans, now = list(Plan.objects.order_by("pk")), timezone.now()
    gone = make_user("leaver", first_name="Lea")
    told.tell(gone, plans, [Said(now - windows.DAY * 50, 7200, now - windows.DAY)])
    client.force_login(make_staff())
    client.get("/admin/analytics/revenue/")

    with django_assert_max_num_queries(15):
        page = client.get("/admin/analytics/revenue/?range=30d")
    people = client.get("/admin/analytics/behind/revenue-churn/?range=30d")

    assert page.status_code == 200
    assert "MRR" in page.content.decode()
    assert re.search(r"Lea\b", people.content.decode())
