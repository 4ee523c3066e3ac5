"""A figure of revenue is one number, whoever asks: a card, the API, a file, or a count of the ledgers' own lines."""

import csv
import io
import json
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.billing import money
from accounts.models import Payment, Plan
from analytics.dashboards.registry import Page, Query, panels_of
from analytics.revenue import figures
from analytics.revenue.figures import FIGURES
from stats import windows
from stats.fields import MICROSECOND
from stats.metrics import Unit
from tests.accounts.billing.conftest import provider  # noqa: F401 (used by every test here)
from tests.analytics.revenue.telling import Said, Told, at, pay
from tests.factories import api_client, make_plans, make_staff, make_user

pytestmark = pytest.mark.django_db
NOW = at(24 * 100 + 11)
CARDS = {
    "revenue-mrr": figures.MRR, "revenue-arr": figures.ARR, "revenue-paying": figures.CUSTOMERS,
    "revenue-arppu": figures.ARPPU, "revenue-arpu": figures.ARPU, "revenue-net": figures.NET,
    "revenue-refunds": figures.REFUNDS, "revenue-average": figures.AVERAGE, "revenue-churn": figures.CHURN,
    "revenue-lost": figures.REVENUE_CHURN, "revenue-retention": figures.RETENTION, "revenue-lifetime": figures.LIFETIME,
}  # fmt: skip


@pytest.fixture
def told(db):
    make_plans()
    cache.clear()
    plans, told = list(Plan.objects.order_by("pk")), Told()
    for number in range(12):
        user, currency = make_user(f"payer{number}"), ("EUR", "EUR", "USD")[number % 3]
        end = at(24 * (40 + 5 * number)) if number % 2 else at(24 * 900)
        rates = [Said(at(24 * 7 * number), 7201 + number, end, 1, currency)]
        if number % 4 == 0:
            rates.append(Said(at(24 * 7 * number + 30), 16_807, end, 2, currency))
        told.tell(user, plans, rates)
        paid = pay(user, 601 + number, at(24 * 7 * number), plan=plans[1], currency=currency)
        if number % 3 == 0:
            pay(user, 100 + number, at(24 * 99), of=paid, currency=currency)
        if number % 5 == 0:
            taken = line(paid, "dispute", 300, at(24 * 80))
            if number:
                line(paid, "dispute_won", 300, at(24 * 98), undoes=taken)
    return told


def line(paid, kind, minor, moment, **values):
    """Write a line that moves money of a payment."""
    return pay(paid.user, minor, moment, of=paid, kind=kind, currency=paid.currency, **values)


@pytest.mark.parametrize("currency", ["EUR", "USD"])
@pytest.mark.parametrize("span", ["range=7d", "range=30d", "range=90d", "range=1y", "from=2025-02-03&to=2025-04-09"])
def test_card_api_and_file_tell_the_same(told, span, currency):
    staff = make_staff("boss")
    browser = Client()
    browser.force_login(staff)
    words, name = f"?{span}&currency={currency}", span.partition("=")[2]
    window = (
        windows.named(name, NOW, "UTC")
        if name in windows.NAMES
        else windows.between(date(2025, 2, 3), date(2025, 4, 9), NOW, "UTC")
    )
    query = Query(window, windows.before(window), NOW, {"currency": currency})
    cards = {panel.key: panel.build(query) for panel in panels_of(Page.REVENUE) if panel.key in CARDS}

    with time_machine.travel(NOW, tick=False):
        body = api_client(staff).get(f"/api/admin/analytics/revenue{words}").json()
        overview = api_client(staff).get(f"/api/admin/analytics/overview{words}").json()
        dashboard = api_client(staff).get(f"/api/admin/analytics/dashboard{words}").json()["revenue"]
        answer = browser.get(reverse("dashboards:csv", args=["revenue-figures"]) + words)
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))

    assert set(cards) == set(CARDS)
    assert [row[0] for row in rows[2:]] == [str(figure.label) for figure in FIGURES]
    filed = dict(zip([figure.key for figure in FIGURES], [row[1] for row in rows[2:]], strict=True))
    for key, figure in CARDS.items():
        value = cards[key].value
        assert figures.rounded(value) == body[figure.key] == dashboard[figure.key], key
        assert told_by(filed[figure.key], figure) == figures.rounded(value), key
    assert (overview["mrr"], overview["period_revenue"]) == (body["mrr"], body["period_revenue"])


def test_the_table_of_all_figures_writes_what_the_cards_do_and_files_plain_numbers(told):
    browser = Client()
    browser.force_login(make_staff("boss"))

    with time_machine.travel(NOW, tick=False):
        page = browser.get(reverse("dashboards:revenue"), {"range": "30d", "currency": "EUR"})
        answer = browser.get(reverse("dashboards:csv", args=["revenue-figures"]), {"range": "30d", "currency": "EUR"})
    cards = {card.panel.key: card for strip in page.context["strips"] for card in strip.cards}
    [table] = [one for block in page.context["blocks"] for one in block.panels if one.panel.key == "revenue-figures"]
    written = {row.label: [cell.text for cell in row.values] for row in table.rows.rows}
    filed = {label: cells for label, *cells in csv.reader(io.StringIO(answer.getvalue().decode()))}

    assert [str(column.label) for column in table.columns] == ["This window", "Before", "Change"]
    assert len(written) == len(CARDS)
    for key in CARDS:
        card = cards[key]
        label = str(card.panel.title)
        change = "".join(c for c in written[label][2] if c not in "+−")
        assert written[label][:2] == [str(card.amount), card.before or "–"], key
        assert change == (card.delta.text or card.delta.direction if card.delta else "–"), key
        assert all(text == "" or re.fullmatch(r"-?\d+(\.\d+)?", text) for text in filed[label]), key
    assert written["MRR"][0] == str(money.written(cards["revenue-mrr"].figure.value, "EUR", is_short=True))
    assert filed["MRR"][0] == str(money.major(cards["revenue-mrr"].figure.value, "EUR"))


def told_by(text, figure):
    """Return a value that stands in a file: amounts are in the currency's main unit there."""
    if not text:
        return None
    return round(float(text) * 100) if figure.unit is Unit.MONEY else figures.rounded(json.loads(text))


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_the_figures_are_what_the_lines_add_up_to(told, currency):
    window = windows.named("30d", NOW, "UTC")
    query = Query(window, None, NOW, {"currency": currency})
    cards = {panel.key: panel.build(query).value for panel in panels_of(Page.REVENUE) if panel.key in CARDS}
    start = window.start_at - MICROSECOND
    before = {user: told.rate(user, currency, start) for user in told.users()}
    after = {user: told.rate(user, currency, NOW) for user in told.users()}
    stayed = [user for user in before if before[user]]
    lines = [one for one in Payment.objects.filter(currency=currency) if window.start_at <= one.at <= NOW]

    assert cards["revenue-arr"] == sum(after.values())
    assert cards["revenue-mrr"] == round(sum(after.values()) / 12)
    assert cards["revenue-paying"] == sum(map(bool, after.values()))
    assert cards["revenue-churn"] == pytest.approx(
        100 * sum(not after[user] for user in stayed) / len(stayed), abs=1e-4
    )
    assert cards["revenue-retention"] == pytest.approx(
        100 * sum(after[user] for user in stayed) / sum(before.values()), abs=1e-4
    )
    assert cards["revenue-net"] == sum(one.signed_minor for one in lines)
    assert cards["revenue-refunds"] == -sum(one.signed_minor for one in lines if one.kind != "payment")
    assert Payment.objects.filter(kind="dispute").count() == 3
    assert NOW - window.start_at < timedelta(days=31)


def test_a_definition_is_said_once():
    assert len({figure.key for figure in FIGURES}) == len({str(figure.means) for figure in FIGURES}) == len(FIGURES)
    by_key = {panel.key: panel for panel in panels_of(Page.REVENUE)}
    assert all(str(by_key[key].means) == str(figure.means) for key, figure in CARDS.items())
