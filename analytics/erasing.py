"""What becomes of the back office's rows about a member: numbers of days that are over stay, lists of one's own go."""

from stats.erasing import Eraser, Fate, Rule

BOOKS = "revenue by customer follows from the books, and has the account's number alone"
ACTED = "what staff did stays; who it was has no name any more"

ERASER = Eraser(
    rules=(
        Rule("analytics.MailWish", "user", Fate.DELETED),
        Rule("analytics.MorningMail", "user", Fate.DELETED),
        Rule("analytics.SavedFilter", "owner", Fate.DELETED),
        Rule("analytics.Annotation", "by", Fate.BLANKED, values={"by": None}, told=False),
        Rule("analytics.BulkAction", "by", Fate.KEPT, ACTED, told=False),
        Rule("analytics.BulkTarget", "user", Fate.KEPT, "says of an account's number what was done to it", told=False),
        Rule("analytics.InstructorAnalytics", "instructor", Fate.KEPT, "numbers of days that are over, of a course that stays"),
        Rule("analytics.RevenueSpell", "user_id", Fate.KEPT, BOOKS, told=False),
        Rule("analytics.RevenueMove", "user_id", Fate.KEPT, BOOKS, told=False),
    )
)  # fmt: skip
