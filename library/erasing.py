"""What becomes of a member's library when the member is erased: files and texts go, what others learn from stays."""

import shutil

from accounts.models import User
from library import comments, listing, uploads
from library.discussions import writing
from library.models import Comment, Post
from stats import ledger
from stats.actors import user_actor
from stats.erasing import STRUCK, Eraser, Fate, Rule
from stats.models import Item

TAUGHT = "others learn from it; the name of who made it is gone"
ACTED = "what was decided stays; who decided has no name any more"


def first(person: User) -> None:
    """Take away what the member uploaded and said, as the member could have: counters follow."""
    own = Item.objects.filter(owner=person, deleted_at=None, lesson=None, shown_in=None)
    if doomed := list(own.order_by("pk")):
        uploads.delete_all(doomed, user_actor(person.uuid))
    for uuid in Item.objects.filter(owner=person).exclude(deleted_at=None).values_list("uuid", flat=True):
        shutil.rmtree(uploads.folder_of(uuid), ignore_errors=True)  # who deleted it may not have lived to do so
    with ledger.recording():
        for comment in Comment.objects.filter(author=person, deleted_at=None).select_related("item").order_by("pk"):
            comments.take_away(comment, person)
        for post in Post.objects.filter(author=person, deleted_at=None).order_by("pk"):
            writing.take_away(post, person, with_answers=False)


ERASER = Eraser(
    first=first,
    last=listing.compact,
    rules=(
        Rule("library.Media", "item__owner", Fate.BLANKED, values={"description": "", "tags": [], "original_name": ""},
             where={"item__deleted_at__isnull": False}),
        Rule("library.Listing", "owner", Fate.KEPT, "the database writes it with the item, and takes it away with it", told=False),
        Rule("library.Certificate", "enrolment__user", Fate.DELETED),
        Rule("library.Enrolment", "user", Fate.DELETED),
        Rule("library.Enrolment", "granted_by", Fate.BLANKED, values={"granted_by": None}, told=False),
        Rule("library.LessonOpened", "user", Fate.DELETED),
        Rule("library.LessonDone", "user", Fate.DELETED),
        Rule("library.Reading", "user", Fate.DELETED),
        Rule("library.Answer", "attempt__user", Fate.DELETED, hidden=frozenset({"key"})),
        Rule("library.Attempt", "user", Fate.DELETED),
        Rule("library.Review", "author", Fate.BLANKED, values={"text": ""}),
        Rule("library.Thread", "author", Fate.BLANKED, values={"title": STRUCK}),
        Rule("library.Post", "author", Fate.BLANKED, values={"text": STRUCK}),
        Rule("library.Post", "deleted_by", Fate.KEPT, ACTED, told=False),
        Rule("library.Comment", "author", Fate.BLANKED, values={"text": STRUCK}),
        Rule("library.Comment", "replying_to", Fate.BLANKED, values={"replying_to": None}, told=False),
        Rule("library.Comment", "deleted_by", Fate.KEPT, ACTED, told=False),
        Rule("library.Report", "reporter", Fate.DELETED),
        Rule("library.Report", "decided_by", Fate.KEPT, ACTED, told=False),
        Rule("library.Notification", "recipient", Fate.DELETED),
        Rule("library.Notification", "by", Fate.DELETED, told=False),
        Rule("library.MemberSetting", "user", Fate.DELETED),
        Rule("library.Collaboration", "person", Fate.DELETED),
        Rule("library.Collaboration", "invited_by", Fate.DELETED, hidden=frozenset({"person"})),
        Rule("library.Announcement", "last_actor", Fate.RENAMED, told=False),
        Rule("library.PlaylistEntry", "added_by", Fate.BLANKED, values={"added_by": None}),
        Rule("library.PlaylistMember", "user", Fate.DELETED),
        Rule("library.Playlist", "owner", Fate.DELETED),
        Rule("library.CourseTeacher", "user", Fate.DELETED),
        Rule("library.CourseChange", "user", Fate.KEPT, TAUGHT),
        Rule("library.Course", "owner", Fate.KEPT, TAUGHT),
    ),
)  # fmt: skip
