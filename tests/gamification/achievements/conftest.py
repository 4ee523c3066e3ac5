"""What tests of achievements share."""

from typing import Any

import pytest
from django.utils import timezone

from gamification.achievements.models import Achievement, AchievementVersion


@pytest.fixture
def make_achievement(db) -> Any:
    """Return a function that publishes an achievement, without looking at the past."""

    def make(key: str, metric: str, *thresholds: float, points: int = 10, window: str = "all", **fields: Any) -> Any:
        row = Achievement.objects.create(key=key, current=1)
        AchievementVersion.objects.create(
            achievement=row,
            number=1,
            name=key.title(),
            description=f"Of {metric}.",
            icon="book",
            metric=metric,
            window=window,
            tiers=[{"threshold": one, "points": points, "rarity": "common"} for one in thresholds],
            published_at=timezone.now(),
            **fields,
        )
        return row

    return make
