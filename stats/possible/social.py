"""Social engagement: what people say, like and pass on, whom they follow, and with whom they work."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from stats.compute import Row, Value
from stats.kinds import Kind
from stats.metrics import Unit
from stats.possible.asked import FOLLOWS, Asked, Done, spellings
from stats.possible.record import MINE, MINE_AND_OWN, stat

GROUP = "Social engagement"
FLAPPING = timedelta(hours=24)

METRICS = (
    stat(
        GROUP, "comments_count", "Comments count", Unit.COUNT,
        "A person's: the comments written in the window that nobody has taken away since. Received on the own items, and of the"
        " site: comments written less comments taken away in the window.",
        (Kind.COMMENT, Kind.COMMENT_DELETED), MINE_AND_OWN,
    ),
    stat(
        GROUP, "likes_count", "Likes count", Unit.COUNT,
        "A person's: the items that the person likes now, since a moment in the window. Received on the own items (without the"
        " own likes), and of the site: likes given less likes taken back in the window.",
        (Kind.LIKE, Kind.UNLIKE), MINE_AND_OWN,
    ),
    stat(
        GROUP, "shares_count", "Shares count", Unit.COUNT,
        "Shares made in the window, wherever they went; each counts, as the counter on the item does. Received on the own items:"
        " without the own shares.",
        (Kind.SHARE,), MINE_AND_OWN,
    ),
    stat(
        GROUP, "followers_gained", "Followers gained", Unit.COUNT,
        "The people who follow at the end of the window and did not at its start, less those who did and no longer do. Gained"
        " and lost stand beside it; what is undone within 24 hours is in neither. Of the site: follows less unfollows on the"
        " site's days that the window touches.",
        (Kind.FOLLOW, Kind.UNFOLLOW), MINE,
    ),
    stat(
        GROUP, "following_count", "Following count", Unit.COUNT,
        "The people whom the person follows at the end of the window: of each the last follow or unfollow counts. Of the site:"
        " all follows less all unfollows.",
        (Kind.FOLLOW, Kind.UNFOLLOW), MINE, usual="all",
    ),
    stat(
        GROUP, "collaborative_projects", "Collaborative projects", Unit.COUNT,
        "Items on which at least two people work, the person among them: who accepted a collaboration and has changed the item"
        " since, and its owner. Up to the end of the window.",
        (Kind.COLLABORATION_ACCEPTED, Kind.ITEM_CHANGED), MINE, usual="all",
    ),
)  # fmt: skip


def comments_count(asked: Asked) -> Value:
    """Count comments that still stand."""
    net = asked.summed("comments") - asked.summed("comments_deleted")
    if not asked.is_person:
        return Value(net)
    mine = asked.did(Kind.COMMENT)
    gone = {row.label for row in asked.others if row.kind == Kind.COMMENT_DELETED.value}
    given = sum(row.label is None or row.label not in gone for row in asked.inside(mine))
    return given_and_received(given, net)


def likes_count(asked: Asked) -> Value:
    """Count likes that still stand."""
    net = asked.summed("likes") - asked.summed("unlikes")
    if asked.is_site:
        return Value(net)
    net -= asked.own(Kind.LIKE) - asked.own(Kind.UNLIKE)
    if not asked.is_person:
        return Value(net)
    start = asked.window.start_at
    return given_and_received(sum(relation == "like" and start <= at for relation, _, _, at in asked.states), net)


def shares_count(asked: Asked) -> Value:
    """Count shares."""
    if asked.is_site:
        return Value(asked.summed("shares"))
    received = asked.summed("shares") - asked.own(Kind.SHARE)
    return (
        given_and_received(len(asked.inside(asked.did(Kind.SHARE))), received) if asked.is_person else Value(received)
    )


def given_and_received(given: int, received: int) -> Value:
    """Return what a person did, and beside it what others did on the person's items."""
    return Value(given, rows=(Row(_("Given"), given, "given"), Row(_("Received on own items"), received, "received")))


def followers_gained(asked: Asked) -> Value:
    """Compare who follows at the end with who did at the start."""
    if asked.is_site:
        gained, lost = asked.of_kind(Kind.FOLLOW), asked.of_kind(Kind.UNFOLLOW)
        return Value(gained - lost, rows=(Row(_("Gained"), gained, "gained"), Row(_("Lost"), lost, "lost")))
    me = spellings(asked.scope.key)
    told = (row for row in asked.others if row.kind in FOLLOWS and row.label in me)
    changes = ((row.actor, row.at, row.kind == Kind.FOLLOW.value) for row in told)
    return gained_of(changes, asked.window.start_at)


def gained_of(changes: Iterable[tuple[Any, datetime, bool]], start: datetime) -> Value:
    """Return net, gained and lost followers since `start` of (who, when, on or off) in order."""
    of_each: dict[Any, list[tuple[datetime, bool]]] = defaultdict(list)
    for who, at, is_on in changes:
        told = of_each[who]
        if is_on != bool(told and told[-1][1]):
            told.append((at, is_on))
    net = gained = lost = 0
    for told in of_each.values():
        before = [is_on for at, is_on in told if at < start]
        net += bool(told and told[-1][1]) - bool(before and before[-1])
        lasting: list[tuple[datetime, bool]] = []
        for at, is_on in told:
            if lasting and at - lasting[-1][0] < FLAPPING:
                lasting.pop()
            else:
                lasting.append((at, is_on))
        gained += sum(is_on for at, is_on in lasting if at >= start)
        lost += sum(not is_on for at, is_on in lasting if at >= start)
    return Value(net, rows=(Row(_("Gained"), gained, "gained"), Row(_("Lost"), lost, "lost")))


def following_count(asked: Asked) -> Value:
    """Count the people whose last word is a follow."""
    if asked.is_site:
        return Value(asked.ever(Kind.FOLLOW) - asked.ever(Kind.UNFOLLOW))
    last = {(row.label or "").lower(): row.kind for row in asked.did(Kind.FOLLOW, Kind.UNFOLLOW)}
    return Value(sum(kind == Kind.FOLLOW.value for kind in last.values()))


def collaborative_projects(asked: Asked) -> Value:
    """Count the items that the person works on with others."""
    if asked.is_site:
        return asked.fact("collaborations", Value)
    owners = {item_id: item.owner for item_id, item in asked.known.items()}
    working = contributors(asked.others, owners)
    return Value(sum(asked.actor in people and len(people) > 1 for people in working.values()))


def contributors(rows: Iterable[Done], owners: Mapping[int, uuid.UUID | None]) -> dict[int, set[Any]]:
    """Return who works on each item: its owner, where known, and who has accepted and changed it since."""
    accepted: set[tuple[int | None, uuid.UUID]] = set()
    working: dict[int, set[Any]] = defaultdict(set)
    for row in rows:
        if row.kind == Kind.COLLABORATION_ACCEPTED.value:
            accepted.add((row.item_id, row.actor))
        elif row.kind == Kind.ITEM_CHANGED.value and (row.item_id, row.actor) in accepted:
            working[row.item_id or 0].add(row.actor)
    for item_id, people in working.items():
        people |= {owners[item_id]} if owners.get(item_id) else set()
    return working
