"""What goes in and out of the moments' API. Shapes only."""

from rest_framework import serializers

from gamification.moments import queries


class MomentOut(serializers.Serializer):
    """Something that happened to the member and was not shown yet."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=["level", "unlock", "streak", "digest"])
    title = serializers.CharField()
    text = serializers.CharField()
    icon = serializers.CharField()
    rarity = serializers.CharField(help_text="Of an achievement; empty otherwise.")
    url = serializers.CharField(source="address", help_text="The page that says more.")
    figure = serializers.CharField(help_text="The level, the days, the points.")
    earned_at = serializers.DateTimeField()


class MomentsOut(serializers.Serializer):
    """What waits, the oldest first, and the number of the member's last ledger entry."""

    moments = MomentOut(many=True)
    last_entry = serializers.IntegerField()


class ShownIn(serializers.Serializer):
    """Which moments were shown; all that wait, if left out."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        max_length=queries.MOST_AT_ONCE,
        required=False,
    )
    until = serializers.DateTimeField(
        required=False, help_text="Leave what was told later: a digest that has grown since it was read."
    )


class ShownOut(serializers.Serializer):
    """How many were marked; those that another page has shown are not counted."""

    shown = serializers.IntegerField()
