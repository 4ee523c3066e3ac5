"""What is kept of the ledgers follows every line, and is what a rebuild makes of them."""

from datetime import date

import pytest

from accounts.models import Plan
from analytics.revenue.models import RevenueDay, RevenueMove, RevenueSpell, TakingsDay
from stats import verify
from tests.analytics.revenue.telling import Said, Told, at, pay
from tests.factories import make_plans, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def plans(db):
    make_plans()
    return list(Plan.objects.order_by("pk"))


def test_a_year_of_one_member_is_a_spell_and_two_moves(plans):
    told, ana = Told(), make_user()

    told.tell(ana, plans, [Said(at(720 * n), 7200, at(720 * n + 720), 1) for n in range(12)])

    assert RevenueSpell.objects.values_list("rate", "since", "until").get() == (7200, at(0), at(8640))
    assert list(RevenueMove.objects.order_by("day").values_list("movement", "before", "after")) == [
        ("new", 0, 7200),
        ("churn", 7200, 0),
    ]


def test_what_comes_later_takes_the_place_of_what_the_clock_would_have_done(plans):
    told, ana, ben = Told(), make_user(), make_user()
    told.tell(ana, plans, [Said(at(0), 7200, at(720))])
    told.tell(ben, plans, [Said(at(1), 7200, at(720))])

    told.tell(ana, plans, [Said(at(730), 14400, at(9000))])

    days = RevenueDay.objects.order_by("day", "movement").values_list("day", "movement", "amount", "moves", "people")
    assert list(days) == [
        (date(2025, 1, 1), "new", 14400, 2, 2),
        (date(2025, 1, 31), "churn", -7200, 1, -1),
        (date(2025, 1, 31), "expansion", 7200, 1, 0),
        (date(2026, 1, 11), "churn", -14400, 1, -1),
    ]


def test_payments_and_refunds_of_a_day_stand_together_and_strangers_are_left_out(plans):
    ana = make_user()
    first = pay(ana, 600, at(10), plan=plans[1], country="NL")
    pay(ana, 1400, at(11), plan=plans[2], country="BE")
    pay(ana, 250, at(12), of=first)

    assert list(
        TakingsDay.objects.order_by("country").values_list("country", "plan_id", "paid_minor", "refunded_minor")
    ) == [
        ("BE", plans[2].pk, 1400, 0),
        ("NL", plans[1].pk, 600, 250),
    ]


def test_a_rebuild_finds_nothing_to_change(plans):
    told, ana, ben = Told(), make_user(), make_user()
    told.tell(ana, plans, [Said(at(0), 7200, at(720)), Said(at(100), 14400, at(820))], [Said(at(1000), 600, at(2000))])
    told.tell(ben, plans, [Said(at(0), 0, at(720))])
    pay(ana, 250, at(12), of=pay(ana, 600, at(10)))

    assert verify.differences() == []
    RevenueMove.objects.all().delete()
    RevenueDay.objects.update(amount=1)
    TakingsDay.objects.update(paid_minor=1)
    verify.rebuild({"revenue"})

    assert verify.differences() == []
    assert TakingsDay.objects.get().paid_minor == 600
