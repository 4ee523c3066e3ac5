"""Workers that are processes of their own, each with another clock, charge everybody once."""

import time
from datetime import timedelta

import pytest

from accounts.models import Charge, Payment, Subscription
from tests import processes
from tests.accounts.billing.acting import changes, pay_for
from tests.accounts.billing.conftest import NOW
from tests.factories import make_user

END = NOW.replace(month=4)
CLOCKS = (END, END + timedelta(hours=2), END + timedelta(hours=30))
MEMBERS = 12


@pytest.mark.django_db(transaction=True)
def test_three_processes_with_three_clocks_charge_everybody_once(plans, tmp_path):
    people = [make_user(f"payer{number}") for number in range(MEMBERS)]
    for person in people:
        pay_for(person, plans["subscriber"], NOW)
    Subscription.objects.update(gateway="filed")
    workers = [start(tmp_path, clock) for clock in CLOCKS]
    try:
        deadline = time.monotonic() + 240
        while len(list(tmp_path.glob("ready-*"))) < len(workers):
            assert time.monotonic() < deadline
            assert all(worker.poll() is None for worker in workers)
            time.sleep(0.05)
        (tmp_path / "go").touch()
        assert [worker.wait(240) for worker in workers] == [0] * len(workers)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()

    moved = [int(file.read_text()) for file in tmp_path.glob("*.paid")]
    assert moved == [600] * MEMBERS
    assert Payment.objects.filter(gateway="filed").count() == MEMBERS
    assert set(Charge.objects.values_list("state", flat=True)) == {"paid"}
    assert [changes(person) for person in people] == [["started", "renewed"]] * MEMBERS


def start(folder, clock):
    """Start a worker on this test's database."""
    return processes.start("-m", "tests.accounts.billing.worker", folder, clock.isoformat())
