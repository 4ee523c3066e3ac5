"""What can be done to many members at once: one record each, in the order of the menu."""

from analytics.people.many import access, exports, features, letters, plans
from analytics.people.many.record import Act

ACTS: tuple[Act, ...] = (
    plans.EXTEND,
    plans.UPGRADE,
    features.GRANT,
    letters.MESSAGE,
    exports.EXPORT,
    access.DEACTIVATE,
    access.ACTIVATE,
)
ACT = {act.key: act for act in ACTS}
