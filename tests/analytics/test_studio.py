"""The studio: a creator's own numbers, whole and exact; nobody else's, and nobody's name."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import FeatureGrant
from analytics import figures, retention
from analytics.studio import lately, measured, pages, staying, values
from stats import asking, compute, windows
from stats.compute import Value
from stats.kinds import Kind
from stats.metrics import METRIC, Scope, Unit
from stats.watching import unite
from stats.windows import Window
from tests.analytics.events import act, guest, watch
from tests.config.markup import inline_parts
from tests.factories import make_item, make_staff, make_user

NOW = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)  # a Saturday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def now(db):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ilse(now):
    return with_details(make_user("ilse", first_name="Ilse"))


@pytest.fixture
def ben(now):
    return make_user("ben-the-watcher", first_name="Benedikt", last_name="Watcher")


@pytest.fixture
def film(ilse):
    return make_item(ilse, title="Reading the night sky")


@pytest.fixture
def client(ilse):
    return signed_in(ilse)


def with_details(user):
    """Give somebody what advanced analytics show."""
    FeatureGrant.objects.create(user=user, feature="advanced_analytics")
    return user


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def part(response, name: str) -> str:
    """Return the text of one part of the page that refreshes."""
    inside = re.search(rf'data-live="{name}"[^>]*>(.*?)(?=data-live=|</main>|\Z)', response.content.decode(), re.DOTALL)
    assert inside, name
    return " ".join(re.sub(r"<[^>]+>", " ", inside[1]).split())


# What it says


def test_the_cards_are_the_numbers_of_the_window_against_the_one_before(client, ben, film):
    for hours in (1, 2, 26):
        watch(ben, film, NOW - hours * HOUR)
    watch(guest("a"), film, NOW - 3 * HOUR)
    watch(ben, film, NOW - 8 * DAY)
    act(Kind.LIKE, ben, film, NOW - HOUR)

    page = client.get("/studio/?range=7d")

    assert part(page, "card-plays").startswith("Plays 4 up 300.0 % 1 before")
    assert part(page, "card-unique_plays").startswith("Unique viewers 2 up 100.0 % 1 before")
    assert part(page, "card-average_completion").startswith("Average completion 50.0 % same 50.0 % before")
    assert part(page, "card-likes").startswith("Likes 1 new 0 before")
    assert "15 to 21 November 2026, against the 7 days before · UTC" in text_of(page)
    assert "As of 14:02:11" in text_of(page)


def test_every_card_is_what_compute_says(client, ilse, ben, film):
    for hours in (1, 30, 300, 1000):
        watch(ben, film, NOW - hours * HOUR, ranges=[(0, hours % 50 + 5)])
    window = windows.named("30d", NOW, "UTC")

    shown = pages.overview(ilse, window, NOW)

    values = compute.compute_all([line.metric for line in shown.growth], Scope.owner(ilse.pk), window)
    assert {line.metric.key: line.now for line in shown.growth} == values
    days = compute.series(measured.CARDS, Scope.owner(ilse.pk), window)
    for card in shown.cards:
        assert [(row.day, row.now) for row in card.rows] == [
            (one.day, one.values[card.metric.key].value) for one in days
        ]


def test_the_days_of_the_window_before_stand_beside_those_of_the_window(client, ilse, ben, film):
    watch(ben, film, NOW - 1 * DAY)
    watch(ben, film, NOW - 8 * DAY)
    watch(guest("a"), film, NOW - 8 * DAY)

    rows = pages.overview(ilse, windows.named("7d", NOW, "UTC"), NOW).cards[0].rows

    assert [(row.now, row.before) for row in rows] == [(0, 0)] * 5 + [(1, 2), (0, 0)]
    assert [row.is_open for row in rows] == [False] * 6 + [True]


def test_parts_of_days_are_told_as_parts(ilse, ben, film):
    for hours in (1, 5, 20, 30, 44, 50):
        watch(ben, film, NOW - hours * HOUR)
    window = Window(NOW - 25 * HOUR, NOW - 3 * HOUR, "UTC")

    plays = pages.overview(ilse, window, NOW).cards[0]

    assert (plays.now.value, [row.now for row in plays.rows]) == (2, [1, 1])
    assert (plays.before.value, [row.before for row in plays.rows]) == (2, [1, 1])


def test_a_link_leads_to_the_same_window(now):
    seen = {query_of: windows.named(query_of, NOW, "UTC") for query_of in windows.NAMES}
    part = Window(NOW - 25 * HOUR, NOW - 3 * HOUR, "UTC")
    tokyo = windows.between(date(2026, 11, 1), date(2026, 11, 2), NOW, "Asia/Tokyo")

    for window in (*seen.values(), part, tokyo, windows.named("7d", NOW, "Asia/Tokyo")):
        params = dict(parse_qsl(pages.query_of(window)[1:]))
        again = asking.window_of(params, NOW, "UTC")
        assert (again.start_at, again.end_at, again.zone) == (window.start_at, window.end_at, window.zone)


def test_the_last_24_hours_are_told_by_the_hour(client, ilse, ben, film):
    for minutes in (1, 59, 61, 24 * 60 - 1, 24 * 60 + 1, 25 * 60 + 1):
        watch(ben, film, NOW - timedelta(minutes=minutes))

    cards = pages.overview(ilse, windows.named("24h", NOW, "UTC"), NOW).cards

    rows = cards[0].rows
    assert [row.label for row in rows] == [f"{hour % 24:02}:02" for hour in range(14, 38)]
    assert [row.now for row in rows] == [1] + [0] * 21 + [1, 2]
    assert [row.before for row in rows] == [0] * 22 + [1, 1]
    assert sum(row.now for row in rows) == cards[0].now.value
    assert [row.now for row in cards[2].rows] == [1] + [0] * 21 + [1, 1]
    assert "Plays per hour" in text_of(client.get("/studio/?range=24h"))


def test_top_items_and_the_others_make_the_whole(client, ilse, ben):
    for number in range(9):
        item = make_item(ilse, title=f"Item {number}")
        for _ in range(number + 1):
            watch(ben, item, NOW - HOUR)

    page = part(client.get("/studio/"), "top")

    assert [int(n) for n in re.findall(r"Item (\d)", page)] == [8, 7, 6, 5, 4, 3]
    assert "3 other items 6 0" in page
    assert "All 9" in page


def test_sources_and_platforms_are_ranked_and_left_out_when_nothing_came_from_them(client, ben, film):
    for source in ("search", "search", "landing"):
        watch(ben, film, NOW - HOUR, source=source)
    act(Kind.SHARE, ben, film, NOW - HOUR, platform="email")

    page = client.get("/studio/")

    assert "Where plays come from Search 2 67 % Front page 1 33 % How is this counted?" in part(page, "sources")
    assert "Shared to E-mail 1 100 %" in part(page, "likes")
    assert "Facebook" not in text_of(page)


def test_viewers_have_no_names(client, ilse, ben, film):
    watch(ben, film, NOW - HOUR)
    watch(guest("a"), film, NOW - 2 * HOUR)
    watch(ilse, film, NOW - 3 * HOUR)
    act(Kind.LIKE, ben, film, NOW - HOUR)

    page = client.get("/studio/")

    told = re.findall(r"(A member|A guest|You) played Reading the night sky", part(page, "plays"))
    assert told == ["A member", "A guest", "You"]
    assert "A member liked Reading the night sky" in part(page, "likes")
    for secret in (ben.username, ben.first_name, ben.last_name, str(ben.uuid), ben.uuid.hex):
        assert secret not in page.content.decode()


def test_recent_plays_are_the_ten_newest_of_the_window(client, ilse, ben, film):
    for hours in range(1, 31):
        watch(ben, film, NOW - hours * HOUR)
    watch(ben, film, NOW - 40 * DAY)

    seen = pages.overview(ilse, windows.named("30d", NOW, "UTC"), NOW).recent_plays

    assert [one.at for one in seen] == [NOW - hours * HOUR for hours in range(1, 11)]


def test_playlists_of_others_are_counted_and_own_ones_are_not(client, ilse, ben, film):
    for who, playlist in ((ben, 1), (ben, 2), (guest("a"), 1), (ilse, 3)):
        act(Kind.SAVE, who, film, NOW - HOUR, playlist=f"00000000-0000-0000-0000-{playlist:012}")

    page = part(client.get("/studio/"), "plays")

    assert "In playlists Item Playlists People Reading the night sky 2 2" in page


def test_titles_are_text(client, ilse, ben):
    item = make_item(ilse, title="<script>alert(1)</script> & =1+1")
    watch(ben, item, NOW - HOUR)

    for path in ("/studio/", "/studio/items/", f"/studio/items/{item.uuid}/"):
        page = client.get(path)
        assert inline_parts(page.content.decode()) == []
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; =1+1" in page.content.decode()


def test_without_items_there_is_one_next_step(now):
    page = signed_in(make_user()).get("/studio/")

    assert "Nothing of yours is here yet" in text_of(page)
    assert text_of(page).count("Upload something") == 2  # the sentence and its button
    assert "figure" not in page.content.decode()


# Windows


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?range=24h", "The last 24 hours, against the 24 hours before"),
        ("?range=90d", "24 August to 21 November 2026, against the 90 days before"),
        ("?range=1y", "22 November 2025 to 21 November 2026, against the 365 days before"),
        ("?range=all", "Since the beginning · UTC"),
        ("?from=2026-10-30&to=2026-11-02", "30 October to 2 November 2026, against the 4 days before"),
        ("?from=2026-11-02&to=2026-11-02", "2 November 2026, against the day before"),
        (
            "?from=2026-11-02T06:00:00Z&to=2026-11-03T12:00:00Z",
            "2 November 2026, 06:00 to 3 November 2026, 12:00, against the time before",
        ),
    ],
)
def test_the_heading_says_the_window_and_its_zone(client, film, query, words):
    for path in ("/studio/", f"/studio/items/{film.uuid}/"):
        page = client.get(path + query)
        assert page.status_code == 200
        assert words in text_of(page)
        assert "· UTC" in text_of(page)


@pytest.mark.parametrize(
    "query",
    [
        "range=2d",
        "range=7d&range=30d",
        "from=2026-11-02&to=2026-11-01",
        "from=x",
        "to=2026-11-01",
        "days=-1",
        "tz=Mars",
    ],
)
def test_a_window_that_cannot_be_is_told_and_the_usual_one_shown(client, film, query):
    for path in ("/studio/", "/studio/items/", f"/studio/items/{film.uuid}/"):
        page = client.get(f"{path}?{query}")
        assert page.status_code == 400
        assert "The last 30 days are shown." in text_of(page)
        assert "hx-get" not in page.content.decode()


def test_a_window_of_ones_own_has_a_form_with_its_days(client, film):
    page = client.get("/studio/?from=2026-10-30&to=2026-11-02").content.decode()

    assert 'name="from" value="2026-10-30"' in page
    assert 'name="to" value="2026-11-02"' in page


# Whose


@pytest.mark.parametrize("path", ["", "days.csv", "retention.csv"])
def test_an_item_is_its_owners_and_the_staffs(client, film, path):
    address = f"/studio/items/{film.uuid}/{path}"

    assert client.get(address).status_code == 200
    assert signed_in(make_staff()).get(address).status_code == 200
    assert signed_in(make_user()).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_a_deleted_item_is_gone_and_its_plays_are_still_counted(client, ilse, ben, film):
    other = make_item(ilse, title="Other")
    for item in (film, other):
        watch(ben, item, NOW - HOUR)
    type(film).objects.filter(pk=film.pk).update(deleted_at=NOW)

    page = client.get("/studio/")

    assert client.get(f"/studio/items/{film.uuid}/").status_code == 404
    assert part(page, "card-plays").startswith("Plays 2")
    assert "Deleted items 1 0" in part(page, "top")


def test_others_items_are_in_nobodys_studio(client, ben, film):
    watch(ben, make_item(ben, title="Bread"), NOW - HOUR)

    page = client.get("/studio/")

    assert part(page, "card-plays").startswith("Plays 0")
    assert "Bread" not in text_of(page)


# All items


def test_all_items_are_ordered_by_the_address(client, ilse, ben, film):
    other = make_item(ilse, title="Above the tree line", type="image", duration_ms=None)
    watch(ben, film, NOW - HOUR)
    act(Kind.LIKE, ben, other, NOW - HOUR)

    orders = {
        order: client.get(f"/studio/items/?order={order}") for order in ("", "plays", "likes", "title", "newest", "x")
    }

    first = {
        order: re.search(r"Reading the night sky|Above the tree line", text_of(page))[0]
        for order, page in orders.items()
    }
    assert first == {
        "": film.title, "plays": film.title, "likes": other.title, "title": other.title, "newest": other.title,
        "x": film.title,
    }  # fmt: skip
    assert 'aria-sort="descending"' in orders["likes"].content.decode()
    assert 'aria-sort="ascending"' in orders["title"].content.decode()


# Staying fresh


def test_a_poll_costs_two_words_while_nothing_changes(client, film, now, django_assert_max_num_queries):
    tag = client.get("/studio/")["ETag"]
    now.shift(10)

    with django_assert_max_num_queries(3):
        answer = client.get("/studio/", headers={**HTMX, "If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["X-As-Of"] == "14:02:21"


def test_a_poll_is_told_nothing_of_what_happened_to_others(client, ben, film, now, django_assert_max_num_queries):
    tag = client.get("/studio/")["ETag"]
    watch(ben, make_item(ben), NOW - HOUR)

    with django_assert_max_num_queries(5):
        answer = client.get("/studio/", headers={**HTMX, "If-None-Match": tag})

    assert answer.status_code == 304


@pytest.mark.parametrize("path", ["/studio/", "/studio/items/{}/"])
def test_a_poll_brings_what_changed_without_the_page_around_it(client, ben, film, path):
    path = path.format(film.uuid)
    tag = client.get(path)["ETag"]
    watch(ben, film, NOW - HOUR)

    answer = client.get(path, headers={**HTMX, "If-None-Match": tag})

    assert answer.status_code == 200
    assert part(answer, "card-plays").startswith("Plays 1")
    assert b"<html" not in answer.content
    assert answer["ETag"] != tag
    assert answer["ETag"].replace('"', "&quot;") in answer.content.decode()


def test_a_page_asked_for_anew_is_never_a_304(client, film):
    tag = client.get("/studio/")["ETag"]

    assert client.get("/studio/", headers={"If-None-Match": tag}).status_code == 200


# Costs


def test_no_page_asks_more_with_more_items(
    client, ilse, ben, film, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    for _ in range(12):
        watch(ben, make_item(ilse), NOW - HOUR)

    for path, most in (("/studio/", 15), ("/studio/items/", 8), (f"/studio/items/{film.uuid}/", 17)):
        with django_capture_on_commit_callbacks(execute=True):
            client.get(path)
        with django_assert_max_num_queries(most):
            client.get(path)


# Who is still watching

spans = st.tuples(st.integers(0, 100_000), st.integers(0, 100_000)).map(lambda pair: (min(pair), max(pair)))
played = st.lists(st.tuples(st.sampled_from("abc"), st.lists(spans, max_size=4).map(unite)), max_size=12)


@given(played, st.integers(1, 100_000))
def test_a_slice_counts_each_play_that_touches_it(plays, media_ms):
    curve = retention.curve(plays, media_ms)

    assert curve.plays == len(plays)
    assert len(curve.slices) <= retention.SLICES
    for one in curve.slices:
        end = one.start_ms + curve.step_ms
        touching = [who for who, ranges in plays if any(a < end and b > one.start_ms and a < b for a, b in ranges)]
        assert one.plays == len(touching)
        assert one.again == len(touching) - len(set(touching))
        assert one.percent == (round(100 * len(touching) / len(plays), 1) if plays else 0)


def test_what_people_come_back_to_is_not_the_beginning():
    again = retention.curve([("a", [(0, 60_000)]), ("a", [(20_000, 25_000)]), ("b", [(0, 9_000)])], 60_000)
    whole = retention.curve([("a", [(0, 60_000)]), ("a", [(0, 60_000)])], 60_000)

    assert again.rewatched.start_ms == 20_000
    assert whole.rewatched is None
    assert retention.curve([], 60_000).at_end_percent is None


def test_an_item_says_who_is_still_watching(client, ben, film):
    watch(ben, film, NOW - HOUR, ranges=[(0, 60)])
    watch(guest("a"), film, NOW - HOUR, ranges=[(0, 30)])
    watch(guest("b"), film, NOW - HOUR, ranges=[(0, 15)])

    page = client.get(f"/studio/items/{film.uuid}/")

    rows = dict(re.findall(r"(\d:\d\d) ([\d.]+) % \d", part(page, "retention")))
    assert (rows["0:14"], rows["0:15"], rows["0:29"], rows["0:59"]) == ("100.0", "66.7", "66.7", "33.3")
    assert "3 plays · every second" in text_of(page)
    assert "In the last stretch, 33.3 % are still there." in text_of(page)


def test_what_has_no_end_has_no_curve(client, ilse):
    picture = make_item(ilse, type="image", duration_ms=None)

    page = client.get(f"/studio/items/{picture.uuid}/")

    assert "Who is still watching" not in text_of(page)


# Words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, Unit.COUNT, "–"), (0, Unit.COUNT, "0"), (12408, Unit.COUNT, "12,408"), (1_250_000, Unit.COUNT, "1.2 M"),
        (61.349, Unit.PERCENT, "61.3 %"), (0.0, Unit.PERCENT, "0 %"), (99.96, Unit.PERCENT, "100.0 %"),
        (1945.6, Unit.HOURS, "1,946 h"), (3.55, Unit.HOURS, "3.5 h"), (0, Unit.HOURS, "0 h"),
        (32.84, Unit.SECONDS, "32.8 s"), (245.4, Unit.SECONDS, "4:05 min"), (3725, Unit.SECONDS, "1:02 h"),
        (-3, Unit.COUNT, "−3"), (1_500_000, Unit.BYTES, "1.5 MB"), (1, Unit.DAYS, "1 day"), (4.26, Unit.STARS, "4.3 of 5"),
    ],
)  # fmt: skip
def test_numbers_are_written_for_people(value, unit, words):
    assert str(figures.amount(value, unit)) == words


@pytest.mark.parametrize(
    ("key", "now", "before", "direction", "mood", "text"),
    [
        ("plays", 12, 10, "up", "good", "20.0 %"), ("plays", 8, 10, "down", "bad", "20.0 %"), ("plays", 5, 5, "same", "", ""),
        ("plays", 5, 0, "new", "good", ""), ("skip_rate", 4.0, 8.0, "down", "good", "4.0 pts"),
        ("average_completion", 61.3, 63.1, "down", "bad", "1.8 pts"), ("skip_rate", 4.0, 0.0, "new", "bad", ""),
        ("unlikes", 3, 0, "new", "bad", ""), ("unlikes", 0, 0, "same", "", ""), ("unlikes", 0, 3, "down", "good", "100.0 %"),
    ],
)  # fmt: skip
def test_a_change_says_which_way_and_whether_that_is_good(key, now, before, direction, mood, text):
    delta = values.Line(METRIC[key], Value(now), Value(before), "").delta

    assert (delta.direction, delta.mood, delta.text) == (direction, mood, text)


def test_there_is_no_change_against_nothing():
    assert values.Line(METRIC["plays"], Value(5), None, "").delta is None
    assert values.Line(METRIC["like_rate"], Value(5.0), Value(None), "").delta is None
    assert values.Line(METRIC["like_rate"], Value(None), Value(5.0), "").delta is None


def test_days_that_share_a_month_or_year_do_not_repeat_it():
    assert figures.span(date(2026, 11, 1), date(2026, 11, 21)) == "1 to 21 November 2026"
    assert figures.span(date(2025, 12, 30), date(2026, 1, 2)) == "30 December 2025 to 2 January 2026"


@given(st.lists(st.none() | st.integers(0, 10**6), max_size=50))
def test_a_small_line_stays_in_its_picture(values):
    points = [tuple(map(float, point.split(","))) for point in figures.spark(values).split()]

    known = [value for value in values if value is not None]
    assert len(points) == (len(known) if len(known) > 1 else 0)
    assert all(0 <= x <= 100 and 4 <= y <= 30 for x, y in points)


def test_of_very_many_plays_the_newest_tell_and_the_page_says_so(ben, film):
    for hours, seconds in ((3, 60), (2, 30), (1, 15)):
        watch(ben, film, NOW - hours * HOUR, ranges=[(0, seconds)])

    newest = lately.newest_plays(film, windows.named("30d", NOW, "UTC"), most=2)
    shown = staying.retention_of(film, newest, plays=3)

    assert [shown.slices[second].percent for second in (0, 29, 59)] == [100, 50, 0]
    assert shown.about == "The newest 2 of 3 plays · every second"
