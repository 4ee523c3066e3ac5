"""Lets the demo's people follow each other, keep playlists, work together and answer each other."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.models import User
from library import comments
from library.demo.notices import told_at
from library.demo.people import MEMBER, PEOPLE
from library.demo.together import ASIDE, NEWS, SHARED, SHELVES, Shelf, follows
from library.models import Comment
from library.people import announcing, collaborating
from library.people.follows import follow
from library.people.models import Answer, Collaboration, Notification
from library.playlists import sharing, writing
from library.playlists.models import Playlist
from stats.models import Item

Progress = Callable[[int, int], None]


def make_follows(people: dict[str, User], now: datetime, progress: Progress) -> int:
    """Let people follow each other, before anything is published that they are told of. Returns how many follows."""
    friends = list(follows(PEOPLE))
    for at, (follower, person, days) in enumerate(friends, 1):
        since = now - timedelta(days=days)
        with told_at(since):
            follow(people[follower], people[person], at=since)
        progress(at, len(friends))
    return len(friends)


def make_playlists(people: dict[str, User], items: dict[str, Item], now: datetime) -> int:
    """Make the playlists that are not here yet. Returns how many there are."""
    for shelf in SHELVES:
        if not Playlist.objects.filter(owner=people[shelf.owner], title=shelf.title).exists():
            _make_playlist(shelf, people, items, now)
    return len(SHELVES)


def share_work(people: dict[str, User], items: dict[str, Item], now: datetime) -> None:
    """Let people ask each other to work on an item."""
    for at, (title, username, is_accepted) in enumerate(SHARED, 1):
        item, person = items[title], people[username]
        if item.owner is None or Collaboration.objects.filter(item=item, person=person).exists():
            continue
        with told_at(now - timedelta(hours=9 * at)):
            row = collaborating.invite(item, person, item.owner)
            if is_accepted:
                collaborating.answer(row, Answer.ACCEPTED)


def tell_followers(items: dict[str, Item]) -> None:
    """Tell followers what was published this week, as of the day it was."""
    announcing.work_off()
    for item in items.values():
        told = Notification.objects.filter(kind="new_item", address=reverse("library:item", args=[item.uuid]))
        told.update(created_at=item.created_at)


def make_news(people: dict[str, User], items: dict[str, Item], now: datetime) -> int:
    """Let some things be said in this very minute. Returns how many."""
    made = 0
    for title, username, text, is_reply in NEWS:
        item = items[title]
        if Comment.objects.filter(item=item, text=text).exists():
            continue
        answering = None
        if is_reply:
            answering = comments.write(people[MEMBER.username], item, ASIDE, at=now - timedelta(hours=3))
        comments.write(people[username], item, text, answering=answering)
        made += 1
    return made


def _make_playlist(shelf: Shelf, people: dict[str, User], items: dict[str, Item], now: datetime) -> None:
    owner, made_at = people[shelf.owner], now - timedelta(days=shelf.days)
    playlist = writing.create(owner, shelf.title, shelf.description, shelf.visibility, at=made_at)
    with told_at(made_at):
        for role, usernames in (("editor", shelf.editors), ("viewer", (*shelf.viewers, *shelf.invited))):
            for username in usernames:
                sharing.invite(playlist, people[username], role, owner)
                if username not in shelf.invited:
                    sharing.accept(playlist, people[username])
    hands = [owner, *(people[username] for username in shelf.editors)]
    for at, title in enumerate(shelf.titles):
        added_at = max(made_at, items[title].created_at) + timedelta(minutes=3 * at)
        writing.add(playlist, items[title], hands[(at // 3) % len(hands)], at=min(added_at, now))
