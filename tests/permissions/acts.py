"""Which rows of the table are acts of the staff on what is not theirs, each of which stands in the audit log.

A new route that only the staff may use, or that they may use on anybody's things, fails its test until its act is noted,
or until it is named here with why there is nothing to note.
"""

from tests.permissions.table import Row

DONE = {"200", "201", "204", "302"}
UNCHANGING = {"GET", "HEAD"}
REFUSED_TO_A_MEMBER = {"403", "404"}

IN_ONES_OWN_NAME = {
    "library:like", "library:save", "library:share", "library:api-like", "library:api-save", "library:api-share",
    "talking:rate", "talking:comment", "talking:reply", "talking:api-rating", "talking:api-comments",
    "moderation:report-item", "moderation:report-comment", "moderation:report-post", "moderation:api-report-item",
    "moderation:api-report-comment", "moderation:api-report-post",
    "discussions:ask", "discussions:thread", "discussions:api-threads", "discussions:api-posts",
    "quizzes:start", "quizzes:api-attempts", "learning:enrol", "learning:lesson-check", "learning:review",
    "people:follow", "people:api-follow", "challenges:enter", "challenges:leave", "branding:settings",
}  # fmt: skip
"""What one of the staff does as anybody does, though with what they see because they are staff."""

OF_ONES_OWN = {"desk:saved-save", "desk:saved-delete", "desk:bulk-prepare", "desk:bulk-describe", "anomalies:list"}
"""Own filters, own mails, and what is prepared and not done."""

NOTHING_TO_DO = {
    "moderation:decide owners_comment_decision", "moderation:api-decide owners_comment_decision",
    "discussions:api-accepted api_discussion", "achievements:api-seed", "desk:bulk-stop bulk_done",
    "desk:bulk-undo bulk_done", "learning:teach-move draft_course", "learning:teach-order draft_course",
    "learning:teach-cover draft_course", "learning:teach-delete out_course",
}  # fmt: skip
"""Routes and subjects that find nothing to do in this world, and so write no line; `tests/accounts/test_acts.py` and the
tests of bulk actions have them with something to do."""


def lines(row: Row) -> int | None:
    """Return how many lines a row writes, None for one that is no act of the staff on what is not theirs."""
    is_act = (
        row.method not in UNCHANGING
        and row.by_role["staff"] in DONE
        and row.by_role["member"] in REFUSED_TO_A_MEMBER
        and row.route not in IN_ONES_OWN_NAME | OF_ONES_OWN
    )
    return int(f"{row.route} {row.subject}".strip() not in NOTHING_TO_DO) if is_act else None
