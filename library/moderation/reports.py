"""What people find wrong is reported, and staff decide: it stays, or it is taken away."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import audit
from accounts.models import User
from library import comments, pace
from library.discussions import writing
from library.discussions.models import Post
from library.models import Comment, Media, Reason, Report, ReportState
from library.people import notifications
from stats import items, ledger
from stats.actors import user_actor
from stats.kinds import Kind
from stats.models import Item, Visibility

NOTES_SHOWN = 5
LEAVE = gettext_lazy("Leave it")


@dataclass(frozen=True, slots=True)
class Subject:
    """A sort of thing that may be reported, by the name of its column in `Report`.

    `rows` are those that stand; `take_away` runs inside the recording block of the decision, with the reason that most
    gave; `told` is what the author reads then, and `left` if nothing was done. With `is_kept` the author still sees it.
    `noted` are the acts of the audit log, for a report upheld and for one dismissed.
    """

    key: str
    label: Any
    verb: Any
    leave: Any
    told: Any
    author: Callable[[Any], User | None]
    text: Callable[[Any], str]
    address: Callable[[Any], str]
    take_away: Callable[[Any, User, str], bool]
    rows: Callable[[], QuerySet]
    left: Any = ""
    is_kept: bool = False
    noted: tuple[str, str] = ("report.upheld", "report.dismissed")


@dataclass(frozen=True, slots=True)
class Case:
    """One thing with all that is open about it."""

    subject: Subject
    about: Any
    reports: Sequence[Report]
    since: datetime

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """The reasons in words, each with how many gave it, the most frequent first."""
        counted = [(str(reason.label), sum(one.reason == reason for one in self.reports)) for reason in Reason]
        return sorted(((label, n) for label, n in counted if n), key=lambda row: -row[1])

    @property
    def notes(self) -> list[Report]:
        """The first reports that say more than a reason."""
        return [one for one in self.reports if one.note][:NOTES_SHOWN]

    @property
    def held_for(self) -> str:
        """Why it is hidden already, in words; empty unless that is what the owner appeals."""
        return self.about.media.get_held_for_display() if self.subject.key == "appeal" else ""

    @property
    def author(self) -> User | None:
        """Whose it is."""
        return self.subject.author(self.about)

    @property
    def text(self) -> str:
        """What it says."""
        return self.subject.text(self.about)

    @property
    def address(self) -> str:
        """Where it stands."""
        return self.subject.address(self.about)


def _hide(item: Item, by: User, reason: str) -> bool:
    """Hide an item for a reason inside the caller's recording block. Returns whether it was not hidden before."""
    # its media first, as who changes an item
    media = Media.objects.select_for_update().filter(item=item, item__deleted_at=None, held_for="").first()
    if media is None:
        return False
    Item.objects.filter(pk=item.pk).update(visibility=Visibility.PRIVATE)
    Media.objects.filter(pk=media.pk).update(held_for=reason)
    _changed(item, by)
    return True


def _release(item: Item, by: User, _reason: str) -> bool:
    """Let the owner of a hidden item decide again who sees it, inside the caller's recording block."""
    if not Media.objects.filter(item=item).exclude(held_for="").update(held_for=""):
        return False
    _changed(item, by)
    return True


def _changed(item: Item, by: User) -> None:
    ledger.record(Kind.ITEM_CHANGED, user_actor(by.uuid), item=item)
    transaction.on_commit(items.forget)


def _item_address(item: Item) -> str:
    return reverse("library:item", args=[item.uuid])


SUBJECTS = (
    Subject(
        key="comment",
        label=gettext_lazy("Comment"),
        verb=gettext_lazy("Take it away"),
        leave=LEAVE,
        told=gettext_noop("Your comment was taken away by the staff"),
        author=lambda comment: comment.author,
        text=lambda comment: comment.text,
        address=comments.address,
        take_away=lambda comment, by, _reason: comments.take_away(comment, by),
        rows=lambda: Comment.objects.filter(deleted_at=None).select_related("author", "item", "parent"),
    ),
    Subject(
        key="post",
        label=gettext_lazy("Discussion"),
        verb=gettext_lazy("Take it away"),
        leave=LEAVE,
        told=gettext_noop("Your post in a discussion was taken away by the staff"),
        author=lambda post: post.author,
        text=lambda post: f"{post.thread.title}\n\n{post.text}" if post.is_question else post.text,
        address=writing.address,
        take_away=lambda post, by, _reason: writing.take_away(post, by, with_answers=True),
        rows=lambda: Post.objects.filter(deleted_at=None).select_related("author", "thread__course"),
    ),
    Subject(
        key="item",
        label=gettext_lazy("Item"),
        verb=gettext_lazy("Hide it"),
        leave=LEAVE,
        told=gettext_noop("An item of yours was hidden by the staff"),
        author=lambda item: item.owner,
        text=lambda item: item.title,
        address=_item_address,
        take_away=_hide,
        rows=lambda: Item.objects.filter(deleted_at=None).select_related("owner"),
        is_kept=True,
    ),
    Subject(
        key="appeal",
        label=gettext_lazy("Hidden item"),
        verb=gettext_lazy("Let it be seen again"),
        leave=gettext_lazy("Keep it hidden"),
        told=gettext_noop("The staff looked again at an item of yours: you may let others see it again"),
        left=gettext_noop("The staff looked again at an item of yours: it stays hidden"),
        author=lambda item: item.owner,
        text=lambda item: item.title,
        address=_item_address,
        take_away=_release,
        rows=lambda: Item.objects.filter(deleted_at=None).exclude(media__held_for="").select_related("owner", "media"),
        is_kept=True,
        noted=("appeal.granted", "appeal.declined"),
    ),
)
SUBJECT = {subject.key: subject for subject in SUBJECTS}


def report(reporter: User, subject: Subject, about: Any, reason: str = "", note: str = "") -> Report:
    """Report something to the staff; an appeal has no reason. Raises `pace.TooFast`.

    Who reports the same thing again changes their report, and opens it anew if it was dismissed.
    """
    with transaction.atomic():
        mine = Report.objects.filter(reporter=reporter)
        if not mine.filter(**{subject.key: about}).exists():
            pace.check("report", reporter, mine)
        told = {"reason": reason, "note": note, "state": ReportState.OPEN, "decided_by": None, "decided_at": None}
        return Report.objects.update_or_create(reporter=reporter, **{subject.key: about}, defaults=told)[0]


def open_ones() -> QuerySet[Report]:
    """Return the reports that wait for a decision, of things that still stand, the oldest first."""
    stands = Q(comment__deleted_at=None, comment__isnull=False) | Q(post__deleted_at=None, post__isnull=False)
    stands |= Q(item__deleted_at=None, item__isnull=False)
    stands |= Q(appeal__deleted_at=None, appeal__media__held_for__in=Reason.values)
    return Report.objects.filter(stands, state=ReportState.OPEN)


def subjects_waiting() -> QuerySet[Report, dict[str, Any]]:
    """Return what waits, each thing once with `since`, the oldest report first."""
    keys = [f"{subject.key}_id" for subject in SUBJECTS]
    return open_ones().order_by().values(*keys).annotate(since=Min("created_at")).order_by("since", *keys)


def cases(waiting: Iterable[dict[str, Any]]) -> list[Case]:
    """Return what `subjects_waiting` gave with all reports of each. A query for each sort of thing, and one more."""
    rows = list(waiting)
    wanted = {one.key: {row[f"{one.key}_id"] for row in rows} - {None} for one in SUBJECTS}
    found = {key: SUBJECT[key].rows().in_bulk(ids) for key, ids in wanted.items() if ids}
    told: dict[tuple[str, int], list[Report]] = {}
    if rows:
        any_of = Q(pk=None)
        for key, ids in wanted.items():
            any_of |= Q(**{f"{key}__in": ids})
        for one in Report.objects.filter(any_of, state=ReportState.OPEN).select_related("reporter").order_by("pk"):
            told.setdefault(_about(one), []).append(one)
    made = []
    for row in rows:
        key = next(one.key for one in SUBJECTS if row[f"{one.key}_id"])
        pk = row[f"{key}_id"]
        if about := found[key].get(pk):
            made.append(Case(SUBJECT[key], about, told.get((key, pk), []), row["since"]))
    return made


def decide(subject: Subject, about: Any, by: User, *, uphold: bool) -> int:
    """Decide all open reports of a thing: it is taken away and its author told, or it stays. Returns how many.

    Who reported it is told too. Decided at once by two of the staff, the first holds.
    """
    with ledger.recording():
        waiting = Report.objects.select_for_update(of=("self",)).filter(**{subject.key: about}, state=ReportState.OPEN)
        decided = list(waiting.select_related("reporter"))
        if not decided:
            return 0
        state = ReportState.UPHELD if uphold else ReportState.DISMISSED
        now = timezone.now()
        Report.objects.filter(pk__in=[one.pk for one in decided]).update(state=state, decided_by=by, decided_at=now)
        detail = {"kind": subject.key, "reports": len(decided), "reasons": _given(decided)}
        audit.note(by, subject.noted[not uphold], about, detail, person=subject.author(about))
        cause = f"{subject.key}:{about.uuid}:{decided[0].uuid}:{now.isoformat()}"
        if not uphold:
            _tell_author(subject, about, by, subject.left, cause)
        elif subject.take_away(about, by, _most_given(decided)):
            _tell_author(subject, about, by, subject.told, cause)
            _thank(subject, about, by, decided, cause)
    return len(decided)


def _about(row: Report) -> tuple[str, int]:
    return next((one.key, pk) for one in SUBJECTS if (pk := getattr(row, f"{one.key}_id")))


def _given(decided: Sequence[Report]) -> dict[str, int]:
    return dict(Counter(one.reason for one in decided if one.reason))


def _most_given(decided: Sequence[Report]) -> str:
    """Return the reason that most gave; of several the one that was given first."""
    return Counter(one.reason for one in sorted(decided, key=lambda one: one.pk)).most_common(1)[0][0]


def _tell_author(subject: Subject, about: Any, by: User, told: str, cause: str) -> None:
    author = subject.author(about)
    if told and author:
        address = subject.address(about) if subject.is_kept else reverse("accounts:front")
        notifications.notify("moderation", [author], by=by, title=told, words={}, address=address, cause=cause)


def _thank(subject: Subject, about: Any, by: User, decided: Sequence[Report], cause: str) -> None:
    """Tell who reported it; their thanks lead home, as there is nothing left to look at."""
    notifications.notify(
        "moderation",
        [one.reporter for one in decided if one.reporter != subject.author(about)],
        by=by,
        title=gettext_noop("What you reported was taken away. Thank you"),
        words={},
        address=reverse("accounts:front"),
        cause=f"{cause}:thanks",
    )
