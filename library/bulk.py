"""Doing the same with many items at once, for members with bulk operations: all of them or none."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from django.utils import timezone

from accounts import entitlements, staffing
from accounts.entitlements import FeatureNotIncluded
from accounts.features import Feature
from accounts.models import User
from library import uploads
from library.models import Media
from library.uploads import MAX_TAGS, Details
from stats import items as known
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind
from stats.models import Item

MOST_ITEMS = 100


class BulkAction(StrEnum):
    """What may be done with many items."""

    CHANGE = "change"
    ADD_TAGS = "add_tags"
    REMOVE_TAGS = "remove_tags"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    DELETE = "delete"


class TooManyTags(Exception):
    """An item would have more than `MAX_TAGS` tags; the argument is that item. Nothing was changed."""


def perform(
    by: User,
    items: Sequence[Item],
    action: BulkAction,
    *,
    change: dict[str, Any] | None = None,
    tags: Sequence[str] = (),
) -> int:
    """Do one thing with all of these items, which `by` may do it with. Returns how many are different now.

    Counts as one use of the feature. Raises FeatureNotIncluded, TooManyTags and `uploads.Held`, changing nothing.
    """
    if not entitlements.has_feature(by, Feature.BULK_OPERATIONS):
        raise FeatureNotIncluded
    actor, now = user_actor(by.uuid), timezone.now()
    if action is BulkAction.DELETE:
        uploads.delete_all(items, actor, used=Feature.BULK_OPERATIONS, staff=by)
        return len(items)
    with ledger.recording():
        changed, staff = 0, by if staffing.runs_content(by) else None
        for item in _held(items):
            before = uploads.details_of(item, now)
            details = after(before, item, action, change or {}, tags)
            changed += uploads.change_within(item, details, actor, staff=staff, now=now)
        ledger.record(Kind.FEATURE_USED, actor, feature=Feature.BULK_OPERATIONS.value)
    known.forget()
    return changed


def _held(items: Sequence[Item]) -> list[Item]:
    """Return the items as they are now, held until the commit, always in one order: two at once wait for one of them."""
    ids = [item.pk for item in items]
    list(Media.objects.select_for_update().filter(item__in=ids).order_by("item_id").values_list("pk"))
    return list(Item.objects.filter(pk__in=ids).select_related("media").order_by("pk"))


def after(before: Details, item: Item, action: BulkAction, change: dict[str, Any], tags: Sequence[str]) -> Details:
    """Return what is said about an item after the action. Raises TooManyTags. Pure."""
    match action:
        case BulkAction.CHANGE:
            return replace(before, **change)
        case BulkAction.ADD_TAGS:
            all_tags = list(dict.fromkeys([*before.tags, *tags]))
            if len(all_tags) > MAX_TAGS:
                raise TooManyTags(item)
            return replace(before, tags=all_tags)
        case BulkAction.REMOVE_TAGS:
            return replace(before, tags=[tag for tag in before.tags if tag not in tags])
        case BulkAction.PUBLISH:
            return replace(before, is_draft=False, publish_at=None)
        case _:
            return replace(before, is_draft=True, publish_at=None)
