"""What goes in and out of the API of discussions. Shapes only."""

from typing import Any

from rest_framework import serializers

from library import prose
from library.discussions.forms import cleaned
from library.discussions.models import Post, Thread
from library.serializers import LineField, OwnerOut
from library.talking.serializers import person


class TextIn(serializers.Serializer):
    text = serializers.CharField(max_length=Post.MAX_TEXT, trim_whitespace=False, help_text="Markdown.")

    def validate_text(self, text: str) -> str:
        """Return the text with its lines. Raises ValidationError when nothing is left of it."""
        kept = cleaned(text)
        if not kept.strip():
            raise serializers.ValidationError("This field may not be blank.", code="blank")
        return kept


class QuestionIn(TextIn):
    title = LineField(max_length=Thread.MAX_TITLE)
    lesson = serializers.UUIDField(required=False, allow_null=True, help_text="A lesson of the course.")


class PostChangeIn(TextIn):
    title = LineField(max_length=Thread.MAX_TITLE, required=False, help_text="Of a question alone.")


class AcceptedIn(serializers.Serializer):
    post = serializers.UUIDField(allow_null=True, help_text="The answer that helped; null for none.")


class ThreadOut(serializers.Serializer):
    """A discussion."""

    uuid = serializers.UUIDField()
    title = serializers.CharField()
    author = OwnerOut()
    lesson = serializers.UUIDField(allow_null=True)
    answers = serializers.IntegerField()
    is_answered = serializers.BooleanField(help_text="Whether an answer was accepted.")
    created_at = serializers.DateTimeField()
    active_at = serializers.DateTimeField(help_text="When the last post was written.")

    def to_representation(self, thread: Thread) -> dict[str, Any]:
        """Return the discussion."""
        return {
            "uuid": str(thread.uuid),
            "title": thread.title,
            "author": person(thread.author),
            "lesson": str(thread.lesson.uuid) if thread.lesson else None,
            "answers": thread.answers,
            "is_answered": thread.accepted_id is not None,
            "created_at": thread.created_at,
            "active_at": thread.active_at,
        }


class PostOut(serializers.Serializer):
    """A post. The context's `thread` and `seat` say what it is there."""

    uuid = serializers.UUIDField()
    author = OwnerOut(allow_null=True)
    text = serializers.CharField(help_text="Markdown; empty for a question that was taken away.")
    html = serializers.CharField(help_text="The same as safe HTML.")
    is_question = serializers.BooleanField()
    is_accepted = serializers.BooleanField()
    is_deleted = serializers.BooleanField()
    by_teacher = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, post: Post) -> dict[str, Any]:
        """Return the post."""
        gone = post.deleted_at is not None
        return {
            "uuid": str(post.uuid),
            "author": None if gone else person(post.author),
            "text": "" if gone else post.text,
            "html": "" if gone else prose.rendered(post.text),
            "is_question": post.is_question,
            "is_accepted": post.pk == self.context["thread"].accepted_id,
            "is_deleted": gone,
            "by_teacher": post.author_id in self.context["seat"].teachers,
            "created_at": post.created_at,
            "edited_at": post.edited_at,
        }
