"""Nothing that was acknowledged is lost or counted twice, whatever is killed when.

Web, drain and PostgreSQL are killed with -9 while eight clients send; `CHAOS_KILLS` sets how often (10), `CHAOS_SEED`
repeats a run.
"""

import dataclasses
import os
import random

import pytest

from tests.conftest import IN_CI
from tests.stats import chaos
from tests.stats.recount import recount

KILLS = int(os.environ.get("CHAOS_KILLS", "10"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.randrange(1, 10**6)


@pytest.mark.sites
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_what_was_acknowledged_is_logged_once_and_counted_right(database):
    if database == "postgresql" and chaos.Postgres.programs() is None:
        (pytest.fail if IN_CI else pytest.skip)("postgresql is missing")
    with chaos.chaos(on_postgresql=database == "postgresql", kills=KILLS, seed=SEED) as run:
        clients, sent, result = run.run()

        assert (clients.wrong, run.done, SEED) == ([], run.done, SEED)
        assert len(run.done) == KILLS
        assert clients.acknowledged == set(range(len(sent.batches)))
        assert result.letters == []
        assert len(result.log) == len(set(result.log))
        assert set(result.log) == {told.id for told in sent.told}
        told = [dataclasses.replace(one, item=result.items.get(one.item)) for one in sent.told]
        assert result.numbers == dataclasses.replace(recount(told), periods={})  # none was aggregated
        assert "No differences" in run.site.manage("verify_stats")


@pytest.mark.alone
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_a_drain_that_stands_by_goes_on_within_five_seconds(database):
    if database == "postgresql" and chaos.Postgres.programs() is None:
        (pytest.fail if IN_CI else pytest.skip)("postgresql is missing")
    with chaos.chaos(on_postgresql=database == "postgresql", kills=0, seed=SEED) as run:
        took, clients, sent, result = run.take_over()

        assert took < 5
        assert (clients.wrong, result.letters) == ([], [])
        assert len(result.log) == len(set(result.log))
        assert set(result.log) == {told.id for told in sent.told}
        assert "No differences" in run.site.manage("verify_stats")
