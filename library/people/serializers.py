"""What goes in and out of the people's API. Shapes only."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from accounts.models import User
from library.people import settings
from library.people.forms import MAX_USERNAME
from library.people.models import Answer, Collaboration, Notification
from library.people.queries import Person
from library.serializers import OwnerOut


def told_of(user: User | None) -> dict[str, Any] | None:
    """Return a member as `OwnerOut` has it, None for nobody."""
    if user is None:
        return None
    return {"user_id": str(user.uuid), "username": user.username, "name": user.display_name}


class MemberOut(serializers.Serializer):
    """A member as others see them. `follows` is whether the caller follows them, `follows_you` the reverse."""

    user_id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField()
    about = serializers.CharField()
    member_since = serializers.DateTimeField()
    followers = serializers.IntegerField()
    following = serializers.IntegerField()
    follows = serializers.BooleanField()
    follows_you = serializers.BooleanField()
    url = serializers.CharField(help_text="The member's page.")

    def to_representation(self, person: Person) -> dict[str, Any]:
        """Return the member; addresses are absolute."""
        user = person.user
        page = reverse("people:member", args=[user.username])
        return {
            **(told_of(user) or {}),
            "about": user.bio,
            "member_since": user.created_at,
            "followers": person.followers,
            "following": person.following,
            "follows": person.follows,
            "follows_you": person.follows_back,
            "url": self.context["request"].build_absolute_uri(page),
        }


class NotificationOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=list(settings.KINDS))
    title = serializers.CharField()
    address = serializers.CharField(help_text="A path of this site.")
    by = OwnerOut(allow_null=True)
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, row: Notification) -> dict[str, Any]:
        """Return the notification."""
        return {
            "uuid": str(row.uuid),
            "kind": row.kind,
            "title": row.says,
            "address": row.address,
            "by": told_of(row.by),
            "created_at": row.created_at,
            "read_at": row.read_at,
        }


class ReadIn(serializers.Serializer):
    until = serializers.UUIDField(required=False, help_text="The newest one that was seen. All without it.")


class ReadOut(serializers.Serializer):
    read = serializers.IntegerField(help_text="How many were unread until now.")
    unread = serializers.IntegerField(help_text="How many still are, 100 at most.")


class InvitedIn(serializers.Serializer):
    username = serializers.CharField(max_length=MAX_USERNAME)


class CollaborationAnswerIn(serializers.Serializer):
    state = serializers.ChoiceField(choices=[Answer.ACCEPTED.value, Answer.DECLINED.value])


class CollaborationOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    item = serializers.UUIDField()
    title = serializers.CharField(help_text="Of the item.")
    member = OwnerOut()
    state = serializers.ChoiceField(choices=Answer.choices)
    invited_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, row: Collaboration) -> dict[str, Any]:
        """Return the collaboration."""
        return {
            "uuid": str(row.uuid),
            "item": str(row.item.uuid),
            "title": row.item.title,
            "member": told_of(row.person),
            "state": row.state,
            "invited_at": row.invited_at,
            "answered_at": row.answered_at,
        }


class InviteOut(serializers.Serializer):
    link = serializers.CharField()
    signed_up = serializers.IntegerField(help_text="Who signed up by the link.")
    confirmed = serializers.IntegerField(help_text="Who of them has confirmed the e-mail address.")
    stayed = serializers.IntegerField(help_text="Who of them was active on two of the first 14 days.")
