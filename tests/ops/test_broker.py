"""The embedded broker: messages of several processes arrive whole and once, and one that cannot be read ends nothing."""

import json
import time
from collections import Counter
from queue import Empty

import pytest
from kombu import Exchange, Queue

from config.celery import app
from tests import processes

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

TOLD = "import sys; from config.celery import app; folder, name = sys.argv[1:];\nbroker = app.connection_for_write("
TOLD += (
    "transport_options={'data_folder_in': folder, 'data_folder_out': folder, 'control_folder': folder + '/control'})\n"
)
WRITE = TOLD + "queue = broker.SimpleQueue('big')\nfor number in range(20): queue.put([name, number, 'x' * 3_000_000])"
BIND = (
    TOLD
    + """
import multiprocessing
from kombu import Exchange, Queue
gate = multiprocessing.Barrier(3)
def bind(name):
    for number in range(400):
        gate.wait()
        Queue(f"{name}-{number}", Exchange(f"all-{number}"), name)(broker.default_channel).declare()
for one in (others := [multiprocessing.Process(target=bind, args=[name]) for name in ("one", "two", "three")]): one.start()
for one in others: one.join()
"""
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "control").mkdir()
    return tmp_path


@pytest.fixture
def broker(folder):
    places = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    with app.connection_for_write(transport_options=places) as connection:
        yield connection


def together(script, folder, *names):
    return [processes.start("-c", script, folder, name) for name in names]


def test_what_two_processes_write_while_a_third_reads_arrives_whole_and_once(broker, folder):
    queue = broker.SimpleQueue("big")
    queue.clear()
    found: Counter[tuple[str, int]] = Counter()
    writers = together(WRITE, folder, "one", "two")

    until = time.monotonic() + 60
    while len(found) < 40 and time.monotonic() < until:
        try:
            message = queue.get(block=False)
        except Empty:
            assert not all(writer.poll() for writer in writers)
            continue
        name, number, text = message.decode()
        found[name, number] += len(text)
        message.ack()

    assert [writer.wait() for writer in writers] == [0, 0]
    assert found == {(name, number): 3_000_000 for name in ("one", "two") for number in range(20)}


@pytest.mark.parametrize("left", [b"", b'{"body": "W3', b"\xff\xfe"])
def test_a_message_that_cannot_be_read_is_left_out_and_the_next_is_read(broker, folder, caplog, left):
    queue = broker.SimpleQueue(folder.name)
    (folder / f"0_left.{folder.name}.msg").write_bytes(left)
    queue.put({"task": 1})

    message = queue.get(timeout=5)
    message.ack()

    assert message.decode() == {"task": 1}
    assert folder.name in caplog.text
    assert list(folder.glob("*.msg")) == []


def bound(folder, exchange):
    return {queue for _key, _pattern, queue in json.loads((folder / "control" / f"{exchange}.exchange").read_text())}


def test_queues_that_several_processes_bind_at_once_are_all_bound(folder):
    [binder] = together(BIND, folder, "all")

    assert binder.wait(60) == 0
    for number in range(400):
        assert bound(folder, f"all-{number}") == {f"{name}-{number}" for name in ("one", "two", "three")}


def test_a_table_of_bindings_that_was_cut_is_made_anew(broker, folder):
    (folder / "control" / "all.exchange").write_text("")

    queue = Queue("after", Exchange("all"), "key")(broker.default_channel)
    queue.declare()
    broker.Producer().publish({"task": 1}, exchange="all", routing_key="key")

    assert bound(folder, "all") == {"after"}
    assert queue.get().decode() == {"task": 1}
