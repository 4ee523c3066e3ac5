"""What the demo's people play: made once, and all of it follows from the log."""

from datetime import UTC, datetime

import pytest

from accounts.models import User
from gamification import demo
from gamification.challenges.models import Challenge, Entrant
from gamification.choices import LISTED, PUBLIC
from gamification.models import Choice
from gamification.teams.models import Membership, Team
from library.demo.people import PEOPLE
from stats import verify
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


def make_people() -> dict[str, User]:
    people = {one.username: make_user(username=one.username) for one in PEOPLE}
    User.objects.filter(username=demo.STAFF).update(is_staff=True, is_superuser=True)
    return {name: User.objects.get(pk=user.pk) for name, user in people.items()}


def test_teams_and_challenges_are_made_once():
    people = make_people()

    for _ in range(2):
        demo.make(people, NOW)

    assert Team.objects.count() == len(demo.TEAMS)
    assert Membership.objects.count() == sum(len(plan.people) for plan in demo.TEAMS)
    assert Challenge.objects.count() == 2
    assert Entrant.objects.filter(team=None).count() == 8
    assert Entrant.objects.exclude(team=None).count() == len(demo.TEAMS)
    assert Choice.objects.filter(setting=PUBLIC, value="on").count() == len(demo.SEEN)
    assert Choice.objects.filter(setting=LISTED, value="off").count() == len(demo.HIDDEN)
    assert verify.differences() == []


def test_members_of_a_team_joined_in_the_past_one_after_the_other():
    demo.make(make_people(), NOW)

    for team in Team.objects.all():
        joined = list(Membership.objects.filter(team=team).order_by("joined_at").values_list("joined_at", flat=True))
        assert joined == sorted(set(joined))
        assert team.created_at <= joined[-1] < NOW
