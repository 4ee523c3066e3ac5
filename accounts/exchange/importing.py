"""Members from files. All files are read and checked before the first line is written.

A member is one transaction. Ids of events follow from what they say, so a folder may be imported again after it was cut
off: who is there already, with the same id, name and address, is left alone, and nothing counts twice.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import entitlements, names, subscriptions
from accounts.exchange.files import HISTORY, STATS, USERS, Broken, EntryRecord, Fault, Folder, name_of
from accounts.features import MATRIX, includes
from accounts.models import FeatureGrant, GrantedBy, ImportedUser, User
from accounts.plans import plan_for
from accounts.roles import SOLD, Role
from accounts.subscriptions import By
from stats import ledger, sources
from stats.actors import user_actor
from stats.counters import LAST_ACTIVITY
from stats.ids import derived
from stats.items import find
from stats.kinds import Kind
from stats.models import Item, Source

SOURCE = "Imported histories"
HOUR_MS = 3_600_000
OPENED = {
    "subscriber_features_used": "features_used",
    "watch_history_entries": "plays",
    "videos_uploaded": "videos_uploaded",
    "streams_created": "streams_created",
    "images_uploaded": "images_uploaded",
    "total_interactions": "interactions",
}
PAGE = 500
INSTANT = timedelta(microseconds=1)


@dataclass(slots=True)
class Imported:
    """How many were made, and how many were there already."""

    made: int = 0
    known: int = 0
    entries: int = 0


def import_folder(folder: Folder, progress: Callable[[int, int], None] = lambda done, total: None) -> Imported:
    """Make the members of a folder, with subscriptions, features, histories and statistics.

    Raises Broken, having changed nothing, when a record does not fit this site.
    """
    known = _known(folder)
    faults = [*_people(folder, known), *_numbers(folder)]
    if faults:
        raise Broken(faults)
    source = _source()
    items = _items(folder, source)
    done = Imported()
    for place, user_id in enumerate(folder.users):
        if user_id in known:
            done.known += 1
        else:
            done.entries += _member(folder, user_id, source, items)
            done.made += 1
        progress(place + 1, len(folder.users))
    return done


def _known(folder: Folder) -> dict[str, User]:
    """Return who of the folder is here already, by the id there."""
    ids = list(folder.users)
    found: dict[str, User] = {}
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        uuids = [value for user_id in page if (value := _uuid(user_id))]
        found |= {str(user.uuid): user for user in User.objects.filter(uuid__in=uuids)}
        rows = ImportedUser.objects.filter(external_id__in=page).select_related("user")
        found |= {row.external_id: row.user for row in rows}
    return found


def _uuid(text: str) -> uuid.UUID | None:
    """Return the UUID that a text is in its usual form."""
    try:
        value = uuid.UUID(text)
    except ValueError:
        return None
    return value if str(value) == text else None


def _people(folder: Folder, known: dict[str, User]) -> list[Fault]:
    """Return which members cannot be made here."""
    faults, now = [], timezone.now()
    keys = Counter(names.key_of(one.username) for one in folder.users.values())
    addresses = Counter(one.email.strip().lower() for one in folder.users.values())
    new = {user_id: one for user_id, one in folder.users.items() if user_id not in known}
    taken_names = _taken("username_key", [names.key_of(one.username) for one in new.values()])
    taken_addresses = _taken("email", [one.email.strip().lower() for one in new.values()])
    for user_id, one in folder.users.items():
        try:
            username, email = names.clean_username(one.username), names.clean_email(one.email)
        except ValidationError as error:
            faults.append(Fault(USERS, user_id, error.messages[0]))
            continue
        here = known.get(user_id)
        if here is not None:
            if (here.username, here.email) != (username, email):
                faults.append(
                    Fault(USERS, user_id, f"is here already, as {here.username!r} with another name or address")
                )
            continue
        if keys[names.key_of(username)] > 1 or names.key_of(username) in taken_names:
            faults.append(Fault(USERS, user_id, f"the username {username!r} is taken"))
        if addresses[email] > 1 or email in taken_addresses:
            faults.append(Fault(USERS, user_id, f"the e-mail address {email!r} is taken"))
        if max(one.created_at, one.updated_at) > now:
            faults.append(Fault(USERS, user_id, "created_at or updated_at lies in the future"))
        if one.subscription_expires and one.role is Role.FREE and one.subscription_expires > now:
            faults.append(Fault(USERS, user_id, "subscription_expires lies in the future, and the role is free"))
    return faults


def _taken(column: str, values: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(values), PAGE):
        found |= set(
            User.objects.filter(**{f"{column}__in": values[start : start + PAGE]}).values_list(column, flat=True)
        )
    return found


def _numbers(folder: Folder) -> list[Fault]:
    """Return which statistics say less than the history, and which entries lie in the future."""
    faults, now = [], timezone.now()
    for user_id, entries in folder.histories.items():
        if any(entry.watched_at > now for entry in entries):
            faults.append(Fault(f"{HISTORY}/{name_of(user_id)}", "", "an entry lies in the future"))
    for user_id, told in folder.stats.items():
        entries = folder.histories.get(user_id, [])
        if told.watch_history_entries < len(entries):
            faults.append(Fault(STATS, user_id, f"watch_history_entries is below the {len(entries)} of the history"))
        if _watched_ms(told.total_watched_hours) < sum(map(_played_ms, entries)):
            faults.append(Fault(STATS, user_id, "total_watched_hours is below what the history adds up to"))
        if told.last_activity_timestamp and told.last_activity_timestamp > now:
            faults.append(Fault(STATS, user_id, "last_activity_timestamp lies in the future"))
    return faults


def _watched_ms(hours: float) -> int:
    return round(hours * HOUR_MS)


def _played_ms(entry: EntryRecord) -> int:
    return int(entry.duration_seconds * 1000 + 0.5)


def _source() -> Source:
    """Return the source whose keys name what was watched elsewhere."""
    return Source.objects.filter(name=SOURCE).order_by("pk").first() or sources.create(SOURCE)[0]


def _items(folder: Folder, source: Source) -> dict[str, int]:
    """Return the items of all histories by their key, made where nobody knows them, by their database ids."""
    types: dict[str, str] = {}
    for entries in folder.histories.values():
        for entry in entries:
            types.setdefault(entry.video_id, entry.content_type.value)
    found: dict[str, int] = {}
    keys = list(types)
    for start in range(0, len(keys), PAGE):
        page = {key: types[key] for key in keys[start : start + PAGE]}
        found |= {key: known.id for key, known in find(source.pk, page.items(), create=True).items()}
        rest = {key: kind for key, kind in page.items() if key not in found}  # UUIDs of nothing here, deleted ones
        Item.objects.bulk_create(
            (Item(source=source, external_key=key, type=kind) for key, kind in rest.items()), ignore_conflicts=True
        )
        made = Item.objects.filter(source=source, external_key__in=rest).values_list("external_key", "pk")
        found |= {key: pk for key, pk in made if key}
    return found


def _member(folder: Folder, user_id: str, source: Source, items: dict[str, int]) -> int:
    """Make one member with all that is told of them. Returns how many entries the history has."""
    told = folder.users[user_id]
    entries = folder.histories.get(user_id, [])
    with ledger.recording():
        user = User(
            username=told.username, email=told.email, is_active=told.is_active, created_at=told.created_at,
            **({"uuid": value} if (value := _uuid(user_id)) else {}),
        )  # fmt: skip
        user.set_unusable_password()
        user.save()
        User.objects.filter(pk=user.pk).update(updated_at=told.updated_at)
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
        ImportedUser.objects.create(user=user, external_id=user_id, role=told.role.value)
        actor = user_actor(user.uuid)
        ledger.record(Kind.SIGNUP, actor, occurred_at=told.created_at, event_id=derived(SOURCE, user_id, "signup"))
        _subscribe(folder, user_id, user)
        _grant(folder, user_id, user)
        _record_history(user_id, user, entries, source, items)
        _record_opening(folder, user_id, user, entries)
    return len(entries)


def _subscribe(folder: Folder, user_id: str, user: User) -> None:
    told, now = folder.users[user_id], timezone.now()
    ends_at = told.subscription_expires
    if ends_at is None and told.role in SOLD:
        ends_at = now + timedelta(days=settings.USER_SUBSCRIPTION_DAYS)
    if ends_at is not None:
        role = told.role if told.role in SOLD else Role.SUBSCRIBER
        subscriptions.start_within(
            user, plan_for(role), starts_at=min(told.created_at, ends_at - INSTANT), ends_at=ends_at,
            by=By(GrantedBy.IMPORT), now=now,
        )  # fmt: skip


def _grant(folder: Folder, user_id: str, user: User) -> None:
    """Give and take the features in which the file differs from the role."""
    listed = folder.features.get(user_id)
    if listed is None:
        return
    role = entitlements.role_of(user)
    FeatureGrant.objects.bulk_create(
        FeatureGrant(user=user, feature=spec.feature.value, granted=spec.feature in listed)
        for spec in MATRIX
        if (spec.feature in listed) != includes(role, spec.feature)
    )


def _record_history(
    user_id: str, user: User, entries: list[EntryRecord], source: Source, items: dict[str, int]
) -> None:
    actor = user_actor(user.uuid)
    for place, entry in enumerate(entries):
        play, item = f"{place:07d}", Item(pk=items[entry.video_id], type=entry.content_type.value)
        ledger.record(
            Kind.PLAY, actor, item=item, occurred_at=entry.watched_at, source_id=source.pk,
            session_id=entry.session_id, event_id=derived(SOURCE, user_id, "play", play), play_id=play,
            duration_seconds=entry.duration_seconds, completed=entry.completed or None, quality=entry.quality,
        )  # fmt: skip


def _record_opening(folder: Folder, user_id: str, user: User, entries: list[EntryRecord]) -> None:
    """Record what the statistics say beyond the history."""
    told = folder.stats.get(user_id)
    if told is None:
        return
    balances = {column: getattr(told, name) for name, column in OPENED.items()}
    balances["plays"] -= len(entries)
    balances["watched_ms"] = _watched_ms(told.total_watched_hours) - sum(map(_played_ms, entries))
    moments = dict.fromkeys(balances, folder.users[user_id].created_at)
    if told.last_activity_timestamp:
        balances[LAST_ACTIVITY], moments[LAST_ACTIVITY] = 1, told.last_activity_timestamp
    for name, amount in balances.items():
        if amount:
            ledger.record(
                Kind.OPENING_BALANCE, user_actor(user.uuid), occurred_at=moments[name], name=name, amount=amount,
                event_id=derived(SOURCE, user_id, "opening", name),
            )  # fmt: skip
