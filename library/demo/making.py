"""Puts the demo into the database, step by step; what a stopped run has made, the next one finds and keeps."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings

from accounts import demo, entitlements, plans
from accounts.features import MATRIX
from accounts.models import User
from accounts.roles import Role, is_at_least
from library import comments, receiving, uploads
from library.demo import activity, art, media
from library.demo.catalogue import COMMENTS, WORKS, Work
from library.demo.courses import FILMS
from library.demo.people import MEMBER, PEOPLE, STAFF, Person
from library.demo.together import REPLIES
from library.models import Comment, Media
from library.uploads import Details
from stats import ingest, ledger
from stats.actors import user_actor
from stats.kinds import Kind, Sender
from stats.models import Item, ItemType, Source

Progress = Callable[[int, int], None]

ALL = (*WORKS, *FILMS)
BATCH = 500
WORKERS = 2
REPLIES_A_COMMENT = 0.35
JOINED = timedelta(days=45)
EXTENSIONS = {"video": "mp4", "track": "m4a", "image": "jpg", "stream": "jpg"}


def is_made() -> bool:
    """Whether the demo's people are here and its last step was done."""
    return log_ins_path().exists() and User.objects.filter(username__in=[STAFF.username, MEMBER.username]).count() == 2


def make_people(now: datetime) -> dict[str, User]:
    """Make the thirty people, with verified addresses and, for some, a subscription. Returns them by username."""
    plans.seed()
    found = {user.username: user for user in User.objects.filter(username__in=[one.username for one in PEOPLE])}
    for at, person in enumerate(PEOPLE):
        if person.username not in found:
            found[person.username] = _make_person(person, now - JOINED + timedelta(hours=11 * at))
        user = found[person.username]
        if person.role and entitlements.role_of(user) is Role.FREE:
            demo.pay_since(user, Role(person.role), user.created_at + timedelta(hours=1), now)
    return found


def make_files(folder: Path, progress: Progress) -> dict[str, Path]:
    """Draw and sound the files of all items that are not here yet, on two processors. Returns their paths by title."""
    there = set(
        Item.objects.filter(title__in=[work.title for work in ALL], deleted_at=None, lesson=None).values_list(
            "title", flat=True
        )
    )
    wanted = [(at, work) for at, work in enumerate(ALL) if work.title not in there and work.type != "stream"]
    made: dict[str, Path] = {}
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        running = {}
        for at, work in wanted:
            path = folder / f"{at:02}.{EXTENSIONS[work.type]}"
            running[pool.submit(media.make, work.type, path, work.scene, work.palette, work.seconds, at)] = work
        for done in as_completed(running):
            made[running[done].title] = done.result()
            progress(len(made), len(wanted))
    return made


def make_items(
    people: dict[str, User], files: dict[str, Path], now: datetime, progress: Progress
) -> list[tuple[Work, Item]]:
    """Publish each file as its owner would, on its day. Returns the works with their items."""
    made = []
    for at, work in enumerate(ALL):
        owner, published_at = people[work.owner], now - timedelta(days=work.days)
        if work.title in files:
            details = Details(work.title, work.description, work.category, work.visibility, list(work.tags))
            received = receiving.adopt(files[work.title], f"{work.title}.{EXTENSIONS[work.type]}")
            item = uploads.publish(owner, received, details, at=published_at)
        elif work.type == "stream":
            item = Item.objects.filter(title=work.title, owner=owner).first() or _make_stream(
                work, owner, published_at, at
            )
        else:
            item = Item.objects.get(title=work.title, owner=owner, deleted_at=None, lesson=None)
        made.append((work, item))
        progress(at + 1, len(ALL))
    return made


def make_comments(people: dict[str, User], items: list[tuple[Work, Item]], now: datetime, progress: Progress) -> int:
    """Let people say something about what they saw, and answer each other. Returns how many comments."""
    if Comment.objects.filter(item__in=[item for _, item in items]).exists():
        return 0
    dice, count = Random(88), 0  # noqa: S311
    for at, (work, item) in enumerate(items):
        writers = dice.sample([one for one in PEOPLE if one.username not in {work.owner, STAFF.username}], 6)
        for person in writers[: round(work.appeal * 1.7) if work.visibility == "public" else 0]:
            written_at = now - timedelta(days=work.days * (0.1 + 0.85 * dice.random()))
            said = comments.write(people[person.username], item, dice.choice(COMMENTS), at=written_at)
            count += 1 + _answers(said, people[work.owner], people[dice.choice(PEOPLE).username], now, dice)
        progress(at + 1, len(items))
    return count


def make_events(people: dict[str, User], items: list[tuple[Work, Item]], now: datetime, progress: Progress) -> int:
    """Hand thirty days of events to the ingest, which keeps them for the drain. Returns how many it took."""
    sending = ingest.Sending(Source.objects.get(pk=Source.SITE), Sender.SERVER)
    watchers = {one.username: _watcher(one, people[one.username]) for one in PEOPLE}
    works = [
        activity.Watched(
            uuid=str(item.uuid),
            type=item.type,
            seconds=(item.duration_ms or 0) / 1000,
            appeal=work.appeal,
            published_at=item.created_at,
            owner=str(people[work.owner].uuid),
            words=work.tags,
        )
        for work, item in items
        if work.visibility == "public"
    ]
    told = list(activity.events(list(watchers.values()), works, watchers[MEMBER.username], now))
    taken = 0
    for batch in _batches(told):
        taken += ingest.accept_values(sending, batch, now).accepted
        progress(taken, len(told))
    return taken


def make_log_ins() -> Path:
    """Give the two log-ins random passwords, and write them where only the owner of this site can read them."""
    path = log_ins_path()
    lines = []
    for role, person in (("staff", STAFF), ("member", MEMBER)):
        password = secrets.token_urlsafe(12)
        user = User.objects.get(username=person.username)
        user.set_password(password)
        user.save(update_fields=["password"])
        lines.append(f"{role:7} {person.username:11} {password}\n")
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(lines))
    return path


def log_ins_path() -> Path:
    """Return where the log-ins stand."""
    return Path(settings.DATA_DIR) / "demo-logins.txt"


def _make_person(person: Person, joined_at: datetime) -> User:
    staff = person is STAFF
    with ledger.recording():
        user = User(
            username=person.username,
            email=person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            time_zone=person.time_zone,
            bio=person.bio,
            created_at=joined_at,
            is_staff=staff,
            is_superuser=staff,
        )
        user.set_unusable_password()
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        ledger.record(Kind.SIGNUP, user_actor(user.uuid), occurred_at=joined_at)
        ledger.record(
            Kind.SETTING_CHANGED,
            user_actor(user.uuid),
            occurred_at=joined_at,
            setting="time_zone",
            value=user.time_zone,
        )
    return user


def _answers(said: Comment, owner: User, other: User, now: datetime, dice: Random) -> int:
    """Let the owner answer a comment, and somebody else the answer. Returns how many did."""
    if dice.random() > REPLIES_A_COMMENT:
        return 0
    at = said.created_at + (now - said.created_at) * 0.2 * dice.random()
    first = comments.write(owner, said.item, dice.choice(REPLIES), answering=said, at=at)
    if dice.random() > REPLIES_A_COMMENT or other.pk == owner.pk:
        return 1
    at += (now - at) * 0.2 * dice.random()
    comments.write(other, said.item, dice.choice(REPLIES), answering=first, at=at)
    return 2


def _make_stream(work: Work, owner: User, at: datetime, seed: int) -> Item:
    """Make a stream that is over: no file, but a picture and its beginning and end in the log."""
    with ledger.recording():
        item = Item.objects.create(type=ItemType.STREAM, title=work.title, owner=owner, created_at=at)
        folder = uploads.folder_of(item.uuid)
        folder.mkdir(parents=True)
        for kind, size in (("poster", (1280, 720)), ("thumbnail", (640, 360))):
            art.picture(work.scene, work.palette, 0.3, seed, size).save(folder / f"{kind}.webp", quality=82)
        Media.objects.create(
            item=item,
            description=work.description,
            category=work.category,
            tags=list(work.tags),
            poster=f"items/{item.uuid}/poster.webp",
            thumbnail=f"items/{item.uuid}/thumbnail.webp",
            published_at=at,
        )
        ledger.record(Kind.STREAM_STARTED, user_actor(owner.uuid), item=item, occurred_at=at)
        ledger.record(Kind.STREAM_ENDED, user_actor(owner.uuid), item=item, occurred_at=at + timedelta(minutes=52))
    return item


def _watcher(person: Person, user: User) -> activity.Watcher:
    role = Role(person.role) if person.role else Role.FREE
    features = tuple(spec.feature.value for spec in MATRIX if is_at_least(role, spec.least))
    return activity.Watcher(str(user.uuid), person.time_zone, person.zeal, features)


def _batches(events: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for at in range(0, len(events), BATCH):
        yield events[at : at + BATCH]
