"""The plans that a new site starts with. Staff change prices and words in the admin; seeding again leaves those alone."""

from dataclasses import dataclass

from accounts.models import Plan
from accounts.roles import Role


@dataclass(frozen=True, slots=True)
class PlanSeed:
    """One plan as it is first made."""

    key: str
    name: str
    role: Role
    price_minor: int
    description: str


PLANS = (
    PlanSeed("free", "Free", Role.FREE, 0, "Watch, upload and keep count, for as long as you like."),
    PlanSeed("subscriber", "Subscriber", Role.SUBSCRIBER, 600, "1080p and above, no advertising, your own playlists."),
    PlanSeed("premium", "Premium", Role.PREMIUM, 1400, "Everything: branding, deep analytics, early access, bulk."),
)


def seed() -> int:
    """Make the plans that are missing. Returns how many were made."""
    made = 0
    for plan in PLANS:
        _, is_new = Plan.objects.get_or_create(
            key=plan.key,
            defaults={
                "name": plan.name,
                "role": plan.role.value,
                "price_minor": plan.price_minor,
                "description": plan.description,
            },
        )
        made += is_new
    return made


def plan_for(role: Role) -> Plan:
    """Return the cheapest offered plan of `role`. Raises Plan.DoesNotExist."""
    plan = Plan.objects.filter(role=role.value).order_by("-is_offered", "price_minor", "pk").first()
    if plan is None:
        raise Plan.DoesNotExist(f"There is no plan for the role {role}; run manage.py seed_plans.")
    return plan
