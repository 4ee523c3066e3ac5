"""Valid objects from as little as a test needs to say."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts import plans
from accounts.models import User
from library import comments, uploads
from library.discussions import writing as discussing
from library.discussions.models import Post, Thread
from library.learning import building, enrolling
from library.learning.models import Course, Lesson, Section, Status, What
from library.models import Comment, Media
from library.playlists import sharing
from library.playlists import writing as playlists
from library.playlists.models import Playlist
from library.quizzes import writing
from library.quizzes.drafts import Choice, Draft
from library.quizzes.models import Pool, Question
from stats import sources
from stats.models import Item, Source

PASSWORD = "a rather long sentence"

_numbers = count(1)


def make_user(username: str = "", *, verified: bool = True, password: str = PASSWORD, **values: Any) -> User:
    """Make a member with a verified address, who can log in with `PASSWORD`."""
    username = username or f"member{next(_numbers)}"
    user = User(**{"username": username, "email": f"{username}@example.org", **values})
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    return user


def make_staff(username: str = "", **values: Any) -> User:
    """Make a superuser."""
    return make_user(username, is_staff=True, is_superuser=True, **values)


def make_plans() -> None:
    """Make the plans free, subscriber and premium."""
    plans.seed()


def make_source(name: str = "Shop", **values: Any) -> tuple[Source, str]:
    """Make a source, with its secret key."""
    source, secret = sources.create(name)
    if values:
        Source.objects.filter(pk=source.pk).update(**values)
        source.refresh_from_db()
    return source, secret


def api_client(who: User | str | None = None) -> APIClient:
    """Return a client of the API: with a member's token, with a bearer, or with nothing."""
    client = APIClient()
    if isinstance(who, User):
        who = AuthToken.objects.create(who)[1]
    if who:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {who}")
    return client


def make_item(owner: User | None = None, *, file: bytes = b"", mime: str = "video/mp4", **values: Any) -> Item:
    """Make a public video of a minute, as if it had been uploaded; `file` becomes its content."""
    item = Item.objects.create(
        **{"type": "video", "title": "Tide", "owner": owner or make_user(), "duration_ms": 60_000, **values}
    )
    media = Media(item=item, mime=mime, bytes=len(file), sha256=hashlib.sha256(file).hexdigest(), facts={})
    if file:
        folder = uploads.folder_of(item.uuid)
        folder.mkdir(parents=True)
        (folder / "original.mp4").write_bytes(file)
        (folder / "thumbnail.webp").write_bytes(b"thumbnail")
        (folder / "poster.webp").write_bytes(b"poster")
        media.file = f"items/{item.uuid}/original.mp4"
        media.thumbnail = f"items/{item.uuid}/thumbnail.webp"
        media.poster = f"items/{item.uuid}/poster.webp"
    media.save()
    return item


def make_comment(
    item: Item, author: User | None = None, text: str = "Well said.", answering: Comment | None = None
) -> Comment:
    """Make a comment or a reply, with its event; nobody is told, and no pace is kept."""
    return comments.write(author or make_user(), item, text, answering=answering, at=timezone.now())


def make_course(
    owner: User | None = None, title: str = "Reading the sea", *, published: bool = True, **fields: Any
) -> Course:
    """Make a course without sections: out already, or with `published=False` a draft."""
    told = {"description": "What the tide does.", "outcomes": ["Tell ebb from flood"], **fields}
    course = building.create(owner or make_user(), title, **told)
    if published:
        course.status, course.published_at = Status.PUBLISHED, timezone.now()
        course.save()
    return course


def make_section(course: Course | None = None, title: str = "At the shore", **fields: Any) -> Section:
    """Make a section at the end of a course."""
    course = course or make_course()
    with building.editing(course.uuid, course.owner, _version(course), What.SECTION_ADDED, title) as edited:
        return building.add_section(edited, title, **fields)


def make_lesson(
    section: Section | None = None, kind: str = "text", title: str = "Ebb and flood", **fields: Any
) -> Lesson:
    """Make a lesson at the end of a section: a text of a few words, a video of a minute, or a quiz without questions."""
    section = section or make_section()
    course = section.course
    if kind == "text":
        fields.setdefault("text", "The sea comes and goes twice a day.")
    if kind == "video" and "video" not in fields:
        fields["video"] = make_item(course.owner, file=b"video", title=title)
    with building.editing(course.uuid, course.owner, _version(course), What.LESSON_ADDED, title):
        return building.add_lesson(section, kind, title, by=course.owner, **fields)


def _version(course: Course) -> int:
    return Course.objects.values_list("version", flat=True).get(pk=course.pk)


def make_question(lesson: Lesson, kind: str = "single", *, pool: Pool | None = None, **fields: Any) -> Question:
    """Make a question of a quiz: of choices "A", "B" and "C" the first is right, the number is 42, the text "tide"."""
    told: dict[str, Any] = {"prompt": "Which one?", "explanation": "Because the moon pulls.", **fields}
    if kind in {"single", "multiple"}:
        right = {"A"} if kind == "single" else {"A", "B"}
        told.setdefault("options", tuple(Choice(text, text in right) for text in "ABC"))
    told.setdefault("number", Decimal(42) if kind == "number" else None)
    told.setdefault("accepted", ("tide",) if kind == "text" else ())
    pool = pool or writing.quiz_of(lesson).pools.get()
    return writing.write_question(pool, Draft(kind=kind, **told))


def make_enrolment(course: Course, user: User | None = None) -> User:
    """Let somebody take a course, and return them."""
    user = user or make_user()
    enrolling.enrol(user, course)
    return user


def make_playlist(
    owner: User | None = None,
    title: str = "Evenings outside",
    *items: Item,
    visibility: str = "public",
    viewers: Iterable[User] = (),
    editors: Iterable[User] = (),
) -> Playlist:
    """Make a playlist of these items; `viewers` and `editors` have joined it."""
    playlist = playlists.create(owner or make_user(), title, visibility=visibility)
    for item in items:
        playlists.add(playlist, item, playlist.owner)
    for role, people in (("viewer", viewers), ("editor", editors)):
        for person in people:
            sharing.invite(playlist, person, role, playlist.owner)
            sharing.accept(playlist, person)
    playlist.refresh_from_db()
    return playlist


def make_thread(course: Course, author: User | None = None, title: str = "Why?", text: str = "So why?") -> Thread:
    """Make a question of somebody who takes the course; nobody is told."""
    return discussing.ask(author or make_enrolment(course), course, title, text, at=timezone.now())


def make_answer(thread: Thread, author: User | None = None, text: str = "Therefore.") -> Post:
    """Make an answer of somebody who takes the course; nobody is told."""
    return discussing.answer(author or make_enrolment(thread.course), thread, text, at=timezone.now())
