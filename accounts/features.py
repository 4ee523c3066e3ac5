"""The eight subscriber features, from which role on each is included, and what one person has. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from accounts.roles import Role, is_at_least


def _(text: str) -> str:
    """Mark a text for translation; who shows it translates it, so that this module needs no Django."""
    return text


class Feature(StrEnum):
    """What a subscription opens. Stored, and the wire's `feature`: never rename a value."""

    CUSTOM_BRANDING = "custom_branding"
    PRIORITY_UPLOAD = "priority_upload"
    ADVANCED_ANALYTICS = "advanced_analytics"
    HD_STREAMING = "hd_streaming"
    AD_FREE = "ad_free"
    EARLY_ACCESS = "early_access"
    CUSTOM_PLAYLISTS = "custom_playlists"
    BULK_OPERATIONS = "bulk_operations"


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """What a feature is called, what it does, and the lowest role that includes it."""

    feature: Feature
    label: str
    text: str
    icon: str
    least: Role


MATRIX = (
    FeatureSpec(Feature.CUSTOM_BRANDING, _("Custom branding"), _("Your own colours and banner on your channel."), "palette", Role.PREMIUM),
    FeatureSpec(Feature.PRIORITY_UPLOAD, _("Priority upload"), _("Your uploads go to the front of the processing queue."), "rocket", Role.SUBSCRIBER),
    FeatureSpec(Feature.ADVANCED_ANALYTICS, _("Advanced analytics"), _("Retention by the second, sources, devices, comparison."), "chart-histogram", Role.PREMIUM),
    FeatureSpec(Feature.HD_STREAMING, _("HD streaming"), _("1080p and above. Without it, video stops at 720p."), "badge-hd", Role.SUBSCRIBER),
    FeatureSpec(Feature.AD_FREE, _("Ad-free"), _("No advertising anywhere on the site."), "ad-off", Role.SUBSCRIBER),
    FeatureSpec(Feature.EARLY_ACCESS, _("Early access"), _("New things some weeks before everybody."), "flask", Role.PREMIUM),
    FeatureSpec(Feature.CUSTOM_PLAYLISTS, _("Custom playlists"), _("As many as you like, shared or private."), "playlist", Role.SUBSCRIBER),
    FeatureSpec(Feature.BULK_OPERATIONS, _("Bulk operations"), _("Edit, move and export many items at once, also by API."), "stack-2", Role.PREMIUM),
)  # fmt: skip

FEATURES: dict[Feature, FeatureSpec] = {spec.feature: spec for spec in MATRIX}


def choices() -> list[tuple[str, str]]:
    """Return the features for a form; a callable, so that a new feature needs no migration."""
    return [(spec.feature.value, spec.label) for spec in MATRIX]


def includes(role: Role, feature: Feature) -> bool:
    """Whether `role` includes `feature`."""
    return is_at_least(role, FEATURES[feature].least)


@dataclass(frozen=True, slots=True)
class Period:
    """A time for which a role is granted, half-open."""

    role: Role
    starts_at: datetime
    ends_at: datetime

    def covers(self, now: datetime) -> bool:
        """Whether `now` lies in it."""
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Override:
    """A feature given to, or taken from, one person, until `expires_at` (for ever without)."""

    granted: bool
    expires_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is still in force."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Entitlements:
    """Everything that decides what one person may use, at any moment."""

    is_admin: bool = False
    periods: tuple[Period, ...] = ()
    overrides: Mapping[Feature, Override] = field(default_factory=dict)

    def role(self, now: datetime) -> Role:
        """Return the highest role granted at `now`."""
        if self.is_admin:
            return Role.ADMIN
        return max(
            (period.role for period in self.periods if period.covers(now)),
            key=lambda role: role.rank,
            default=Role.FREE,
        )

    def override(self, feature: Feature, now: datetime) -> Override | None:
        """Return the grant or denial of `feature` that is in force."""
        override = self.overrides.get(feature)
        return override if override and override.holds(now) else None

    def has(self, feature: Feature, now: datetime) -> bool:
        """Whether `feature` may be used: a grant or denial decides, the role where there is none."""
        override = self.override(feature, now)
        return override.granted if override else includes(self.role(now), feature)
