"""What goes in and out of the library's API. Shapes only."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers

from accounts.roles import Role
from library import queries
from library.bulk import MOST_ITEMS, BulkAction
from library.forms import LONGEST_WAIT, MAX_TAG, MAX_TAGS, one_line
from library.models import Category, Downloads, Reason
from library.receiving import Received
from stats.kinds import SHARE_PLATFORMS
from stats.models import Item, ItemType, Visibility

ROLES = [(role.value, role.label) for role in Role]


class CountersOut(serializers.Serializer):
    plays = serializers.IntegerField(help_text="Every play.")
    views = serializers.IntegerField(help_text="Plays long enough to count as a view.")
    likes = serializers.IntegerField()
    saves = serializers.IntegerField()
    shares = serializers.IntegerField()
    downloads = serializers.IntegerField()
    comments = serializers.IntegerField()


COUNTERS = tuple(CountersOut().fields)


class OwnerOut(serializers.Serializer):
    user_id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField()


class ItemOut(serializers.Serializer):
    """An item as the API shows it. The context's `counters` has the numbers by item number."""

    uuid = serializers.UUIDField()
    type = serializers.ChoiceField(choices=ItemType.choices)
    title = serializers.CharField()
    description = serializers.CharField()
    category = serializers.ChoiceField(choices=Category.choices)
    tags = serializers.ListField(child=serializers.CharField())
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    least_role = serializers.ChoiceField(choices=ROLES, help_text="The least role that finds it, when by role.")
    downloads = serializers.ChoiceField(choices=Downloads.choices, help_text="Who may download its file.")
    held_for = serializers.ChoiceField(
        choices=Reason.choices, allow_null=True, help_text="Why the staff hid it; null unless they did."
    )
    published_at = serializers.DateTimeField(
        allow_null=True, help_text="Null is a draft; a time ahead is when it comes out."
    )
    owner = OwnerOut(allow_null=True)
    duration_seconds = serializers.FloatField(allow_null=True)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    mime_type = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()
    counters = CountersOut()
    url = serializers.CharField(help_text="The item's page.")
    file_url = serializers.CharField(help_text="The file; answers ranges. Empty for a stream.")
    thumbnail_url = serializers.CharField()

    def to_representation(self, item: Item) -> dict[str, Any]:
        """Return the item; addresses are absolute."""
        media, owner = item.media, item.owner
        absolute = self.context["request"].build_absolute_uri
        counters = self.context["counters"][item.pk]
        picture = queries.picture_url(item, "thumbnail")
        return {
            "uuid": str(item.uuid),
            "type": item.type,
            "title": item.title,
            "description": media.description,
            "category": media.category,
            "tags": media.tags,
            "visibility": item.visibility,
            "least_role": media.least_role,
            "downloads": media.downloads,
            "held_for": media.held_for or None,
            "published_at": media.published_at,
            "owner": owner and {"user_id": str(owner.uuid), "username": owner.username, "name": owner.display_name},
            "duration_seconds": None if item.duration_ms is None else item.duration_ms / 1000,
            "width": media.width,
            "height": media.height,
            "mime_type": media.mime,
            "bytes": media.bytes,
            "sha256": media.sha256,
            "created_at": item.created_at,
            "counters": {name: getattr(counters, name) for name in COUNTERS},
            "url": absolute(reverse("library:item", args=[item.uuid])),
            "file_url": absolute(reverse("library:file", args=[item.uuid])) if media.file else "",
            "thumbnail_url": absolute(picture) if picture else "",
        }


class LineField(serializers.CharField):
    """Text on one line, without what cannot be seen."""

    def to_internal_value(self, data: Any) -> str:
        """Return the cleaned text. Raises ValidationError when nothing is left of it."""
        text = one_line(super().to_internal_value(data))
        if not text and not self.allow_blank:
            self.fail("blank")
        return text


class DetailsIn(serializers.Serializer):
    """What the owner says about an item."""

    title = LineField(max_length=200, required=False)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    category = serializers.ChoiceField(choices=Category.choices, required=False)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    least_role = serializers.ChoiceField(
        choices=ROLES, required=False, help_text="With visibility `role`: members from this role up find it."
    )
    downloads = serializers.ChoiceField(choices=Downloads.choices, required=False)
    tags = serializers.ListField(child=LineField(max_length=MAX_TAG), max_length=MAX_TAGS, required=False)
    is_draft = serializers.BooleanField(required=False, help_text="A draft is seen by its owner alone.")
    publish_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="When it comes out, a year ahead at most; null is at once. Early access sees it before.",
    )

    def validate_tags(self, tags: list[str]) -> list[str]:
        """Return the tags in small letters, each once."""
        return list(dict.fromkeys(tag.lower() for tag in tags))

    def validate_publish_at(self, at: datetime | None) -> datetime | None:
        """Return the time. Raises ValidationError `value_out_of_range` for the past and what is far ahead."""
        now = timezone.now()
        if at is not None and not now < at <= now + LONGEST_WAIT:
            raise serializers.ValidationError("Choose a time within the next year.", code="value_out_of_range")
        return at


class BulkIn(serializers.Serializer):
    """What to do with several items."""

    action = serializers.ChoiceField(choices=[(one.value, one.value) for one in BulkAction])
    items = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_ITEMS)
    change = DetailsIn(
        required=False, help_text="With `change`: what all of them get. With tags: these instead of theirs."
    )
    tags = serializers.ListField(
        child=LineField(max_length=MAX_TAG),
        max_length=MAX_TAGS,
        required=False,
        help_text="With `add_tags` and `remove_tags`.",
    )

    def validate_tags(self, tags: list[str]) -> list[str]:
        """Return the tags in small letters, each once."""
        return list(dict.fromkeys(tag.lower() for tag in tags))

    def validate(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return what was said. Raises ValidationError `required` when what the action needs is missing."""
        needs = {BulkAction.CHANGE: "change", BulkAction.ADD_TAGS: "tags", BulkAction.REMOVE_TAGS: "tags"}
        name = needs.get(BulkAction(told["action"]))
        if name and not told.get(name):
            raise serializers.ValidationError({name: "This action needs it."}, code="required")
        return told


class BulkOut(serializers.Serializer):
    """What was done."""

    changed = serializers.IntegerField(help_text="How many items are different now.")
    items = serializers.ListField(child=serializers.UUIDField())


class ReceivedField(serializers.FileField):
    """The file part of an upload."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the file that arrived. Raises ValidationError `file_required` for anything else."""
        if not isinstance(data, Received):
            raise serializers.ValidationError("Send one file as `file`.", code="file_required")
        return data


class UploadIn(DetailsIn):
    """A file and what the owner says about it."""

    file = ReceivedField(help_text="Video, audio or image; told by content.")


class ShareIn(serializers.Serializer):
    platform = serializers.ChoiceField(choices=SHARE_PLATFORMS)
    recipient_count = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
