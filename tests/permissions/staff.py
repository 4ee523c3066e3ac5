"""Who of the staff may do what: written down apart from the code, so that a change of either is seen."""

from accounts.staffing import MATRIX, Area, Level, StaffRole

C, R = Level.CHANGE, Level.READ
Asked = tuple[tuple[Area, Level], ...]

SPACES = ("desk:", "dashboards:", "anomalies:", "platform:")

EVERYBODYS = {"desk:view-as-end", "anomalies:stop"}
"""One's own looking is ended by anybody; a mail is stopped by who has its signed address."""

OWN = {
    "desk:saved-delete", "desk:bulk", "desk:bulk-describe", "desk:bulk-start", "desk:bulk-download", "desk:bulk-stop",
    "desk:bulk-undo",
}  # fmt: skip
"""What one of the staff prepared is not there for the others."""

PEOPLE: Asked = ((Area.PEOPLE, R),)
CHANGES_PEOPLE: Asked = ((Area.PEOPLE, C),)
NUMBERS: Asked = ((Area.NUMBERS, R),)
CHANGES_NUMBERS: Asked = ((Area.NUMBERS, C),)
MONEY: Asked = ((Area.MONEY, R),)
SYSTEM: Asked = ((Area.SYSTEM, R),)
CHANGES_SUBSCRIPTIONS: Asked = ((Area.PEOPLE, R), (Area.SUBSCRIPTIONS, C))

ADDRESSES: dict[str, Asked] = {
    "desk:people": PEOPLE,
    "desk:subscribers": ((Area.SUBSCRIPTIONS, R),),
    "desk:overview": NUMBERS,
    "desk:possible": NUMBERS,
    "desk:saved-save": PEOPLE,
    "desk:saved-delete": PEOPLE,
    "desk:bulk-list": PEOPLE,
    "desk:bulk-prepare": CHANGES_SUBSCRIPTIONS,
    "desk:bulk": PEOPLE,
    "desk:bulk-describe": CHANGES_SUBSCRIPTIONS,
    "desk:bulk-start": CHANGES_SUBSCRIPTIONS,
    "desk:bulk-download": PEOPLE,
    "desk:bulk-stop": CHANGES_PEOPLE,
    "desk:bulk-undo": CHANGES_PEOPLE,
    "desk:person": PEOPLE,
    "desk:person-journey": PEOPLE,
    "desk:person-record": PEOPLE,
    "desk:person-game": ((Area.PEOPLE, R), (Area.GAME, R)),
    "desk:person-subscription": CHANGES_SUBSCRIPTIONS,
    "desk:person-grant": CHANGES_SUBSCRIPTIONS,
    "desk:person-state": CHANGES_PEOPLE,
    "desk:person-note": CHANGES_PEOPLE,
    "desk:person-roles": ((Area.STAFF, C),),
    "desk:view-as": ((Area.PEOPLE, C), (Area.ADDRESSES, R)),
    "desk:audit": ((Area.AUDIT, R),),
    "desk:audit-csv": ((Area.AUDIT, R),),
    "dashboards:overview": NUMBERS,
    "dashboards:users": NUMBERS,
    "dashboards:engagement": NUMBERS,
    "dashboards:content": NUMBERS,
    "dashboards:learning": NUMBERS,
    "dashboards:gamification": NUMBERS,
    "dashboards:revenue": MONEY,
    "dashboards:system": SYSTEM,
    "dashboards:csv": NUMBERS,
    "dashboards:behind": NUMBERS,
    "dashboards:notes": NUMBERS,
    "POST dashboards:notes": CHANGES_NUMBERS,
    "dashboards:note": CHANGES_NUMBERS,
    "dashboards:note-remove": CHANGES_NUMBERS,
    "anomalies:list": NUMBERS,
    "platform:overview": NUMBERS,
    "platform:user-growth": NUMBERS,
    "platform:engagement": NUMBERS,
    "platform:revenue": MONEY,
    "platform:top-courses": NUMBERS,
    "platform:top-instructors": NUMBERS,
    "platform:system-health": SYSTEM,
    "platform:dashboard": NUMBERS,
    "platform:aggregate": CHANGES_NUMBERS,
}

MODELS: dict[str, tuple[str, str]] = {
    # who reads it, who changes it; administrators both
    "accounts.user": ("support finance", "support"),
    "accounts.plan": ("support analyst finance", "finance"),
    "accounts.subscription": ("support analyst finance", "support finance"),
    "accounts.subscriptionchange": ("support analyst finance", ""),
    "accounts.upgraderequest": ("support analyst finance", "support finance"),
    "accounts.featuregrant": ("support analyst finance", "support finance"),
    "accounts.payment": ("analyst finance", ""),
    "accounts.purchase": ("analyst finance", ""),
    "accounts.charge": ("analyst finance", ""),
    "accounts.dispute": ("analyst finance", ""),
    "accounts.notice": ("analyst finance", ""),
    "accounts.advertisement": ("support analyst moderator", "moderator"),
    "accounts.referral": ("support analyst moderator finance", ""),
    "stats.source": ("analyst", ""),
    "stats.deadletter": ("analyst", ""),
    "stats.item": ("support analyst moderator", "moderator"),
    "library.media": ("support analyst moderator", "moderator"),
    "library.comment": ("support analyst moderator", "moderator"),
    "library.collaboration": ("support analyst moderator", "moderator"),
    "library.playlist": ("support analyst moderator", "moderator"),
    "library.enrolment": ("support analyst moderator", "moderator"),
    "library.quiz": ("support analyst moderator", "moderator"),
    "library.question": ("support analyst moderator", "moderator"),
    "library.attempt": ("support analyst moderator", ""),
    "gamification.achievement": ("support analyst moderator", ""),
    "gamification.withheld": ("support analyst moderator", ""),
    "gamification.correction": ("support analyst moderator", ""),
    "gamification.entry": ("support analyst moderator", ""),
}


def is_back_office(route: str) -> bool:
    """Whether an address is the staff's alone."""
    return route.startswith(SPACES) and route not in EVERYBODYS


def asked(route: str, method: str) -> Asked:
    """Return what an address asks for; () for one that nobody has written down."""
    return ADDRESSES.get(f"{method} {route}") or ADDRESSES.get(route, ())


def holds(role: str, area: Area, level: Level) -> bool:
    """Whether a kind of staff has a level in an area; who is staff of nothing, and members, have none."""
    return role in set(StaffRole) and MATRIX[StaffRole(role)][area] >= level
