"""Who is who: guests that turned out to be members, and what sources call members. The first word holds."""

from typing import Any

from stats.fresh import Fresh, Projection
from stats.kinds import Kind
from stats.models import ExternalUser, GuestClaim

_EARLIER = "(excluded.at, excluded.event_id) < (x.at, x.event_id)"


def new_claims(fresh: Fresh) -> list[tuple[Any, Any]]:
    """Store the chunk's claims. Returns (guest, member) of each that is new."""
    claims = fresh.fetch(
        f"SELECT {fresh.uuid_of('label')}, actor FROM fresh WHERE kind = 'guest_claimed' ORDER BY occurred_at, id"
    )
    return [
        (guest, person)
        for guest, person in claims
        if fresh.execute(
            "INSERT INTO stats_guestclaim (guest, actor) VALUES (%s, %s) ON CONFLICT DO NOTHING", [guest, person]
        )
    ]


def resolve(fresh: Fresh) -> None:
    """Make the member the actor of what a claimed guest did."""
    fresh.execute(
        "UPDATE fresh SET actor_type = 'u', actor = c.actor FROM stats_guestclaim c"
        " WHERE fresh.actor_type = 'g' AND c.guest = fresh.actor"
    )


def project(fresh: Fresh) -> None:
    """Store what sources call members. (Claims are stored before everything else, by the ledger.)"""
    fresh.execute(
        "INSERT INTO stats_externaluser AS x (source_id, external_id, actor, at, event_id)"
        " SELECT source_id, label, actor, occurred_at, id FROM ("
        "   SELECT f.*, ROW_NUMBER() OVER (PARTITION BY source_id, label ORDER BY occurred_at, id) AS place FROM fresh f"
        "   WHERE kind = 'identified' AND actor_type = 'u'"
        " ) first WHERE place = 1 ORDER BY source_id, label"
        f" ON CONFLICT (source_id, external_id) DO UPDATE SET actor = CASE WHEN {_EARLIER} THEN excluded.actor ELSE x.actor"
        f" END, at = CASE WHEN {_EARLIER} THEN excluded.at ELSE x.at END,"
        f" event_id = CASE WHEN {_EARLIER} THEN excluded.event_id ELSE x.event_id END"
    )


IDENTITIES = Projection(
    "identities", (GuestClaim, ExternalUser), frozenset({Kind.GUEST_CLAIMED.value, Kind.IDENTIFIED.value}), project
)
