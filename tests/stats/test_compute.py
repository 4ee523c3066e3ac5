"""What the registry promises: every metric has a value, a definition and a receipt; values, changes, parts and ranks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats import compute, ledger, receipts, rollups, settling
from stats.actors import user_actor
from stats.compute import Change, Value, change
from stats.ids import uuid7
from stats.kinds import KINDS, PLAY_SOURCES, Kind
from stats.metrics import METRIC, METRICS, Scope, Subject, Unit
from stats.windows import between, named
from tests import factories
from tests.stats import world

NOW = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
WEEK = named("7d", NOW, "UTC")
KEYS = ("plays", "views", "unique_plays", "skip_rate", "replay_rate", "likes", "like_rate")


def play(item, *, days: float = 0, who=None, seconds: float = 60, **fields) -> None:
    at = NOW - timedelta(days=days, hours=1)
    told = {"play_id": uuid7().hex, "duration_seconds": seconds, "ranges": [[0, seconds]], **fields}
    ledger.record(Kind.PLAY, who or user_actor(uuid7()), item=item, occurred_at=at, **told)


def like(item, *, days: float = 0) -> None:
    ledger.record(Kind.LIKE, user_actor(uuid7()), item=item, occurred_at=NOW - timedelta(days=days, hours=1))


# The registry


def test_every_metric_says_what_it_is_and_of_what():
    for key, metric in compute.registry().items():
        assert metric.key == key
        assert metric.label
        assert metric.definition[-1] in ".!", key
        assert metric.subjects, key
        assert set(metric.kinds) <= KINDS.keys(), key


@pytest.mark.django_db
def test_every_metric_has_a_value_and_a_receipt_of_all_that_it_may_be_asked_of():
    owner = factories.make_user()
    film = world.make_film(owner=owner)
    with ledger.recording():
        play(film, who=user_actor(owner.uuid), quality="720p", source="search")
        like(film)
    scopes = {
        Subject.USER: Scope.user(owner.uuid),
        Subject.ITEM: Scope.item(film.pk),
        Subject.OWNER: Scope.owner(owner.pk),
        Subject.SOURCE: Scope.source(0),
        Subject.PLATFORM: Scope.platform(),
    }

    for metric in compute.registry().values():
        for subject in metric.subjects:
            window = named(metric.usual, NOW, "UTC")
            value = compute.compute(metric, scopes[subject], window)
            found = receipts.receipt(metric, scopes[subject], window)
            assert isinstance(value, Value), metric.key
            assert (found.value.value, found.window) == (value.value, window), metric.key
            assert f"/api/stats/metrics/{metric.key}?" in found.curl


def test_what_may_be_added_up_is_marked():
    assert METRIC["plays"].additive
    assert METRIC["watched_hours"].additive
    assert METRIC["watch_history_entries"].additive
    for key in ("unique_plays", "skip_rate", "average_duration", "replay_rate", "last_activity_timestamp"):
        assert not METRIC[key].additive


@pytest.mark.django_db
def test_a_metric_of_another_subject_is_refused():
    with pytest.raises(LookupError):
        compute.compute(METRIC["unique_plays"], Scope.user(uuid7()), WEEK)


# Values


@pytest.mark.django_db
def test_a_rate_of_nothing_is_nothing_and_a_count_of_nothing_is_0():
    film = world.make_film()

    values = compute.compute_all([METRIC[key] for key in KEYS], Scope.item(film.pk), WEEK)

    assert {key for key, value in values.items() if value.value is None} == {"skip_rate", "replay_rate", "like_rate"}
    assert (values["plays"].value, values["unique_plays"].value) == (0, 0)


@pytest.mark.django_db
def test_a_rate_may_pass_a_hundred_and_tells_what_it_was_made_of():
    film = world.make_film()
    with ledger.recording():
        play(film)
        like(film)
        like(film)
        like(film)

    value = compute.compute(METRIC["like_rate"], Scope.item(film.pk), WEEK)

    assert (value.value, value.over, value.under) == (300.0, 3, 1)


@pytest.mark.django_db
def test_averages_are_of_sums_not_of_the_days_averages():
    film = world.make_film()
    with ledger.recording():
        play(film, days=1, seconds=100)
        for _ in range(3):
            play(film, seconds=20)

    scope = Scope.item(film.pk)
    value = compute.compute(METRIC["average_duration"], scope, WEEK)
    days = [
        point.values["average_duration"].value for point in compute.series([METRIC["average_duration"]], scope, WEEK)
    ]

    assert value.value == 40.0
    assert days == [None] * 5 + [100.0, 20.0]


@pytest.mark.django_db
def test_media_of_unknown_length_is_left_out_of_completion_not_counted_as_none():
    owner = factories.make_user()
    film, live = world.make_film(owner=owner), world.make_film("Live", type="stream", duration_ms=None, owner=owner)
    with ledger.recording():
        play(film, seconds=50)
        play(live, seconds=3000)

    value = compute.compute(METRIC["average_completion"], Scope.owner(owner.pk), WEEK)

    assert (value.value, value.under) == (50.0, 1)


# Changes


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (15, 10, Change(50.0)),
        (5, 10, Change(-50.0)),
        (-5, -10, Change(50.0)),
        (5, -10, Change(150.0)),
        (-15, -10, Change(-50.0)),
        (5, 0, Change(None, is_new=True)),
        (0, 0, Change(0.0)),
        (None, 10, None),
    ],
)
def test_growth_is_in_percent_of_what_was(now, before, expected):
    assert change(Value(now), Value(before)) == expected


def test_a_percentage_grows_in_points_too():
    assert change(Value(30.0), Value(20.0), Unit.PERCENT) == Change(50.0, points=10.0)
    assert change(Value(30.0), Value(None), Unit.PERCENT) == Change(None, is_new=True)
    assert change(Value(30.0), None) is None


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_what_was_and_its_growth_give_what_is(before, now):
    found = change(Value(now), Value(before))

    assert found is not None
    assert before * (1 + found.percent / 100) == pytest.approx(now, abs=before * 1e-6)


# By day, in parts, by item


@pytest.mark.django_db
def test_days_without_anything_are_there_and_all_begins_with_the_first_that_has_any(django_assert_max_num_queries):
    film = world.make_film()
    with ledger.recording():
        play(film, days=3)
        play(film)
        like(film, days=2)

    with django_assert_max_num_queries(4):
        week = compute.series([METRIC[key] for key in KEYS], Scope.item(film.pk), WEEK)
    everything = compute.series([METRIC["plays"]], Scope.item(film.pk), named("all", NOW, "UTC"))

    assert [point.values["plays"].value for point in week] == [0, 0, 0, 1, 0, 0, 1]
    assert [point.values["likes"].value for point in week] == [0, 0, 0, 0, 1, 0, 0]
    assert [(point.day, point.values["plays"].value) for point in everything] == [
        (date(2026, 3, 26), 1), (date(2026, 3, 27), 0), (date(2026, 3, 28), 0), (date(2026, 3, 29), 1),
    ]  # fmt: skip


@pytest.mark.django_db
def test_hours_begin_with_the_window_and_add_up():
    film = world.make_film()
    with ledger.recording():
        play(film)
        play(film, days=0.5)
        play(film, days=1)

    hours = compute.hours(
        [METRIC["plays"], METRIC["unique_plays"]], Scope.item(film.pk), named("24h", NOW, "Asia/Kathmandu")
    )

    assert len(hours) == 24
    assert [number for number, hour in enumerate(hours) if hour.values["plays"].value] == [11, 23]
    assert sum(hour.values["unique_plays"].value for hour in hours) == 2


@pytest.mark.django_db
def test_what_came_from_nowhere_known_is_the_other_part():
    film = world.make_film()
    with ledger.recording():
        play(film, source="search")
        play(film, source="search")
        play(film, source="other")
        play(film)

    rows = compute.breakdown("play_source", Scope.item(film.pk), WEEK)

    assert [(row.key, row.value) for row in rows[:2]] == [("search", 2), ("other", 2)]
    assert {row.key for row in rows} == set(PLAY_SOURCES)


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_parts_of_plays_are_the_same_from_roll_ups_and_from_plays(zone):
    owner = factories.make_user()
    film, song = world.make_film(owner=owner), world.make_film("Song", type="track", owner=owner)
    with ledger.recording():
        play(film, quality="720p")
        play(film, quality="720p", days=1)
        play(song, days=0.25)
    window = between(date(2026, 3, 23), date(2026, 3, 29), NOW, zone)

    for scope in (Scope.platform(), Scope.owner(owner.pk), Scope.source(0)):
        assert [(row.key, row.value) for row in compute.breakdown("quality", scope, window)] == [("720p", 2), ("", 1)]
        assert [(row.label, row.value) for row in compute.breakdown("type", scope, window)] == [
            ("Video", 2),
            ("Audio", 1),
        ]
        hours = {int(row.key): row.value for row in compute.breakdown("hour", scope, window)}
        assert {hour for hour, plays in hours.items() if plays} == ({11, 5} if zone == "UTC" else {16, 10})


@pytest.mark.django_db
def test_items_are_ranked_by_what_they_came_to_the_older_first(django_assert_max_num_queries):
    owner = factories.make_user()
    films = [world.make_film(name, owner=owner) for name in "abcd"]
    with ledger.recording():
        for number, plays in enumerate((1, 3, 1, 0)):
            for _ in range(plays):
                play(films[number], seconds=10 * (number + 1))
        play(world.make_film("another's"))

    with django_assert_max_num_queries(3):
        ranked = compute.top_items(Scope.owner(owner.pk), WEEK, METRIC["plays"])

    assert [(row.label, row.value, row.item_id) for row in ranked] == [
        ("b", 3, films[1].pk), ("a", 1, films[0].pk), ("c", 1, films[2].pk),
    ]  # fmt: skip
    longest = compute.top_items(Scope.platform(), WEEK, METRIC["average_duration"], limit=2)
    assert [(row.label, row.value) for row in longest] == [("another's", 60.0), ("c", 30.0)]
    with pytest.raises(TypeError):
        compute.top_items(Scope.platform(), WEEK, METRIC["unique_plays"])


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "most"), [(1, 100), (2, 100), (2, 4), (64, 1_000)])
def test_items_that_led_long_ago_do_not_hide_who_leads_now(first, most, monkeypatch):
    monkeypatch.setattr(rollups, "FIRST_ADDED", first)
    monkeypatch.setattr(rollups, "MAY_LEAD", most)
    films = [world.make_film(name) for name in "abcde"]
    with ledger.recording():
        for film, before, lately in zip(films, (4, 3, 0, 1, 2), (0, 1, 2, 2, 1), strict=True):
            for days in [100] * before + [10] * lately:
                play(film, days=days)

    def ranked(name, limit):
        rows = compute.top_items(Scope.platform(), named(name, NOW, "UTC"), METRIC["plays"], limit)
        return [(row.label, row.value) for row in rows]

    assert ranked("90d", 2) == [("c", 2), ("d", 2)]
    assert ranked("90d", 10) == [("c", 2), ("d", 2), ("b", 1), ("e", 1)]
    assert ranked("1y", 3) == [("a", 4), ("b", 4), ("d", 3)]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["7d", "24h", "all"])
def test_many_items_at_once_have_the_numbers_that_each_has_alone(name, django_assert_max_num_queries):
    films = [world.make_film(title) for title in "abc"]
    ana = user_actor(uuid7())
    with ledger.recording():
        play(films[0], who=ana)
        play(films[0], who=ana, days=0.2)
        play(films[1], days=2, seconds=5)
        like(films[1])
    metrics = [metric for metric in METRICS if Subject.ITEM in metric.subjects]
    window = named(name, NOW, "UTC")

    for _ in range(2):
        with django_assert_max_num_queries(4):
            found = compute.by_item(metrics, [film.pk for film in films], window)
        assert found == {film.pk: compute.compute_all(metrics, Scope.item(film.pk), window) for film in films}
        settling.settle_all()
