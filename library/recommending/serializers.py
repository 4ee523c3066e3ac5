"""What goes out of the API of recommendations. Shapes only."""

from rest_framework import serializers

from library.recommending.picking import Reason
from library.serializers import ItemOut


class BecauseOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    title = serializers.CharField()


class RecommendationOut(serializers.Serializer):
    reason = serializers.ChoiceField(choices=[(reason.value, reason.name) for reason in Reason])
    because = BecauseOut(allow_null=True, help_text="The watched item, where that is the reason.")
    item = ItemOut()


class RecommendationsOut(serializers.Serializer):
    results = RecommendationOut(many=True)


class RelatedOut(serializers.Serializer):
    results = ItemOut(many=True)
