"""Two people do something to the same thing at once: each waits for the other, nobody for ever, and nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from library import bulk, comments, uploads
from library.models import Comment, ItemTag, Listing, Media
from stats import verify
from stats.actors import user_actor
from stats.models import Item
from tests.factories import make_comment, make_item, make_staff, make_user

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 8


def at_once(*acts: Callable[[], Any]) -> None:
    """Do all of these at the same time. Raises what the first of them raises."""
    gate = Barrier(len(acts))

    def go(act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(go, act) for act in acts]:
            done.result()


def test_two_answer_each_other():
    item, ana, bo = make_item(), make_user(), make_user()
    by_ana, by_bo = make_comment(item, ana), make_comment(item, bo)

    for _ in range(ROUNDS):
        at_once(
            lambda: comments.write(ana, item, "So you say.", answering=by_bo),
            lambda: comments.write(bo, item, "So you say.", answering=by_ana),
        )
        Comment.objects.update(created_at=timezone.now() - timezone.timedelta(hours=2))  # no pace is to be kept here

    assert Comment.objects.exclude(parent=None).count() == 2 * ROUNDS
    assert not list(verify.differences())


def test_an_item_is_changed_while_it_is_deleted():
    ana = make_user()

    for _ in range(ROUNDS):
        item = make_item(ana)
        details = replace(uploads.details_of(item, timezone.now()), title="Ebb")
        at_once(
            lambda item=item, details=details: uploads.change(item, details, user_actor(ana.uuid)),
            lambda item=item: uploads.delete(item, user_actor(ana.uuid)),
        )

    assert not Item.objects.filter(deleted_at=None).exists()
    assert not Listing.objects.exists()


def test_many_items_are_changed_from_both_ends():
    ana = make_staff()
    items = [make_item(ana) for _ in range(6)]

    for _ in range(ROUNDS):
        at_once(
            lambda: bulk.perform(ana, items, bulk.BulkAction.ADD_TAGS, tags=["ebb"]),
            lambda: bulk.perform(ana, items[::-1], bulk.BulkAction.REMOVE_TAGS, tags=["ebb"]),
        )

    assert {tuple(tags) for tags in Media.objects.values_list("tags", flat=True)} in ({()}, {("ebb",)})


def test_what_lists_show_follows_two_changes_of_an_item():
    item = make_item()

    for number in range(ROUNDS):
        at_once(
            lambda number=number: Item.objects.filter(pk=item.pk).update(title=f"Tide {number}"),
            lambda number=number: Media.objects.filter(item=item).update(tags=[f"tag{number}"]),
        )

    assert list(ItemTag.objects.values_list("tag", flat=True)) == [f"tag{ROUNDS - 1}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT words::text FROM library_words WHERE item_id = %s", [item.pk])
        (words,) = cursor.fetchone()
    assert f"'{ROUNDS - 1}':" in words
    assert f"'tag{ROUNDS - 1}':" in words
