"""Insights: what the page says of a member is what the member did, in the member's own days; nobody else sees it."""

import csv
import itertools
import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import activity, entitlements, subscriptions
from accounts.features import Feature
from accounts.roles import Role
from analytics import heat, own, queries
from analytics.heat import Activity
from analytics.queries import Spell
from stats import ledger, windows
from stats.actors import user_actor
from stats.kinds import Kind
from stats.models import Source
from tests.config.markup import inline_parts
from tests.factories import make_item, make_plans, make_staff, make_user

TODAY = date(2026, 11, 21)  # a Saturday
NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
TYPES = ("video", "lesson", "track", "stream", "image")

days = st.dates(date(2025, 10, 1), TODAY)
activities = st.builds(Activity, played_ms=st.integers(0, 10**8), acts=st.integers(1, 50))


@pytest.fixture
def ana(db):
    ana = make_user("ana", time_zone="Asia/Tokyo")
    with ledger.recording():
        at = datetime(2025, 1, 1, tzinfo=UTC)
        ledger.record(
            Kind.SETTING_CHANGED, user_actor(ana.uuid), setting="time_zone", value="Asia/Tokyo", occurred_at=at
        )
    return ana


@pytest.fixture
def client(ana):
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def now():
    with time_machine.travel(NOW, tick=False):
        yield NOW


def watch(user, at, seconds=600.0, content_type="video", key="v1"):
    activity.record_watch(user, key, seconds, content_type, source=Source.objects.get(pk=Source.SITE), watched_at=at)


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def lines_of(response):
    return list(csv.reader(StringIO(b"".join(response).decode())))


# The picture


@settings(deadline=None)
@given(st.dictionaries(days, activities), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_the_picture_has_every_day_of_53_weeks_once(done, today):
    found = heat.heat(done, today)

    first = heat.first_day(today)
    assert [cell.day for cell in found.cells] == [first + timedelta(n) for n in range((today - first).days + 1)]
    assert first.weekday() == 0
    assert 365 <= found.days <= 371
    assert len({(cell.x, cell.y) for cell in found.cells}) == found.days


@settings(deadline=None)
@given(st.dictionaries(days, activities))
def test_who_watched_more_is_never_paler(done):
    cells = [cell for cell in heat.heat(done, TODAY).cells if cell.activity.played_ms]

    for one, other in itertools.pairwise(cells):
        low, high = sorted((one, other), key=lambda cell: cell.activity.played_ms)
        assert low.level <= high.level
    assert {cell.level for cell in cells} <= {1, 2, 3, 4}


def test_the_picture_says_how_many_days_and_which_was_the_busiest():
    done = {TODAY: Activity(60_000, 2), TODAY - timedelta(3): Activity(90_000, 1), TODAY - timedelta(5): Activity(0, 4)}

    found = heat.heat(done, TODAY)

    assert found.active == 3
    assert found.busiest.day == TODAY - timedelta(3)
    assert [cell.level for cell in found.cells if cell.level] == [1, 3, 1]


def test_months_stand_over_their_first_monday_and_never_touch():
    months = heat.heat({}, TODAY).months

    assert [month.first for month in months][:2] == [date(2025, 12, 1), date(2026, 1, 1)]
    places = [float(month.x) for month in months]
    assert all(right - left >= 2.9 * heat.STEP for left, right in itertools.pairwise(places))


# Days and streaks


def test_days_are_those_of_the_zone():
    spells = [Spell(datetime(2026, 11, 20, 15, 0, tzinfo=UTC), "video", 1, 1000)]

    assert list(own.activity(spells, [], "Asia/Tokyo")) == [date(2026, 11, 21)]
    assert list(own.activity(spells, [], "America/New_York")) == [date(2026, 11, 20)]


def test_the_week_begins_on_monday_and_tells_what_the_streak_made_of_each_day(ana, now):
    for days in (5, 4, 1):
        watch(ana, NOW - timedelta(days=days), 1800)

    found = own.streak(ana.uuid, NOW)

    assert (found.current, found.longest) == (1, 2)
    assert [day.day.isoweekday() for day in found.week] == [1, 2, 3, 4, 5, 6, 7]
    assert [day.is_active for day in found.week] == [True, True, False, False, True, False, False]
    assert [day.is_today for day in found.week].index(True) == 5


def test_who_wants_nothing_of_the_game_to_be_shown_sees_no_streak(client, ana, now):
    watch(ana, NOW - timedelta(hours=1), 1800)
    assert "1-day streak" in text_of(client.get("/insights/"))

    with ledger.recording():
        ledger.record(Kind.SETTING_CHANGED, user_actor(ana.uuid), setting="game.calm", value="on")

    assert own.streak(ana.uuid, NOW) is None
    assert "1-day streak" not in text_of(client.get("/insights/"))


# Charts


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.datetimes(datetime(2025, 11, 1), datetime(2026, 11, 21, 13)), st.sampled_from(TYPES), st.integers(0, 10**7)),
        max_size=30,
    ),
    st.sampled_from(["24h", "7d", "30d", "90d", "1y", "all"]),
    st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns", "Europe/Amsterdam"]),
)  # fmt: skip
def test_a_chart_adds_up_to_what_was_played_in_its_window(rows, name, zone):
    window = windows.named(name, NOW, zone)
    spells = sorted(
        (Spell(at.replace(minute=15, second=0, microsecond=0, tzinfo=UTC), kind, 1, ms) for at, kind, ms in rows),
        key=lambda spell: spell.at,
    )
    found = own.within(spells, window)

    for chart in (own.by_type(found, window), own.by_hour(found, window)):
        assert sum(cell.ms for line in chart.lines for cell in line.cells) == sum(spell.played_ms for spell in found)
        assert len({line.label for line in chart.lines}) == len(chart.lines) <= 62


def test_a_clock_that_is_ahead_over_midnight_stands_on_its_day():
    late = datetime(2026, 11, 21, 23, 58, tzinfo=UTC)
    window = windows.between(TODAY, TODAY + timedelta(days=3), late, "UTC")
    ahead = Spell(datetime(2026, 11, 22, 0, 0, tzinfo=UTC), "video", 1, 1000)

    assert [line.start for line in own.by_type([ahead], window).lines] == [TODAY, TODAY + timedelta(days=1)]


@pytest.mark.parametrize(("name", "lines"), [("7d", 7), ("30d", 30), ("90d", 13), ("1y", 13)])
def test_a_longer_window_has_longer_steps(name, lines):
    window = windows.named(name, NOW, "UTC")

    assert len(own.by_type([], window).lines) == lines


def test_a_type_has_the_same_colour_whatever_stands_beside_it():
    window = windows.named("7d", NOW, "UTC")
    track = Spell(NOW - timedelta(hours=1), "track", 1, 1000)
    video = Spell(NOW - timedelta(hours=1), "video", 1, 1000)

    assert [kind.number for kind in own.by_type([track], window).kinds] == [3]
    assert [kind.number for kind in own.by_type([track, video], window).kinds] == [1, 3]


# What is read


def test_spells_and_acts_are_of_one_person(ana, now):
    watch(ana, NOW - timedelta(hours=2), 60)
    watch(make_user("bob"), NOW - timedelta(hours=2), 500)
    activity.record_interaction(ana, activity.Interaction.LIKE, "v1", source=Source.objects.get(pk=Source.SITE))

    [spell] = queries.spells(ana.uuid)
    [(at, number)] = queries.acts(ana.uuid)

    assert (spell.at, spell.item_type, spell.plays, spell.played_ms) == (NOW - timedelta(hours=2), "video", 1, 60_000)
    assert (at, number) == (NOW, 1)


# The page


@pytest.mark.parametrize("path", ["/insights/", "/insights/types.csv", "/insights/site/"])
def test_the_page_asks_who_it_is(db, path):
    response = Client().get(path)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_a_new_member_is_told_what_to_do(client):
    page = text_of(client.get("/insights/"))

    assert "Streak 0 days" in text_of(client.get("/profile/"))
    assert client.get("/insights/numbers/").status_code == 200
    assert "Nothing to count yet" in page
    assert "Find something to watch" in page


def test_the_page_shows_what_the_member_did_in_the_members_days(client, ana, now):
    watch(ana, datetime(2026, 11, 20, 15, 30, tzinfo=UTC), 1800)  # 00:30 on Saturday in Tokyo
    watch(ana, datetime(2026, 11, 15, 15, 30, tzinfo=UTC), 3600)  # 00:30 on Monday there
    watch(ana, datetime(2026, 11, 15, 14, 30, tzinfo=UTC), 7200)  # 23:30 on Sunday there: last week

    response = client.get("/insights/")
    page = text_of(response)

    assert inline_parts(response.content.decode()) == []
    assert "Your days are those of Tokyo" in page
    assert "Active on 3 of the last 370 days" in page
    assert "Watched in total 3.5 h" in page
    assert "2 this week" in page
    assert "1.5 h this week" in page
    assert "1-day streak" in page
    assert "Longest: 2 days" in page
    assert response.context["by_hour"].lines[0].cells[0].ms == 5_400_000
    assert response.context["by_hour"].lines[23].cells[0].ms == 7_200_000


def test_the_page_is_of_oneself_alone(client, now):
    watch(make_user("bob"), NOW - timedelta(hours=1))

    assert "Nothing to count yet" in text_of(client.get("/insights/"))
    assert lines_of(client.get("/insights/types.csv?range=7d"))[1] == ["From"]


@pytest.mark.parametrize(
    "query", ["range=week", "days=0", "range=7d&range=30d", "from=2026-02-01&to=2026-01-01", "x=1"]
)
def test_what_cannot_be_asked_is_refused(client, query):
    assert client.get(f"/insights/?{query}").status_code == 400
    assert client.get(f"/insights/numbers.csv?{query}").status_code == 400
    assert client.get(f"/insights/numbers/?{query}").status_code == 400


def test_days_of_ones_own_are_proposed_and_mistakes_are_told_beside_them(client, ana, now):
    watch(ana, NOW - timedelta(hours=1))

    assert "?from=2026-10-23&amp;to=2026-11-21#watched" in client.get("/insights/").content.decode()
    assert "?from=2026-10-23&amp;to=2026-11-21#watched" in client.get("/insights/?range=all").content.decode()
    custom = client.get("/insights/?from=2026-11-01&to=2026-11-05")
    assert "1 to 5 November 2026" in text_of(custom)
    assert 'value="2026-11-05"' in custom.content.decode()
    wrong = client.get("/insights/?from=2026-11-05&to=2026-11-01")
    assert wrong.status_code == 400
    assert "The window ends before it begins. The last 30 days are shown." in text_of(wrong)
    assert 'hx-get="/insights/"' in wrong.content.decode()


def test_a_refresh_costs_little_until_something_happens(client, ana, now, django_assert_max_num_queries):
    watch(ana, NOW - timedelta(hours=1))
    page = client.get("/insights/")
    version = page.context["version"]
    headers = {"HX-Request": "true", "If-None-Match": version}

    with django_assert_max_num_queries(4):
        unchanged = client.get("/insights/", headers=headers)
    watch(ana, NOW - timedelta(minutes=5))
    changed = client.get("/insights/", headers=headers)

    assert unchanged.status_code == 304
    assert unchanged["X-As-Of"] == "23:00:00"
    assert changed.status_code == 200
    assert b"<html" not in changed.content
    assert changed.context["version"] != version
    assert client.get("/insights/", headers={"If-None-Match": version}).status_code == 200


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("", 15),
        ("?range=all", 15),
        ("?range=1y", 15),
        ("?range=24h", 15),
        ("?from=2026-10-03&to=2026-10-09", 15),
        ("numbers/", 20),
    ],
)
def test_the_pages_are_cheap(client, ana, path, most, django_assert_max_num_queries):
    for number in range(8):
        watch(ana, datetime.now(UTC) - timedelta(days=number, hours=1), key=f"v{number}")
    client.get("/insights/")

    with django_assert_max_num_queries(most):
        assert client.get(f"/insights/{path}").status_code == 200


# Tables


def test_tables_hold_what_the_page_shows(client, ana, now):
    watch(ana, NOW - timedelta(hours=1), 600)
    watch(ana, NOW - timedelta(hours=1), 60, "track", key="song")

    types = lines_of(client.get("/insights/types.csv?range=7d"))
    hours = lines_of(client.get("/insights/hours.csv?range=7d"))
    activities = lines_of(client.get("/insights/activity.csv"))
    numbers = {line[0]: line[3] for line in lines_of(client.get("/insights/numbers.csv"))[2:]}

    assert types[1] == ["From", "Video (ms)", "Audio (ms)"]
    assert types[-1] == ["2026-11-21", "600000", "60000"]
    assert len(types) == 9
    assert [int(line[1]) for line in hours[2:]] == [0] * 22 + [660_000, 0]
    assert activities[-1] == ["2026-11-21", "660000", "2"]
    assert len(activities) == 372
    assert numbers["plays"] == "2"


def test_there_are_no_other_tables(client):
    assert client.get("/insights/secrets.csv").status_code == 404


# The whole site


def test_every_number_of_the_site_is_for_staff(client, django_assert_max_num_queries):
    watch(make_user("bob"), datetime.now(UTC) - timedelta(hours=1))
    staff = Client()
    staff.force_login(make_staff("chief"))

    assert client.get("/insights/site/").status_code == 404
    staff.get("/insights/site/")
    with django_assert_max_num_queries(15):
        page = staff.get("/insights/site/")
    assert page.status_code == 200
    assert inline_parts(page.content.decode()) == []
    values = {number.metric.key: number.value.value for group in page.context["groups"] for number in group.numbers}
    assert values["plays"] == 1


# Other pages


def test_the_profile_has_the_picture_and_this_week(client, ana, now):
    watch(ana, NOW - timedelta(hours=1))

    page = text_of(client.get("/profile/"))

    assert "Active on 1 of the last 370 days" in page
    assert "1 this week" in page
    assert "none this week" in page
    assert "Streak 1 day" in page


def test_the_features_page_says_how_often_one_was_used(client, ana):
    make_plans()
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 30)
    for _ in range(2):
        entitlements.use(ana, Feature.HD_STREAMING)

    assert "Used 2 times" in text_of(client.get("/features/"))


def test_owners_are_led_from_an_item_to_the_plays_behind_its_number(client, ana):
    item = make_item(ana)

    assert f"/receipts/plays/?item={item.uuid}&amp;range=all" in client.get(f"/items/{item.uuid}/").content.decode()
    assert "/receipts/" not in Client().get(f"/items/{item.uuid}/").content.decode()
