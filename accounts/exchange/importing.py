"""Members from files. All files are read and checked before the first line is written, and written in one transaction.

So an import that is killed leaves nothing, and whoever looks sees all of the members or none. Who is there already, with
the same id, name and address, is left alone; ids of events follow from what they say, so nothing counts twice. Imports,
like everything else that writes to the log, follow each other.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from accounts import entitlements, names, subscriptions
from accounts.exchange.files import STATS, USERS, Broken, EntryRecord, Fault, Folder
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
AT_ONCE = 5_000
INSTANT = timedelta(microseconds=1)


@dataclass(slots=True)
class Imported:
    """How many were made, and how many were there already."""

    made: int = 0
    known: int = 0
    entries: int = 0


def import_folder(folder: Folder, progress: Callable[[int, int], None] = lambda done, total: None) -> Imported:
    """Make the members of a folder, with subscriptions, features, histories and statistics.

    One transaction, which keeps other writers of the log waiting from its beginning to its end. Raises Broken, having
    changed nothing, when a record does not fit this site.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            ledger.lock(cursor)
        now = timezone.now()
        known = _known(folder)
        faults = [*_people(folder, known, now), *_numbers(folder)]
        if faults:
            raise Broken(faults)
        done, source = Imported(known=len(known)), _source()
        new = [user_id for user_id in folder.users if user_id not in known]
        for page in _pages(folder, new):
            done.entries += _members(folder, page, source, now)
            done.made += len(page)
            progress(done.made, len(new))
    return done


def _pages(folder: Folder, new: Sequence[str]) -> Iterator[list[str]]:
    """Yield members, as many at once as have some thousand entries together."""
    page: list[str] = []
    size = 0
    for user_id in new:
        history = folder.histories.get(user_id)
        page.append(user_id)
        size += history.entries if history else 0
        if size >= AT_ONCE or len(page) >= PAGE:
            yield page
            page, size = [], 0
    if page:
        yield page


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


def _people(folder: Folder, known: dict[str, User], now: datetime) -> list[Fault]:
    """Return which members cannot be made here."""
    faults = []
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
    """Return which statistics say less than the history."""
    faults = []
    for user_id, told in folder.stats.items():
        entries, played = _told(folder, user_id)
        if told.watch_history_entries < entries:
            faults.append(Fault(STATS, user_id, f"watch_history_entries is below the {entries} of the history"))
        if _watched_ms(told.total_watched_hours) < played:
            faults.append(Fault(STATS, user_id, "total_watched_hours is below what the history adds up to"))
    return faults


def _told(folder: Folder, user_id: str) -> tuple[int, int]:
    """Return how many entries a member's history has, and how many milliseconds they are."""
    history = folder.histories.get(user_id)
    return (history.entries, history.played_ms) if history else (0, 0)


def _watched_ms(hours: float) -> int:
    return round(hours * HOUR_MS)


def _source() -> Source:
    """Return the source whose keys name what was watched elsewhere."""
    return Source.objects.filter(name=SOURCE).order_by("pk").first() or sources.create(SOURCE)[0]


def _items(histories: dict[str, list[EntryRecord]], source: Source) -> dict[str, int]:
    """Return the items of histories by their key, made where nobody knows them, by their database ids."""
    types: dict[str, str] = {}
    for entries in histories.values():
        for entry in entries:
            types.setdefault(entry.video_id, entry.content_type.value)
    found: dict[str, int] = {}
    keys = list(types)
    for start in range(0, len(keys), PAGE):
        page = {key: types[key] for key in keys[start : start + PAGE]}
        found |= {key: known.id for key, known in find(source.pk, page.items(), create=False).items()}
        rest = {key: kind for key, kind in page.items() if key not in found}  # also UUIDs of nothing here, deleted ones
        Item.objects.bulk_create(
            (Item(source=source, external_key=key, type=kind) for key, kind in rest.items()), ignore_conflicts=True
        )
        made = Item.objects.filter(source=source, external_key__in=rest).values_list("external_key", "pk")
        found |= {key: pk for key, pk in made if key}
    return found


def _members(folder: Folder, page: Sequence[str], source: Source, now: datetime) -> int:
    """Make some members with all that is told of them. Returns how many entries their histories have."""
    histories = {user_id: folder.histories[user_id].read() for user_id in page if user_id in folder.histories}
    items = _items(histories, source)
    with ledger.recording():
        users = _accounts(folder, page)
        for user_id, user in users.items():
            told = folder.users[user_id]
            ledger.record(
                Kind.SIGNUP, user_actor(user.uuid), occurred_at=told.created_at,
                event_id=derived(SOURCE, user_id, "signup"),
            )  # fmt: skip
            _subscribe(folder, user_id, user, now)
        entitlements.load(users.values())
        FeatureGrant.objects.bulk_create(
            grant for user_id, user in users.items() for grant in _grants(folder, user_id, user, now)
        )
        for user_id, user in users.items():
            _record_history(user_id, user, histories.get(user_id, []), source, items)
            _record_opening(folder, user_id, user)
    return sum(map(len, histories.values()))


def _accounts(folder: Folder, page: Sequence[str]) -> dict[str, User]:
    """Make the accounts. They have no password, an address that is not confirmed, and the dates of the files."""
    users = {}
    for user_id in page:
        told, known_id = folder.users[user_id], _uuid(user_id)
        user = User(
            username=told.username, email=told.email, is_active=told.is_active, created_at=told.created_at,
            **({"uuid": known_id} if known_id else {}),
        )  # fmt: skip
        user.set_unusable_password()
        users[user_id] = user
    User.objects.bulk_create(users.values())
    for user_id, user in users.items():
        user.updated_at = folder.users[user_id].updated_at
    User.objects.bulk_update(users.values(), ["updated_at"], batch_size=PAGE)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=False) for user in users.values()
    )
    ImportedUser.objects.bulk_create(
        ImportedUser(user=user, external_id=user_id, role=folder.users[user_id].role.value)
        for user_id, user in users.items()
    )
    return users


def _subscribe(folder: Folder, user_id: str, user: User, now: datetime) -> None:
    told = folder.users[user_id]
    ends_at = told.subscription_expires
    if ends_at is None and told.role in SOLD:
        ends_at = now + timedelta(days=settings.USER_SUBSCRIPTION_DAYS)
    if ends_at is not None:
        role = told.role if told.role in SOLD else Role.SUBSCRIBER
        subscriptions.start_within(
            user, plan_for(role), starts_at=min(told.created_at, ends_at - INSTANT), ends_at=ends_at,
            by=By(GrantedBy.IMPORT), now=now,
        )  # fmt: skip


def _grants(folder: Folder, user_id: str, user: User, now: datetime) -> list[FeatureGrant]:
    """Return the features, to be given and taken, in which the file differs from the role."""
    listed = folder.features.get(user_id)
    if listed is None:
        return []
    role = entitlements.role_of(user, now)
    return [
        FeatureGrant(user=user, feature=spec.feature.value, granted=spec.feature in listed)
        for spec in MATRIX
        if (spec.feature in listed) != includes(role, spec.feature)
    ]


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


def _record_opening(folder: Folder, user_id: str, user: User) -> None:
    """Record what the statistics say beyond the history."""
    told = folder.stats.get(user_id)
    if told is None:
        return
    entries, played = _told(folder, user_id)
    balances = {column: getattr(told, name) for name, column in OPENED.items()}
    balances["plays"] -= entries
    balances["watched_ms"] = _watched_ms(told.total_watched_hours) - played
    moments = dict.fromkeys(balances, folder.users[user_id].created_at)
    if told.last_activity_timestamp:
        balances[LAST_ACTIVITY], moments[LAST_ACTIVITY] = 1, told.last_activity_timestamp
    for name, amount in balances.items():
        if amount:
            ledger.record(
                Kind.OPENING_BALANCE, user_actor(user.uuid), occurred_at=moments[name], name=name, amount=amount,
                event_id=derived(SOURCE, user_id, "opening", name),
            )  # fmt: skip
