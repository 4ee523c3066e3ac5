"""Random ledgers, and every number about them against a recount that walks through their lines."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Plan
from analytics.revenue.books import Books, beside
from analytics.revenue.cohorts import cohorts
from analytics.revenue.lifetimes import lifetime
from analytics.revenue.models import RevenueDay, RevenueMove, RevenueSpell
from analytics.revenue.rates import Movement
from stats import windows
from stats.windows import DAY, Window, day_of, midnight, next_period, period_of
from tests.analytics.revenue.telling import MOMENT, Said, Told, at, make_member
from tests.factories import make_plans, make_user

pytestmark = pytest.mark.django_db
ZONE = "UTC"
HOURS = 24 * 200
NOW = at(HOURS)


@pytest.fixture
def plans(db):
    make_plans()
    return list(Plan.objects.order_by("pk"))


@st.composite
def chains(draw):
    """Draw one member's subscriptions, one after the other: lines at whole hours, often of one day, often late."""
    found, hour = [], draw(st.integers(0, HOURS - 200))
    for _ in range(draw(st.integers(1, 3))):
        chain, currency = [], draw(st.sampled_from(["EUR", "EUR", "USD"]))
        for _ in range(draw(st.integers(1, 5))):
            rate = draw(st.sampled_from([0, 600, 1400, 7200, 7201, 14_400]))
            length = draw(st.sampled_from([0, 1, 24, 720, 2000]))
            chain.append(
                Said(
                    at(hour),
                    rate,
                    at(hour + length),
                    draw(st.integers(1, 2)),
                    currency,
                    rate > 0 or draw(st.booleans()),
                )
            )
            hour += draw(st.sampled_from([0, 1, 3, 24, 700, 730]))
        end = Said(at(hour), 0, at(hour), chain[-1].plan, currency, is_granted=False)
        found.append([*chain, end] if chain[-1].until > at(hour) else chain)
        hour = hour + draw(st.sampled_from([0, 1, 30, 800]))
    return found


spans = st.one_of(
    st.tuples(st.integers(0, 190), st.integers(0, 60)).map(
        lambda days: windows.between(at(24 * days[0]).date(), at(24 * (days[0] + days[1])).date(), NOW, ZONE)
    ),
    st.tuples(st.integers(0, HOURS - 1), st.integers(1, 400)).map(
        lambda hours: Window(at(hours[0]) + MOMENT * 7, at(hours[0] + hours[1]), ZONE)
    ),
    st.sampled_from(["24h", "7d", "30d", "90d", "1y", "all"]).map(lambda name: windows.named(name, NOW, ZONE)),
)
quickly = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def told_of(drawn, plans):
    RevenueSpell.objects.all().delete()
    RevenueMove.objects.all().delete()
    RevenueDay.objects.all().delete()
    told = Told()
    for chains_of_one in drawn:
        told.tell(make_member(), plans, *chains_of_one)
    return told


def ends(window):
    return window.start_at, max(window.start_at, min(window.end_at, NOW + MOMENT))


@quickly
@given(drawn=st.lists(chains(), min_size=1, max_size=5), asked=st.lists(spans, min_size=3, max_size=3))
def test_rates_movements_and_those_who_left_are_what_the_lines_say(plans, drawn, asked):
    told = told_of(drawn, plans)

    for window in asked:
        start, end = ends(window)
        for currency in ("EUR", "USD"):
            books, earlier = beside(window, windows.before(window), currency, NOW)
            if earlier:
                check_kept(told, earlier, earlier.window.start_at - MOMENT, ends(earlier.window)[1] - MOMENT)
                assert earlier.rate == told.total(currency, ends(earlier.window)[1] - MOMENT)
            assert books.before.rate == told.total(currency, start - MOMENT)
            assert books.before.people == told.paying(currency, start - MOMENT)
            assert books.rate == told.total(currency, end - MOMENT)
            assert books.people == told.paying(currency, end - MOMENT)

            recount = told.moves(currency, ZONE, start, end)
            by_name, counted = defaultdict(int), defaultdict(int)
            for (_, name), (rate, _people) in recount.items():
                by_name[name] += rate
            for name, sums in books.movements.items():
                assert sums.rate == by_name[name.value]
                counted[name.value] = sums.moves
            assert books.rate - books.before.rate == sum(by_name.values())

            everyone = books.movers(limit=1000)
            assert len(everyone) == sum(counted.values())
            assert sum(mover.after - mover.before for mover in everyone) == books.rate - books.before.rate
            paged = [mover for offset in range(0, len(everyone), 2) for mover in books.movers(offset=offset, limit=2)]
            assert paged == everyone
            check_kept(told, books, start - MOMENT, end - MOMENT)
            assert {(one.plan, one.people, one.rate) for one in books.by_plan if one.people} == by_plan(
                told, plans, currency, end - MOMENT
            )


def check_kept(told, books, start, end):
    before = {user: told.rate(user, books.currency, start) for user in told.users()}
    after = {user: told.rate(user, books.currency, end) for user in told.users()}
    paid = [user for user in told.users() if before[user]]
    kept = books.kept
    assert (kept.people, kept.rate) == (len(paid), sum(before.values()))
    assert kept.lost_people == sum(1 for user in paid if not after[user])
    assert kept.lost == sum(before[user] for user in paid if not after[user])
    assert kept.expansion == sum(max(0, after[user] - before[user]) for user in paid)
    assert kept.contraction == sum(max(0, before[user] - after[user]) for user in paid if after[user])
    whole = sum(before[user] for user in paid)
    stayed = sum(after[user] for user in paid)
    assert kept.net_retention == (round(stayed / whole * 100, 4) if whole else None)
    gone = {user for user in paid if not after[user]}
    assert ({one.user for one in books.leavers()[0]}, books.leavers(limit=1)[1], books.leavers(len(gone))) == (
        gone,
        len(gone),
        ([], len(gone)),
    )


def by_plan(told, plans, currency, moment):
    found = defaultdict(lambda: [0, 0])
    for _user, chain in told.chains:
        said = [one for one in chain if one.at <= moment]
        if said and said[-1].until > moment and said[-1].currency == currency and said[-1].rate:
            found[plans[said[-1].plan].pk][0] += 1
            found[plans[said[-1].plan].pk][1] += said[-1].rate
    return {(plan, people, rate) for plan, (people, rate) in found.items()}


@quickly
@given(drawn=st.lists(chains(), min_size=1, max_size=5), window=spans)
def test_each_day_and_month_ends_where_the_next_begins(plans, drawn, window):
    told = told_of(drawn, plans)
    books, (_, end) = Books(window, "EUR", NOW), ends(window)

    steps = books.days

    rate = books.before.rate
    for step in steps:
        rate += sum(sums.rate for sums in step.movements.values())
        assert step.rate == rate == told.total("EUR", min(midnight(step.day + DAY, ZONE), end) - MOMENT)
        assert step.people == told.paying("EUR", min(midnight(step.day + DAY, ZONE), end) - MOMENT)
    assert books.rate == rate
    shown = books.monthly_before
    for step in books.months:
        shown += sum(step.monthly_moves().values())
        assert step.monthly == shown == round(Fraction(step.rate, 12))


@quickly
@given(drawn=st.lists(chains(), min_size=1, max_size=6))
def test_cohorts_keep_what_their_members_pay(plans, drawn):
    told = told_of(drawn, plans)
    moves = {user: sorted(told_moves(told, user)) for user in told.users()}
    first = {user: period_of("m", found[0][0]) for user, found in moves.items() if found}

    for cohort in cohorts("EUR", NOW):
        members = [user for user, month in first.items() if month == cohort.month]
        assert cohort.people == len(members)
        assert cohort.rate == sum(moves[user][0][1] for user in members)
        for cell in cohort.cells:
            end = min(midnight(next_period("m", cell.month), ZONE), NOW + MOMENT) - MOMENT
            assert cell.rate == sum(told.rate(user, "EUR", end) for user in members)
            assert cell.people == sum(told.rate(user, "EUR", end) > 0 for user in members)
    assert {one.month for one in cohorts("EUR", NOW)} == set(first.values())


def told_moves(told, user):
    """Return the days on which a member's rate differs from the day before, up to now."""
    last, found = 0, []
    for number in range(HOURS // 24 + 1):
        end = min(at(24 * number + 24), NOW + MOMENT)
        rate = told.rate(user, "EUR", end - MOMENT)
        if rate != last:
            found.append((day_of(end - MOMENT, ZONE), rate - last))
        last = rate
    return found


@quickly
@given(drawn=st.lists(chains(), min_size=1, max_size=6))
def test_a_lifetime_is_three_periods_of_thirty_days(plans, drawn):
    told = told_of(drawn, plans)
    today = midnight(NOW.date(), ZONE)
    started = lost = 0
    for number in (3, 2, 1):
        start, end = today - timedelta(days=30 * number) - MOMENT, today - timedelta(days=30 * number - 30) - MOMENT
        paid = [user for user in told.users() if told.rate(user, "EUR", start)]
        started += len(paid)
        lost += sum(not told.rate(user, "EUR", end) for user in paid)

    found = lifetime("EUR", NOW)

    assert (found.started, found.lost) == (started, lost)
    value = found.value_minor(7200, 1)
    assert value == (round(Fraction(600) * started / lost) if lost else None)


def test_the_clock_ends_what_nobody_renewed_to_the_microsecond(plans):
    told, end = Told(), datetime(2025, 6, 18, 11, 30, tzinfo=UTC)
    told.tell(make_user(), plans, [Said(at(0), 7200, end)])

    before, after = (Books(windows.named("30d", now, ZONE), "EUR", now) for now in (end - MOMENT, end))

    assert (before.monthly, before.people) == (600, 1)
    assert (after.monthly, after.people) == (0, 0)
    assert after.movements[Movement.CHURN] == (-7200, 1, -1)
    assert after.kept.customer_churn == 100


@pytest.mark.parametrize("hour", [6, 18])
def test_who_joins_in_a_later_month_of_the_window_and_leaves_in_its_last_hours_was_not_there_to_lose(plans, hour):
    told, end = Told(), datetime(2025, 6, 18, 12, tzinfo=UTC)
    told.tell(make_user(), plans, [Said(at(0), 7200, end + DAY)])
    left = datetime(2025, 6, 18, hour, tzinfo=UTC)
    told.tell(make_user(), plans, [Said(datetime(2025, 6, 3, tzinfo=UTC), 7200, left)])

    books = Books(windows.named("30d", end, ZONE), "EUR", end)

    assert (books.before.people, books.kept.lost_people, books.kept.lost) == (1, 0, 0)
    assert books.people == (1 if left < end else 2)


def test_where_nobody_paid_there_is_nothing_to_divide_by(plans):
    books = Books(windows.named("30d", NOW, ZONE), "EUR", NOW)

    assert (books.monthly, books.per_payer, books.per_active(0)) == (0, None, None)
    assert (books.kept.customer_churn, books.kept.revenue_churn, books.kept.net_retention) == (None, None, None)
    assert lifetime("EUR", NOW).note == ""
    assert cohorts("EUR", NOW) == []


def test_a_lifetime_without_anybody_leaving_says_how_long_was_seen(plans):
    told = Told()
    told.tell(make_user(), plans, [Said(at(0), 7200, at(HOURS * 2))])

    found = lifetime("EUR", NOW)

    assert found.value_minor(7200, 1) is None
    assert found.note == "Nobody left: at least 6 months observed."


def test_a_year_of_numbers_takes_few_queries(plans, django_assert_max_num_queries):
    told = Told()
    for number in range(30):
        told.tell(make_user(), plans, [Said(at(24 * number), 7200, at(24 * number + 720))])

    with django_assert_max_num_queries(4):
        books = Books(windows.named("1y", NOW, ZONE), "EUR", NOW)
        assert [len(books.days), len(books.months)] == [365, 13]
        assert books.kept.people == books.before.people
        assert {one.people for one in books.by_plan} == {0}
