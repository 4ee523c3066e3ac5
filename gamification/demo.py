"""What the demo's people play together: two teams, two challenges, and whom they let see where they stand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from accounts.models import User
from gamification.achievements import backfilling, defaults
from gamification.challenges import running
from gamification.challenges.models import Challenge, Who
from gamification.choices import LISTED, PUBLIC
from gamification.teams import forming
from gamification.teams.models import Membership, Role, Team
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

STAFF = "demo-admin"
SEEN = ("demo", "ilse", "marit", "jun", "mei", "levain", "pieter", "anouk", "priya")
HIDDEN = ("kofi",)


@dataclass(frozen=True, slots=True)
class Plan:
    """A team: its owner first, then a captain, then the others, and how many days ago it was founded."""

    name: str
    about: str
    people: tuple[str, ...]
    days: int
    is_open: bool = True


TEAMS = (
    Plan("Evening sky", "We look up after dinner. Cloudy evenings count as practice.", ("ilse", "demo", "lena", "marit", "jonas", "tomas"), 19),
    Plan("Early oven", "Up before the bread is.", ("levain", "hugo", "iris", "priya", "ben", "sam"), 16),
    Plan("Ink and thread", "Weavers and printers, who make things slowly.", ("weefhuis", "drukhuis", "zara", "alma"), 11, is_open=False),
)  # fmt: skip


def make(people: dict[str, User], now: datetime) -> None:
    """Make what is not here yet."""
    defaults.seed()
    backfilling.work_off()
    if Team.objects.filter(name=TEAMS[0].name).exists():
        return
    at = now - timedelta(days=20)
    with ledger.recording():
        for names, setting, value in ((SEEN, PUBLIC, "on"), (HIDDEN, LISTED, "off")):
            for name in names:
                actor = user_actor(people[name].uuid)
                ledger.record(Kind.SETTING_CHANGED, actor, setting=setting, value=value, occurred_at=at)
    for plan in TEAMS:
        _found(plan, people, now - timedelta(days=plan.days))
    _hold(people, now)


def _found(plan: Plan, people: dict[str, User], at: datetime) -> None:
    """Found a team as of then; the others join, one a day."""
    owner, captain, *others = plan.people
    team = forming.create(people[owner], plan.name, plan.about, is_open=plan.is_open)
    team.created_at = at
    team.save(update_fields=["created_at"])
    Membership.objects.filter(team=team).update(joined_at=at)
    for day, name in enumerate((captain, *others), 1):
        forming.join(team, people[name], at + timedelta(days=day, hours=3), is_asked=True)
    forming.appoint(team, people[captain].uuid, Role.CAPTAIN)


def _hold(people: dict[str, User], now: datetime) -> None:
    """Hold a challenge for everybody and one for teams, both begun some days ago."""
    staff, began_at = people[STAFF], now - timedelta(days=4)
    today = began_at.astimezone(UTC).date()
    fortnight = running.create(
        staff, title="Two weeks of learning", about="Finish lessons. Quizzes and text count as much as films.",
        metric="lessons_completed", zone="UTC", starts_on=today, ends_on=today + timedelta(days=13), goal=5, now=began_at,
    )  # fmt: skip
    together = running.create(
        staff, title="Which team earns most this week?", about="Every point that a member earns counts for the team.",
        metric="total_xp", who=Who.TEAMS, zone="UTC", starts_on=today, ends_on=today + timedelta(days=6), now=began_at,
    )  # fmt: skip
    for name in ("demo", "ilse", "marit", "mei", "priya", "hugo", "lena", "ben"):
        _enter(fortnight, people[name], began_at)
    for plan in TEAMS:
        _enter(together, people[plan.people[0]], began_at)


def _enter(challenge: Challenge, who: User, at: datetime) -> None:
    running.enter(challenge, who, at + timedelta(hours=2))
