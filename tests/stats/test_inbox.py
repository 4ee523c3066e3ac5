"""What many threads bring at once: committed in groups, each answered for itself."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection

from stats import inbox
from stats.models import InboxBatch
from tests.stats import world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def committer():
    one = inbox.Committer()
    yield one
    if one._database:
        one._database.close()


def together(committer, number):
    """Store `number` batches at once, which all have to wait first. Returns what came of each."""
    answers = {}

    def store(index):
        try:
            committer.store(b"%d" % index, index)
            answers[index] = "stored"
        except inbox.Unavailable as error:
            answers[index] = str(error)

    threads = [threading.Thread(target=store, args=(index,)) for index in range(1, number + 1)]
    with committer._turn:
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 10
        while not committer._gathering or len(committer._gathering.batches) < number:
            assert time.monotonic() < deadline
            time.sleep(0.001)
    for thread in threads:
        thread.join()
    return answers


@contextmanager
def no_inbox():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE stats_inboxbatch RENAME TO elsewhere")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO stats_inboxbatch")


def test_what_gathers_is_stored_for_all(committer):
    answers = together(committer, 12)

    assert answers == dict.fromkeys(range(1, 13), "stored")
    stored = {batch.events: bytes(batch.rows) for batch in InboxBatch.objects.all()}
    assert stored == {index: b"%d" % index for index in range(1, 13)}


def test_when_the_commit_fails_nobody_is_told_that_it_is_stored(committer):
    with no_inbox():
        answers = together(committer, 5)

    assert set(answers) == {1, 2, 3, 4, 5}
    assert "stored" not in answers.values()
    assert not InboxBatch.objects.exists()
    assert together(committer, 2) == {1: "stored", 2: "stored"}


def test_the_answer_says_that_something_may_have_been_stored(source, film):
    inbox._counted = (time.monotonic() + 60, 0)

    with no_inbox():
        response = world.post([world.event("share", film, platform="email")], source.secret)

    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    assert "send the same ids again" in response.json()["detail"]
    assert response["Retry-After"]


@pytest.mark.postgresql
def test_a_connection_that_was_lost_is_made_anew(committer):
    committer.store(b"1", 1)
    committer._database.connection.close()

    committer.store(b"2", 2)

    assert InboxBatch.objects.count() == 2
