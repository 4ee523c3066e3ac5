"""The matrix, and who has what at which moment."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.features import FEATURES, MATRIX, Entitlements, Feature, Override, Period, includes
from accounts.roles import Role
from stats.kinds import FEATURES as FEATURES_OF_THE_LOG

NOON = datetime(2026, 1, 17, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

# Free, Subscriber, Premium, Admin
EXPECTED = {
    "custom_branding": (False, False, True, True),
    "priority_upload": (False, True, True, True),
    "advanced_analytics": (False, False, True, True),
    "hd_streaming": (False, True, True, True),
    "ad_free": (False, True, True, True),
    "early_access": (False, False, True, True),
    "custom_playlists": (False, True, True, True),
    "bulk_operations": (False, False, True, True),
}


@pytest.mark.parametrize("feature", Feature)
def test_the_matrix_is_the_documented_one(feature):
    assert tuple(includes(role, feature) for role in Role) == EXPECTED[feature]


def test_the_features_are_those_that_the_log_knows():
    assert [spec.feature for spec in MATRIX] == list(Feature) == list(FEATURES) == list(FEATURES_OF_THE_LOG)


def test_roles_are_ordered():
    assert sorted(Role, key=lambda role: role.rank) == [Role.FREE, Role.SUBSCRIBER, Role.PREMIUM, Role.ADMIN]


def test_a_role_ends_with_its_period():
    person = Entitlements(periods=(Period(Role.PREMIUM, NOON, NOON + SECOND),))

    assert [person.role(NOON + SECOND * n) for n in (-1, 0, 1)] == [Role.FREE, Role.PREMIUM, Role.FREE]


def test_staff_have_everything_without_a_period():
    assert all(Entitlements(is_admin=True).has(feature, NOON) for feature in Feature)


def test_a_grant_gives_and_a_denial_takes_until_it_expires():
    person = Entitlements(
        periods=(Period(Role.SUBSCRIBER, NOON - SECOND, NOON + 9 * SECOND),),
        overrides={
            Feature.EARLY_ACCESS: Override(True, NOON + SECOND),
            Feature.HD_STREAMING: Override(False, NOON + SECOND),
            Feature.BULK_OPERATIONS: Override(True),
        },
    )

    assert person.has(Feature.EARLY_ACCESS, NOON)
    assert not person.has(Feature.EARLY_ACCESS, NOON + SECOND)
    assert not person.has(Feature.HD_STREAMING, NOON)
    assert person.has(Feature.HD_STREAMING, NOON + SECOND)
    assert person.has(Feature.BULK_OPERATIONS, NOON + timedelta(days=9999))
