"""What goes in and out where people talk. Shapes only."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from library.marks import Marks
from library.models import Comment
from library.serializers import OwnerOut
from library.talking.forms import lines


def person(user: User | None) -> dict[str, Any] | None:
    """Return somebody as the API shows them."""
    return user if user is None else {"user_id": str(user.uuid), "username": user.username, "name": user.display_name}


class RatingIn(serializers.Serializer):
    stars = serializers.IntegerField(min_value=1, max_value=5)


class RatingOut(serializers.Serializer):
    """How an item is rated."""

    average = serializers.FloatField(allow_null=True, help_text="The mean to two decimals; null without a rating.")
    ratings = serializers.IntegerField(help_text="How many people rated it.")
    own = serializers.IntegerField(allow_null=True, help_text="The caller's own stars.")

    def to_representation(self, rating: Marks) -> dict[str, Any]:
        """Return the rating."""
        return {"average": rating.rated.average, "ratings": rating.rated.count, "own": rating.own or None}


class CommentTextIn(serializers.Serializer):
    text = serializers.CharField(max_length=Comment.MAX_TEXT)

    def validate_text(self, text: str) -> str:
        """Return the text with its lines. Raises ValidationError when nothing is left of it."""
        if not (kept := lines(text)):
            raise serializers.ValidationError("This field may not be blank.", code="blank")
        return kept


class CommentIn(CommentTextIn):
    answering = serializers.UUIDField(
        required=False, allow_null=True, help_text="The comment or reply that it answers."
    )


class CommentOut(serializers.Serializer):
    """A comment or a reply."""

    uuid = serializers.UUIDField()
    author = OwnerOut()
    text = serializers.CharField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    thread = serializers.UUIDField(allow_null=True, help_text="The comment that a reply stands below.")
    replying_to = OwnerOut(allow_null=True, help_text="Whose reply a reply answers.")
    replies = serializers.IntegerField(help_text="How many replies stand below it.")

    def to_representation(self, comment: Comment) -> dict[str, Any]:
        """Return the comment."""
        return {
            "uuid": str(comment.uuid),
            "author": person(comment.author),
            "text": comment.text,
            "created_at": comment.created_at,
            "edited_at": comment.edited_at,
            "thread": str(comment.parent.uuid) if comment.parent else None,
            "replying_to": person(comment.replying_to),
            "replies": comment.replies,
        }
