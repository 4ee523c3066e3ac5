"""Playlists are made, filled, ordered and deleted: what the log and the numbers say of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, connections

from accounts import subscriptions
from accounts.entitlements import FeatureNotIncluded
from accounts.roles import Role
from library.people.models import Notification
from library.playlists import queries, sharing, writing
from library.playlists.models import Playlist, PlaylistEntry
from stats import queries as numbers
from stats import verify
from stats.kinds import Kind
from stats.models import Item, State
from tests.factories import make_item, make_plans, make_playlist, make_staff, make_user

pytestmark = pytest.mark.django_db


def told(playlist):
    """The kinds that the log has of a playlist, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind FROM stats_event WHERE playlist = %s ORDER BY occurred_at, id",
            [playlist.uuid if settings.ON_POSTGRESQL else playlist.uuid.hex],
        )
        return [kind for (kind,) in cursor.fetchall()]


def saves(item):
    return numbers.item_counters([item.pk])[item.pk].saves


def titles(playlist, viewer):
    return [entry.item.title for entry in queries.entries_of(playlist, viewer)]


def test_the_log_tells_what_happened_to_a_playlist():
    ana, item = make_user(), make_item()

    playlist = writing.create(ana, "Evenings", visibility="public")
    assert [writing.add(playlist, item, ana) for _ in range(2)] == [True, False]
    writing.change(playlist, ana, title="Evenings", visibility="private")
    writing.change(playlist, ana, title="Evenings", visibility="private")
    writing.delete(playlist, ana)
    writing.delete(playlist, ana)

    assert told(playlist) == [
        Kind.PLAYLIST_CREATED, Kind.SAVE, Kind.PLAYLIST_CHANGED, Kind.UNSAVE, Kind.PLAYLIST_DELETED,
    ]  # fmt: skip
    assert saves(item) == 0
    assert not list(verify.differences())


def test_a_save_is_the_one_of_who_put_it_there_whoever_takes_it_out():
    ana, bo, item = make_user(), make_user(), make_item()
    first, second = make_playlist(ana, "First", editors=[bo]), make_playlist(ana, "Second")

    writing.add(first, item, bo)
    writing.add(second, item, ana)
    assert saves(item) == 2
    writing.remove(first, item, ana)

    assert saves(item) == 1
    assert State.objects.get(actor=bo.uuid, playlist=first.uuid).is_on == 0
    assert State.objects.get(actor=ana.uuid, playlist=second.uuid).is_on == 1
    assert writing.remove(first, item, ana) is False
    assert not list(verify.differences())


def test_the_fourth_playlist_needs_the_feature_and_uses_it():
    make_plans()
    ana = make_user()
    for number in range(3):
        writing.create(ana, f"List {number}")
    assert not writing.may_create(ana)
    with pytest.raises(FeatureNotIncluded):
        writing.create(ana, "Fourth")
    assert numbers.eight_stats(ana.uuid).subscriber_features_used == 0

    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER)
    writing.create(ana, "Fourth")

    assert numbers.eight_stats(ana.uuid).subscriber_features_used == 1
    assert writing.count_of(ana) == 4


def test_a_deleted_playlist_makes_room():
    ana = make_user()
    made = [writing.create(ana, f"List {number}") for number in range(3)]

    writing.delete(made[0], made[0].owner)

    assert writing.create(ana, "Another").title == "Another"


def test_a_playlist_is_full_at_some_point():
    playlist = make_playlist()
    items = Item.objects.bulk_create(Item(title=str(number), type="video") for number in range(writing.MOST_ENTRIES))
    PlaylistEntry.objects.bulk_create(
        PlaylistEntry(playlist=playlist, item=item, position=at) for at, item in enumerate(items)
    )

    with pytest.raises(writing.PlaylistFull):
        writing.add(playlist, make_item(), playlist.owner)

    assert playlist.entries.count() == writing.MOST_ENTRIES


def test_an_order_keeps_the_places_of_what_its_maker_does_not_see():
    ana, bo = make_user(), make_user()
    one, two, three = (make_item(title=title) for title in ("One", "Two", "Three"))
    secret = make_item(ana, title="Secret", visibility="private")
    playlist = make_playlist(ana, "Mixed", one, secret, two, three, editors=[bo])

    now = writing.order(playlist, bo, [three.uuid, two.uuid, one.uuid], playlist.version)

    assert titles(playlist, ana) == ["Three", "Secret", "Two", "One"]
    assert titles(playlist, bo) == ["Three", "Two", "One"]
    assert now.version == playlist.version + 1


@pytest.mark.parametrize("change", ["add", "remove", "order", "delete_item", "repeat", "leave_out", "foreign"])
def test_a_stale_list_is_refused_and_changes_nothing(change):
    one, two = make_item(title="One"), make_item(title="Two")
    playlist = make_playlist(None, "List", one, two)
    ana, wanted = playlist.owner, [two.uuid, one.uuid]
    if change == "add":
        writing.add(playlist, make_item(title="Three"), ana)
    elif change == "remove":
        writing.remove(playlist, one, ana)
    elif change == "order":
        writing.order(playlist, ana, wanted, playlist.version)
        wanted = [one.uuid, two.uuid]
    elif change == "delete_item":
        type(one).objects.filter(pk=one.pk).update(visibility="private")
    else:
        wanted = {
            "repeat": [one.uuid, one.uuid],
            "leave_out": [one.uuid],
            "foreign": [one.uuid, make_item().uuid],
        }[change]
    before = titles(playlist, make_staff())

    with pytest.raises(writing.StaleList):
        writing.order(playlist, ana, wanted, playlist.version)

    assert titles(playlist, make_staff()) == before


def test_who_left_sees_a_private_playlist_no_more_and_what_they_added_stays():
    ana, bo, item = make_user(), make_user(), make_item(title="Tide")
    playlist = make_playlist(ana, "Ours", visibility="private", editors=[bo])
    writing.add(playlist, item, bo)

    assert sharing.leave(playlist, bo)

    assert titles(playlist, ana) == ["Tide"]
    assert sharing.leave(playlist, bo) is False


@pytest.mark.django_db(transaction=True)
def test_many_at_once_end_where_the_log_says():
    """Twenty people put one item into one list at once, and one person makes six lists at once."""
    make_plans()
    people, item = [make_user() for _ in range(20)], make_item()
    playlist = make_playlist(people[0], "Ours", editors=people[1:])

    def done(task):
        try:
            return task()
        except FeatureNotIncluded:
            return None
        finally:
            connections.close_all()

    tasks = [lambda person=person: writing.add(playlist, item, person) for person in people * 2]
    tasks += [lambda number=number: writing.create(people[1], f"List {number}") for number in range(6)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(done, tasks))

    assert answers[:40].count(True) == 1
    assert Playlist.objects.filter(owner=people[1]).count() == 3
    assert PlaylistEntry.objects.count() == 1
    assert saves(item) == 1
    assert not list(verify.differences())


def test_who_is_invited_over_and_over_is_told_once():
    ana, bo = make_user(), make_user()
    playlist = make_playlist(ana)

    for _ in range(3):
        sharing.invite(playlist, bo, "viewer", ana)
        sharing.drop(playlist, bo, ana)

    assert Notification.objects.filter(recipient=bo).count() == 1
