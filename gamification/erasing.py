"""What becomes of a member's game: what was earned counts for nobody whom anybody knows, the rest goes."""

from accounts.models import User
from gamification.models import Membership, Snapshot
from gamification.teams import forming
from stats.erasing import Eraser, Fate, Rule, renamed

ACTED = "what staff did stays; who it was has no name any more"


def first(person: User) -> None:
    """Leave the team as members do, so that somebody leads it, and let the kept lists of boards be counted anew."""
    for stay in Membership.objects.filter(member=person, left_at=None).select_related("team"):
        forming.leave(stay.team, person)
    for snapshot in Snapshot.objects.all():
        if person.uuid.hex in str(snapshot.rows):
            Snapshot.objects.filter(board=snapshot.board, period=snapshot.period).delete()


ERASER = Eraser(
    first=first,
    fixed=(("gamification_entry_stays", "gamification_entry"),),
    rules=(
        Rule("gamification.Moment", "actor", Fate.DELETED),
        Rule("gamification.Recheck", "actor", Fate.DELETED, told=False),
        Rule("gamification.Withheld", "by", Fate.BLANKED, values={"by": None}, told=False),
        Rule("gamification.AchievementVersion", "written_by", Fate.BLANKED, values={"written_by": None}, told=False),
        Rule("gamification.Correction", "by", Fate.BLANKED, values={"by": None}, told=False),
        Rule("gamification.Correction", "person", Fate.BLANKED, values={"person": None, "reason": ""}, hidden=frozenset({"by"})),
        Rule("gamification.Membership", "member", Fate.DELETED),
        Rule("gamification.TeamInvitation", "member", Fate.DELETED),
        Rule("gamification.TeamInvitation", "invited_by", Fate.DELETED, hidden=frozenset({"member"})),
        Rule("gamification.TeamLink", "made_by", Fate.DELETED),
        Rule("gamification.Entrant", "member", Fate.DELETED),
        Rule("gamification.Challenge", "created_by", Fate.BLANKED, values={"created_by": None}),
        Rule("gamification.Credential", "user", Fate.DELETED),
        *renamed(
            "gamification.Withheld", "gamification.Choice", "gamification.ActiveDay", "gamification.Fact", "gamification.Post",
            "gamification.Unlock", "gamification.Player", "gamification.Score", "gamification.Final", "gamification.Entry",
        ),
    ),
)  # fmt: skip
