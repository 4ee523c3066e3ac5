"""Requests whose length is a lie, over raw sockets to the real server."""

import json
import shutil
import socket
import tempfile
import time
from pathlib import Path

import pytest

from tests.stats.chaos import Site

BODY = json.dumps([{"type": "page_view", "url": "/"}]).encode()


class Server:
    """A site that only takes events, and its key."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder, "")
        self.key = json.loads(self.site.manage("create_source", "raw"))["secret_key"]
        self.site.start("web")
        deadline = time.monotonic() + 30
        while not self._answers():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return b"202" in self.talk(f"Content-Length: {len(BODY)}", BODY)
        except OSError:
            return False

    def talk(self, header: str, *parts: bytes, half_closed: bool = False) -> bytes:
        """Send a request with this header and a body in parts; return what comes back, if anything does."""
        head = (
            f"POST /api/stats/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\n{header}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", self.site.port), timeout=5) as connection:
            try:
                connection.sendall(head.encode())
                for part in parts:
                    connection.sendall(part)
                if half_closed:
                    connection.shutdown(socket.SHUT_WR)
                answer = b""
                while not answer.endswith(b"}") and (more := connection.recv(65_536)):
                    answer += more
            except (ConnectionError, TimeoutError):
                return b""
            return answer

    def stored(self) -> int:
        return int(
            self.site.manage(
                "shell", "--verbosity=0", "-c", "from stats.models import InboxBatch as B; print(B.objects.count())"
            )
        )


@pytest.fixture(scope="module")
def server():
    folder = Path(tempfile.mkdtemp(prefix="eightpoint-raw-"))
    server = Server(folder)
    yield server
    server.site.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_length_that_lies_stores_nothing_and_harms_nobody(server):
    before = server.stored()
    endless = (b"10000\r\n" + b"[" * 0x10000 + b"\r\n" for _ in range(200))
    answers = {
        "longer than the body": server.talk(f"Content-Length: {len(BODY) + 5}", BODY, half_closed=True),
        "shorter than the body": server.talk(f"Content-Length: {len(BODY) - 5}", BODY),
        "no number": server.talk("Content-Length: many", BODY),
        "negative": server.talk("Content-Length: -5", BODY),
        "two lengths": server.talk(f"Content-Length: {len(BODY)}\r\nContent-Length: 5", BODY),
        "too large": server.talk("Content-Length: 5000001", BODY),
        "no length": server.talk("X-Nothing: 1", BODY, half_closed=True),
        "endless": server.talk("Transfer-Encoding: chunked", *endless),
    }

    statuses = {name: answer[9:12].decode() for name, answer in answers.items()}
    assert set(statuses.values()) <= {"400", "408", "411", "413", ""}, statuses
    assert (statuses["shorter than the body"], statuses["too large"], statuses["no length"]) == ("400", "413", "400")
    assert b"bad_length" in answers["longer than the body"]
    assert b"invalid_json" in answers["shorter than the body"]
    assert b"body_too_large" in answers["too large"]
    assert server.stored() == before
    assert b" 202 " in server.talk(f"Content-Length: {len(BODY)}", BODY)


def test_a_body_that_comes_in_pieces_is_one_body(server):
    assert b" 202 " in server.talk(f"Content-Length: {len(BODY)}", BODY[:3], BODY[3:10], BODY[10:])
