"""What a member may set about being told and being seen: one registry, with what holds until somebody chooses.

Each change is an event: `notification.<kind>` or `privacy.<what>`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from library.people.models import MemberSetting
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

ON, OFF = "on", "off"
SWITCH = ((ON, _("On")), (OFF, _("Off")))
EVERYBODY, MEMBERS, FOLLOWED, NOBODY = "everybody", "members", "followed", "nobody"

NOTIFICATION, PRIVACY = "notification", "privacy"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to choose. The first choice holds for who has chosen nothing. Keys are stored: never renamed."""

    key: str
    label: Any
    text: Any
    choices: tuple[tuple[str, Any], ...] = SWITCH
    icon: str = ""

    @property
    def area(self) -> str:
        """What comes before the dot: the page it stands on."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """What comes after the dot."""
        return self.key.partition(".")[2]

    @property
    def is_switch(self) -> bool:
        """Whether it is on or off."""
        return self.choices is SWITCH

    @property
    def default(self) -> str:
        """What holds until somebody chooses."""
        return self.choices[0][0]


def _told(kind: str, label: Any, text: Any, icon: str) -> Setting:
    return Setting(f"{NOTIFICATION}.{kind}", label, text, icon=icon)


SETTINGS = (
    _told("follow", _("New followers"), _("Somebody follows you."), "user-plus"),
    _told("comment", _("Comments"), _("Somebody comments on what is yours."), "message-circle"),
    _told("reply", _("Replies"), _("Somebody answers what you wrote."), "corner-down-right"),
    _told("new_item", _("New items"), _("Somebody whom you follow publishes something."), "video"),
    _told("collaboration", _("Working together"), _("Invitations to work on an item, and answers to yours."), "users"),
    _told("team", _("Teams"), _("Somebody asks you into a team."), "users-group"),
    _told("playlist", _("Playlists"), _("Somebody shares a playlist with you or adds to yours."), "playlist"),
    _told("course", _("Courses"), _("News of courses that you take or teach."), "school"),
    _told("question", _("Questions"), _("Somebody asks something in a course that you teach."), "help-circle"),
    _told("answer", _("Answers"), _("Somebody answers your question in a course."), "message-check"),
    _told("review", _("Reviews"), _("Somebody reviews a course of yours."), "star"),
    _told("moderation", _("Reports"), _("What became of a report, by you or about you."), "flag"),
    _told("staff", _("From the staff"), _("News and messages from the people who run this site."), "mail"),
    Setting(
        "privacy.profile",
        _("Who sees your member page"),
        _("Your public items stay where they are, with your name."),
        ((EVERYBODY, _("Everybody")), (MEMBERS, _("Members")), (NOBODY, _("Only you"))),
    ),
    Setting(
        "privacy.follows",
        _("Who sees whom you follow"),
        _("And who follows you. The two numbers stay on your page."),
        ((EVERYBODY, _("Who sees your page")), (NOBODY, _("Only you"))),
    ),
    Setting(
        "privacy.invitations",
        _("Who may invite you to work together"),
        _("On an item of theirs."),
        ((MEMBERS, _("All members")), (FOLLOWED, _("Whom you follow")), (NOBODY, _("Nobody"))),
    ),
)
BY_KEY = {setting.key: setting for setting in SETTINGS}
KINDS = {setting.name: setting for setting in SETTINGS if setting.area == NOTIFICATION}


def of_area(area: str) -> list[Setting]:
    """Return an area's settings."""
    return [setting for setting in SETTINGS if setting.area == area]


def values_of(user: User) -> dict[str, str]:
    """Return what holds for a member, by key. One query."""
    chosen = dict(MemberSetting.objects.filter(user=user).values_list("key", "value"))
    return {key: chosen.get(key, setting.default) for key, setting in BY_KEY.items()}


def value_of(user: User, key: str) -> str:
    """Return what holds for a member. One query."""
    chosen = MemberSetting.objects.filter(user=user, key=key).values_list("value", flat=True).first()
    return chosen or BY_KEY[key].default


def who_set(key: str, *values: str) -> Any:
    """Return the numbers of the members who have chosen one of `values`, none of which is the default, for joins."""
    return MemberSetting.objects.filter(key=key, value__in=values).values("user")


def change(user: User, wanted: Mapping[str, str]) -> list[str]:
    """Keep what a member chose, an event for each change. Returns the keys whose value changed.

    Raises KeyError or ValueError for a setting or a value that does not exist.
    """
    for key, value in wanted.items():
        if value not in dict(BY_KEY[key].choices):
            raise ValueError(value)
    with ledger.recording():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        now = values_of(user)
        changed = [key for key, value in wanted.items() if now[key] != value]
        _store(user, {key: wanted[key] for key in changed})
        for key in changed:
            ledger.record(Kind.SETTING_CHANGED, user_actor(user.uuid), setting=key, value=wanted[key])
    return changed


def switched_off(kind: str, people: Iterable[int]) -> set[int]:
    """Return who of `people`, by number, does not want to be told of a kind. One query."""
    rows = MemberSetting.objects.filter(key=f"{NOTIFICATION}.{kind}", value=OFF, user__in=people)
    return set(rows.values_list("user", flat=True))


def _store(user: User, values: Mapping[str, str]) -> None:
    MemberSetting.objects.bulk_create(
        [MemberSetting(user=user, key=key, value=value, changed_at=timezone.now()) for key, value in values.items()],
        update_conflicts=True,
        unique_fields=["user", "key"],
        update_fields=["value", "changed_at"],
    )
