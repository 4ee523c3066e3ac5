"""What goes in and out of the challenges' API. Shapes only."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from gamification.challenges.models import MAX_ABOUT, MAX_TITLE, Challenge, Entrant, State, Who
from gamification.teams.serializers import told_of

MAX_ZONE = 64
MAX_METRIC = 64


class ChallengeIn(serializers.Serializer):
    title = serializers.CharField(max_length=MAX_TITLE)
    about = serializers.CharField(max_length=MAX_ABOUT, required=False, allow_blank=True, default="")
    metric = serializers.CharField(max_length=MAX_METRIC, help_text="A metric of a person, by its key.")
    who = serializers.ChoiceField(choices=Who.choices, required=False, default=Who.MEMBERS.value)
    goal = serializers.FloatField(required=False, allow_null=True, default=None, help_text="Null: who does most.")
    starts_on = serializers.DateField(help_text="From midnight of this day.")
    ends_on = serializers.DateField(help_text="To the end of this day.")
    time_zone = serializers.CharField(
        max_length=MAX_ZONE, help_text="The zone of these days, such as Europe/Amsterdam."
    )
    team = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Whose it is; null: everybody's."
    )


class ChallengeChangeIn(serializers.Serializer):
    """What is to be different; the rest stays."""

    title = serializers.CharField(max_length=MAX_TITLE, required=False)
    about = serializers.CharField(max_length=MAX_ABOUT, required=False, allow_blank=True)
    metric = serializers.CharField(max_length=MAX_METRIC, required=False)
    goal = serializers.FloatField(required=False, allow_null=True)
    starts_on = serializers.DateField(required=False)
    ends_on = serializers.DateField(required=False)
    time_zone = serializers.CharField(max_length=MAX_ZONE, required=False)


class ChallengeOut(serializers.Serializer):
    """A challenge."""

    uuid = serializers.UUIDField()
    title = serializers.CharField()
    about = serializers.CharField()
    metric = serializers.CharField()
    who = serializers.ChoiceField(choices=Who.choices)
    goal = serializers.FloatField(allow_null=True)
    state = serializers.ChoiceField(choices=State.choices)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    time_zone = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="The instant before which it counts.")
    team = serializers.UUIDField(allow_null=True)
    entrants = serializers.IntegerField()
    counted_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True, help_text="From then on nothing changes.")
    url = serializers.CharField(help_text="The challenge's page.")

    def to_representation(self, row: Challenge) -> dict[str, Any]:
        """Return the challenge; its address is absolute."""
        page = reverse("challenges:challenge", args=[row.uuid])
        return {
            "uuid": str(row.uuid),
            "title": row.title,
            "about": row.about,
            "metric": row.metric,
            "who": row.who,
            "goal": row.goal,
            "state": row.state(self.context["now"]).value,
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
            "time_zone": row.zone,
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "team": str(row.team.uuid) if row.team else None,
            "entrants": self.context["sizes"][row.pk],
            "counted_at": row.counted_at,
            "closed_at": row.closed_at,
            "url": self.context["request"].build_absolute_uri(page),
        }


class EntrantOut(serializers.Serializer):
    """Who takes part: a member, or a team, the other being null."""

    rank = serializers.IntegerField(help_text="Equals share it.")
    user_id = serializers.UUIDField(allow_null=True)
    username = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    team = serializers.UUIDField(allow_null=True)
    value = serializers.FloatField()
    is_reached = serializers.BooleanField(allow_null=True, help_text="Whether the goal is; null without one.")

    def to_representation(self, entrant: Entrant) -> dict[str, Any]:
        """Return the entrant, with its `place` once the challenge is closed."""
        goal = self.context["goal"]
        who = (
            told_of(entrant.member)
            if entrant.member
            else {"user_id": None, "username": None, "name": str(entrant.team)}
        )
        return {
            "rank": entrant.place or entrant.rank,  # type: ignore[attr-defined]
            **who,
            "team": str(entrant.team.uuid) if entrant.team else None,
            "value": entrant.value,
            "is_reached": None if goal is None else entrant.value >= goal,
        }


class MyPartOut(serializers.Serializer):
    """Your part, or your team's, as it is now."""

    rank = serializers.IntegerField()
    value = serializers.FloatField()
    team = serializers.UUIDField(allow_null=True)
    is_reached = serializers.BooleanField(allow_null=True)
