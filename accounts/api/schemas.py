"""What goes in and out of the accounts' endpoints: shapes and bounds, nothing more. Names are the seed's."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts import members, names
from accounts.activity import Interaction
from accounts.entitlements import of
from accounts.models import Status, Theme, User
from accounts.roles import SOLD, Role
from accounts.subscriptions import MOST_DAYS
from stats.kinds import CONTENT_TYPES, SHARE_PLATFORMS
from stats.windows import zone_names

LONGEST_PLAY_S = 86_400
CHANGEABLE = ("first_name", "last_name", "bio", "time_zone", "locale", "theme", "opted_out")
READ_ONLY = frozenset({
    "user_id", "uuid", "id", "pk", "username", "email", "email_verified", "password", "role", "is_staff",
    "is_superuser", "is_active", "groups", "user_permissions", "features", "xp", "total_xp", "level", "rank",
    "current_streak", "subscription", "subscription_expires", "subscription_status", "created_at", "updated_at",
    "last_login", "avatar",
})  # fmt: skip


class UserOut(serializers.ModelSerializer[User]):
    """A member, as the member and staff see them."""

    user_id = serializers.UUIDField(source="uuid")
    role = serializers.SerializerMethodField()
    features = serializers.SerializerMethodField()
    subscription_expires = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = (
            "user_id", "username", "email", "role", "created_at", "updated_at", "is_active", "subscription_expires",
            "features", *CHANGEABLE,
        )  # fmt: skip

    def get_role(self, user: User) -> str:
        """The role that holds now."""
        return of(user).role(self.context["now"]).value

    def get_features(self, user: User) -> list[str]:
        """The features that may be used now."""
        from accounts.features import Feature

        entitlements, now = of(user), self.context["now"]
        return [feature.value for feature in Feature if entitlements.has(feature, now)]

    def get_subscription_expires(self, user: User) -> str | None:
        """When the last granted period ends; null without one."""
        ends = [period.ends_at for period in of(user).periods if period.ends_at > self.context["now"]]
        return serializers.DateTimeField().to_representation(max(ends)) if ends else None


class UserIn(serializers.Serializer[User]):
    """A new member."""

    username = serializers.CharField(trim_whitespace=False)
    email = serializers.CharField(trim_whitespace=False)
    role = serializers.ChoiceField(
        [role.value for role in (Role.FREE, *SOLD)],
        default=Role.FREE.value,
        help_text="Above free starts a subscription of `USER_SUBSCRIPTION_DAYS`, granted by staff.",
    )

    def validate_username(self, text: str) -> str:
        """Refuse what is reserved, misleading or taken."""
        username = names.clean_username(text)
        if not members.is_username_free(username):
            raise serializers.ValidationError(_("This username is not available."), code="username_unavailable")
        return username

    def validate_email(self, text: str) -> str:
        """Refuse what is no address, or somebody's."""
        email = names.clean_email(text)
        if not members.is_email_free(email):
            raise serializers.ValidationError(_("This address is not available."), code="email_unavailable")
        return email


class ProfileIn(serializers.ModelSerializer[User]):
    """What members change themselves."""

    time_zone = serializers.CharField(max_length=64, allow_blank=True, required=False)
    locale = serializers.ChoiceField([code for code, _name in settings.LANGUAGES], allow_blank=True, required=False)
    theme = serializers.ChoiceField(Theme.values, required=False)

    class Meta:
        model = User
        fields = CHANGEABLE

    def to_internal_value(self, data: Any) -> Any:
        """Refuse fields that are not the member's to change, instead of dropping them."""
        if isinstance(data, dict):
            wrong = {name: self._code(name) for name in data if name not in self.fields}
            if wrong:
                raise serializers.ValidationError(
                    {
                        name[:64]: [ErrorDetail(str(_("This cannot be changed here.")), code=code)]
                        for name, code in wrong.items()
                    }
                )
        return super().to_internal_value(data)

    def validate_time_zone(self, name: str) -> str:
        """Refuse a zone that does not exist."""
        if name and name not in zone_names():
            raise serializers.ValidationError(_("There is no such time zone."), code="unknown_timezone")
        return name

    @staticmethod
    def _code(name: str) -> str:
        return "read_only_field" if name in READ_ONLY else "unknown_field"


class StatsOut(serializers.Serializer[Any]):
    """The eight stats: the fields of the first seed's `user_stats.json`."""

    user_id = serializers.UUIDField()
    subscriber_features_used = serializers.IntegerField()
    watch_history_entries = serializers.IntegerField()
    total_watched_hours = serializers.FloatField()
    videos_uploaded = serializers.IntegerField()
    streams_created = serializers.IntegerField()
    images_uploaded = serializers.IntegerField()
    total_interactions = serializers.IntegerField()
    last_activity_timestamp = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class EntryOut(serializers.Serializer[Any]):
    """One line of the watch history: the fields of the first seed's history file."""

    video_id = serializers.CharField()
    stream_id = serializers.CharField(allow_null=True)
    watched_at = serializers.DateTimeField()
    duration_seconds = serializers.FloatField()
    content_type = serializers.ChoiceField(CONTENT_TYPES)
    session_id = serializers.CharField(allow_null=True)
    completed = serializers.BooleanField()
    quality = serializers.CharField(allow_null=True)


class HistoryOut(serializers.Serializer[Any]):
    """A page of the watch history, newest first."""

    count = serializers.IntegerField(help_text="How many entries fit.")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EntryOut(many=True)


class ClearedOut(serializers.Serializer[Any]):
    cleared = serializers.IntegerField(help_text="How many entries the history had.")


class WatchIn(serializers.Serializer[Any]):
    """One play, as a server saw it."""

    video_id = serializers.CharField(max_length=200, help_text="An item's UUID, or your own key for it.")
    duration_seconds = serializers.FloatField(
        min_value=0, max_value=LONGEST_PLAY_S, help_text="Wall-clock seconds really played."
    )
    content_type = serializers.ChoiceField(CONTENT_TYPES, default="video")
    stream_id = serializers.CharField(
        max_length=200, allow_null=True, required=False, help_text="For a stream, the same key as `video_id`."
    )
    watched_at = serializers.DateTimeField(required=False, help_text="When the play started; just now unless given.")
    play_id = serializers.CharField(
        max_length=64, required=False, help_text="Send it again with more seconds to lengthen the same play."
    )
    session_id = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    quality = serializers.CharField(max_length=16, required=False, allow_blank=True, default="")
    completed = serializers.BooleanField(default=False)


class PlayOut(serializers.Serializer[Any]):
    play_id = serializers.CharField()


@extend_schema_serializer(component_name="RecordedUpload")
class UploadIn(serializers.Serializer[Any]):
    """One upload."""

    content_type = serializers.ChoiceField(CONTENT_TYPES)
    bytes = serializers.IntegerField(min_value=0, max_value=2**53, required=False)


class InteractionIn(serializers.Serializer[Any]):
    """A like, a comment or a share."""

    interaction_type = serializers.ChoiceField([kind.value for kind in Interaction])
    item = serializers.CharField(
        max_length=200,
        required=False,
        default="",
        allow_blank=True,
        help_text="An item's UUID, or your own key for it. The same like twice counts once.",
    )
    content_type = serializers.ChoiceField(CONTENT_TYPES, default="video")
    platform = serializers.ChoiceField(SHARE_PLATFORMS, default="other", help_text="Where it was shared.")


class RecordedOut(serializers.Serializer[Any]):
    event_id = serializers.UUIDField()


class UsedOut(serializers.Serializer[Any]):
    feature = serializers.CharField()
    subscriber_features_used = serializers.IntegerField()


class UpgradeIn(serializers.Serializer[Any]):
    """A role for a time."""

    role = serializers.ChoiceField([role.value for role in SOLD])
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, required=False)


class SubscriptionOut(serializers.Serializer[Any]):
    """A subscription."""

    user_id = serializers.UUIDField(source="user.uuid")
    role = serializers.CharField(source="plan.role")
    status = serializers.ChoiceField(Status.choices)
    starts_at = serializers.DateTimeField()
    current_period_end = serializers.DateTimeField()
    cancel_at_period_end = serializers.BooleanField()
    granted_by = serializers.CharField()
