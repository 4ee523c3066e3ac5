"""Ingest: who sends, what of it may be taken, and the rows that go to the inbox.

A batch is checked event by event against the registry, the clock and what the sender may know; what passes is encoded
and made durable in one piece, what does not is answered with its index and a code.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from stats import encoding, inbox, items, wire
from stats.actors import Actor, ActorType
from stats.fields import to_micros
from stats.ids import derived_hex, uuid7
from stats.kinds import KINDS, Kind, Sender
from stats.models import Source
from stats.wire import Event, Rejection

SECOND_US = 1_000_000
SKEW_US = 60 * SECOND_US
AHEAD_US = 5 * 60 * SECOND_US
BROWSER_AGE_US = 7 * 86_400 * SECOND_US
OLDEST_US = 0
NIL = "0" * 32
MEMBERS_ALONE = frozenset({Kind.RATING})
"""What guests may not do on the site's own pages: an average is of what members say, and guests are made at will."""
VERSION = 12  # the hexadecimal digit that tells a UUID's version
LATEST_US = to_micros(datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Sending:
    """Who sends a batch: the source, as browser or server, and for a browser the person behind it."""

    source: Source
    sender: Sender
    actor: Actor | None = None
    opted_out: bool = False

    @property
    def trusted(self) -> bool:
        """Whether a secret key (or the site itself) is behind it."""
        return self.sender >= Sender.SERVER

    @property
    def creates_items(self) -> bool:
        """Whether unknown external keys make items."""
        return self.source.creates_items_secret if self.trusted else self.source.creates_items_public


@dataclass(slots=True)
class Outcome:
    """What became of a batch: how many events are durable, which were refused, what was left out on purpose."""

    accepted: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    ignored: int = 0
    ignored_fields: int = 0


def accept(sending: Sending, decoded: wire.Decoded, received_at: datetime | None = None) -> Outcome:
    """Make the good events of a batch durable. Returns once they are, and says what was refused.

    Raises `inbox.Full` and `inbox.Unavailable`, with nothing stored.
    """
    received_at = received_at or timezone.now()
    inbox.admit(len(decoded.events))
    rows, outcome = prepare(sending, decoded, received_at)
    if rows:
        inbox.put("".join(rows).encode(), len(rows))
    return outcome


def accept_values(sending: Sending, values: Iterable[dict[str, Any]], received_at: datetime | None = None) -> Outcome:
    """Take events that are Python values, as `accept` takes decoded ones: imports, adapters, demo data."""
    return accept(sending, wire.from_values(values), received_at)


def prepare(sending: Sending, decoded: wire.Decoded, received_at: datetime) -> tuple[list[str], Outcome]:
    """Return the lines of what may be taken, and the outcome. Asks for items and users only what it does not remember.

    Items are made last, and only for events that pass everything else.
    """
    outcome = Outcome(rejected=decoded.rejected, ignored_fields=decoded.ignored_fields)
    received_us = to_micros(received_at)
    skew_us = _skew(decoded.sent_at, received_us)
    events = decoded.events
    known_items = items.find(sending.source.pk, _keys(events), create=False)
    known_users = (
        items.find_users(sending.source.pk, {event.user for _, event in events if event.user is not None})
        if sending.trusted
        else {}
    )
    unrecorded = not settings.ENABLE_USER_ANALYTICS
    rows: list[str] = []
    seen: set[str] = set()
    starts: dict[tuple[str, str | None], tuple[int | None, int]] = {}
    may_create = sending.creates_items
    while events:
        itemless: list[tuple[int, Event]] = []
        for index, event in events:
            try:
                line = _encode(sending, event, received_us, skew_us, known_items, known_users, seen, starts, unrecorded)
            except _Refusal as refusal:
                if may_create and isinstance(refusal, _UnknownItem):
                    itemless.append((index, event))
                else:
                    outcome.rejected.append(Rejection(index, event.id, refusal.code, refusal.detail))
                continue
            if line is None:
                outcome.ignored += 1
                continue
            outcome.accepted += 1
            if line:
                rows.append(line)
        if itemless:
            known_items |= items.find(sending.source.pk, _keys(itemless), create=True)
        events, may_create = itemless, False
    outcome.rejected.sort(key=lambda one: one.index)
    return rows, outcome


def _keys(events: Iterable[tuple[int, Event]]) -> set[tuple[str, str | None]]:
    return {(event.item, event.content_type) for _, event in events if event.item is not None}


class _Refusal(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class _UnknownItem(_Refusal):
    """The only thing wrong is that the item is not there."""


def _skew(sent_at: datetime | None, received_us: int) -> int:
    """Return what is to be added to the client's clock: nothing up to a minute."""
    if sent_at is None:
        return 0
    try:
        skew = received_us - to_micros(sent_at)
    except OverflowError:
        return 0
    return skew if abs(skew) > SKEW_US else 0


def _encode(
    sending: Sending,
    event: Event,
    received_us: int,
    skew_us: int,
    known_items: dict[str, items.Known],
    known_users: dict[str, str],
    seen: set[str],
    starts: dict[tuple[str, str | None], tuple[int | None, int]],
    unrecorded: bool,
) -> str | None:
    """Return the event's line, '' for one that came twice in the batch, None for one that is not to be recorded."""
    spec = KINDS.get(event.type)
    if spec is None:
        raise _Refusal("unknown_event_type", "`type` is not one of the event types.")
    if spec.sender > sending.sender:
        raise _Refusal("event_type_not_allowed", f"`{spec.kind}` may not be sent with this key.")
    for name in spec.required:
        if getattr(event, name) is None:
            raise _Refusal("missing_field", f"`{spec.kind}` needs `{name}`.")
    if spec.about_item and event.item is None:
        raise _Refusal("missing_field", f"`{spec.kind}` needs `item`.")
    occurred_us, client_start = _occurred(sending, event, received_us, skew_us)
    actor, actor_type = _actor(sending, event, known_users)
    event_id = event.id.replace("-", "").lower() if event.id else uuid7().hex
    if event_id == NIL:
        raise _Refusal("invalid_event_id", "`id` is a UUID, not the nil UUID.")
    if event_id[VERSION] == "5" and sending.source.pk == Source.SITE and not sending.trusted:
        # who knows a cause could take the id of what follows from it, and it would never be recorded
        raise _Refusal("invalid_event_id", "Ids of version 5 are the site's own; send one of version 7.")
    if sending.opted_out or (unrecorded and spec.is_behaviour):
        return None
    is_own_page = sending.source.pk == Source.SITE and not sending.trusted
    if spec.kind in MEMBERS_ALONE and is_own_page and actor_type != ActorType.USER.value:
        raise _Refusal("member_required", f"`{spec.kind}` is for members.")
    if spec.is_state and is_own_page and actor_type == ActorType.ANONYMOUS.value:
        raise _Refusal("guest_id_required", f"`{spec.kind}` needs a member or a guest id; POST /api/guests gives one.")
    item = _item(sending, event, known_items)
    if spec.kind == "play" and item:
        definition = (item.id, occurred_us if client_start is None else client_start)
        if starts.setdefault((event.play_id or "", actor), definition) != definition:
            raise _Refusal("play_conflict", "A report of the same play names another item or start.")
    if event_id in seen:
        return ""
    seen.add(event_id)
    return encoding.row(
        spec,
        event,
        event_id=event_id,
        source_id=sending.source.pk,
        received_us=received_us,
        occurred_us=occurred_us,
        client_start_us=client_start,
        actor=actor,
        actor_type=actor_type,
        item_id=item.id if item else None,
        item_type=item.type if item else None,
        media_ms=item.duration_ms if item else None,
        trusted=sending.trusted,
    )


def _occurred(sending: Sending, event: Event, received_us: int, skew_us: int) -> tuple[int, int | None]:
    """Return when it happened by the server's clock, and for a corrected one what the client said."""
    if event.occurred_at is None:
        return received_us, None
    try:
        said_us = to_micros(event.occurred_at)
    except OverflowError as error:
        raise _Refusal("invalid_timestamp", "`occurred_at` is beyond the calendar.") from error
    occurred_us = said_us + skew_us
    if said_us > LATEST_US:
        raise _Refusal("invalid_timestamp", "`occurred_at` is beyond the calendar.")
    if occurred_us > received_us + AHEAD_US:
        raise _Refusal("event_in_future", "`occurred_at` is more than 5 minutes ahead.")
    if not sending.trusted and occurred_us < received_us - BROWSER_AGE_US:
        raise _Refusal("event_too_old", "`occurred_at` is more than 7 days ago.")
    if occurred_us < OLDEST_US:
        raise _Refusal("event_archived", "`occurred_at` is older than what can be taken.")
    return min(occurred_us, received_us), said_us if skew_us or occurred_us > received_us else None


def _item(sending: Sending, event: Event, known_items: dict[str, items.Known]) -> items.Known | None:
    if event.item is None:
        return None
    item = known_items.get(event.item)
    may_know = item and (
        sending.trusted or item.is_open or (sending.actor is not None and items.may_open(sending.actor.id, item))
    )
    if not may_know:
        raise (_Refusal if item else _UnknownItem)("unknown_item", "`item` is unknown.")
    return item


def _actor(sending: Sending, event: Event, known_users: dict[str, str]) -> tuple[str | None, str]:
    """Return who did it: for a browser the person behind the request, for a server whom it names, else the session."""
    if sending.actor is not None:
        if event.user is not None and event.user != str(sending.actor.id):
            raise _Refusal("unknown_field", "`user` is not for a browser to say.")
        return sending.actor.id.hex, sending.actor.type.value
    if event.user is not None:
        user = known_users.get(event.user)
        if user is None:
            raise _Refusal("unknown_user", "`user` is unknown.")
        return user, ActorType.USER.value
    stands_for = event.session_id or event.play_id or event.id or uuid7()
    return derived_hex("session", sending.source.pk, stands_for), ActorType.ANONYMOUS.value


def site_sending(actor: Actor, *, opted_out: bool = False) -> Sending:
    """Return the site's own pages as a sender, for the person on the request."""
    return Sending(Source(pk=Source.SITE), Sender.BROWSER, actor, opted_out)
