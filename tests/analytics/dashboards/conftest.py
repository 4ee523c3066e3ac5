"""A moment that stands still, and somebody on the staff who looks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from analytics.dashboards import asking
from analytics.dashboards.registry import Query
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


@pytest.fixture
def query() -> Callable[..., Query]:
    """Return what makes a query from the words of an address."""
    return lambda **words: asking.query_of({"from" if name == "first" else name: w for name, w in words.items()}, NOW)
