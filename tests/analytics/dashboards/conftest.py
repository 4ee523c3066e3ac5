"""A moment that stands still, and somebody on the staff who looks."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.analytics.dashboards.moments import NOW
from tests.factories import make_staff


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    """Stop the clock."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(db: Any, client: Client) -> Client:
    """Return the client of an administrator."""
    client.force_login(make_staff("rosa"))
    return client
