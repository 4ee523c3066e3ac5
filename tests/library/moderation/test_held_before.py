"""What staff hid before reasons were kept is held by a migration, and nothing else is."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from library.models import Media, Report, ReportState
from stats.models import Item
from tests.factories import api_client, make_item, make_staff, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def reported(*reasons, state=ReportState.UPHELD, visibility="private", ago=DAY, column="item", **values):
    """Make an item as it stood: its reports decided so long before the column came."""
    item = make_item(**values)
    Item.objects.filter(pk=item.pk).update(visibility=visibility)
    came = MigrationRecorder(connection).migration_qs.get(app="library", name="0010_held_and_told").applied
    for reason in reasons:
        Report.objects.create(
            reporter=make_user(),
            **{column: item},
            reason=reason,
            state=state,
            decided_by=make_staff(),
            decided_at=came - ago,
        )
    return item


def hold():
    import_module("library.migrations.0011_hold_what_was_hidden").hold(apps, SimpleNamespace(connection=connection))


def held_for(item):
    return Media.objects.get(item=item).held_for


def test_what_was_hidden_is_held_for_what_most_gave():
    item = reported("spam", "rights", "rights")

    hold()

    assert held_for(item) == "rights"
    refused = api_client(item.owner).patch(f"/api/library/items/{item.uuid}", {"visibility": "public"}, format="json")
    assert refused.json()["code"] == "held_by_staff"


def test_what_its_owner_hides_or_shows_again_is_the_owners():
    items = [
        reported("spam", state=ReportState.DISMISSED),
        reported("spam", state=ReportState.OPEN),
        reported("spam", visibility="public"),
        reported(),
        reported("spam", ago=-DAY),
    ]

    hold()

    assert [held_for(item) for item in items] == [""] * len(items)


def test_what_an_appeal_released_stays_released():
    item = reported("spam")
    Report.objects.create(reporter=item.owner, appeal=item, state=ReportState.UPHELD, decided_at=timezone.now())

    hold()

    assert held_for(item) == ""
