"""What tests of the statistics share: a clean memory, a source with its keys, and people."""

import pytest

from stats import inbox, items, sources, visitors
from tests.stats import world


@pytest.fixture(autouse=True)
def nothing_remembered():
    """What this process remembers of items, keys, salts and the backlog belongs to the test before."""
    items.forget()
    sources._remembered.clear()
    visitors._salts.clear()
    inbox._counted = (0.0, 0)


@pytest.fixture
def source(db) -> world.Keys:
    """Return a source with both keys, whose pages may be anywhere."""
    return world.make_source()


@pytest.fixture
def ana(db):
    """Return a member."""
    return world.make_member("ana")


@pytest.fixture
def film(db):
    """Return a public video of this site, 100 seconds long."""
    return world.make_film()
