"""A small site for the collector's tests: pages with the script, media with ranges, an endpoint that answers as told."""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).resolve().parents[2] / "static" / "js" / "collector.js"
ENDPOINT = "/api/stats/events"
DROP = 0
CUT_AT = 0.4


@dataclass(frozen=True)
class Batch:
    """One request to the endpoint, with the status that it was answered (0: the connection was cut)."""

    body: dict[str, Any]
    content_type: str
    status: int
    at: float

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of the batch."""
        return self.body["events"]

    @property
    def ids(self) -> list[str]:
        """Their ids, in order."""
        return [event["id"] for event in self.events]


@dataclass
class State:
    """What the site was sent and what it answers: `answers` first, one each, then `status` for all."""

    media: bytes = b""
    batches: list[Batch] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    status: int = 202
    refuses: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    bytes_may_pass: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)


class Receiver(ThreadingHTTPServer):
    """The site. `url` is where; `pages` maps paths to the insides of `<body>`."""

    daemon_threads = True

    def __init__(self, media: bytes = b"") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = State(media)
        self.state.bytes_may_pass.set()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop answering."""
        self.state.bytes_may_pass.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser hangs up when it likes."""

    def page(
        self, path: str = "/", body: str = "", script: str = "", title: str = "A page", endpoint: str = ENDPOINT
    ) -> str:
        """Serve `body` at `path` with the collector, whose tag has the attributes `script` too. Returns the address."""
        self.state.pages[path] = (
            f'<!doctype html><html lang="en"><head><title>{title}</title>'
            f'<script src="/collector.js" data-endpoint="{endpoint}" {script} defer></script></head>'
            f"<body>{body}</body></html>"
        )
        return self.url + path

    @property
    def accepted(self) -> list[dict[str, Any]]:
        """All events that were answered with 202, in the order of their arrival."""
        return [event for batch in list(self.state.batches) if batch.status == 202 for event in batch.events]

    def of(self, type: str) -> list[dict[str, Any]]:
        """The accepted events of one type, each id once."""
        return list({event["id"]: event for event in self.accepted if event["type"] == type}.values())

    def wait(self, is_met: Any, seconds: float = 8.0) -> None:
        """Wait until `is_met(self)` after some request; fails with what had arrived."""
        with self.state.changed:
            if not self.state.changed.wait_for(lambda: is_met(self), seconds):
                shown = [(batch.status, [event["type"] for event in batch.events]) for batch in self.state.batches]
                raise AssertionError(f"still waiting; arrived: {shown}")


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    server: Receiver

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Serve the script, the media or a page."""
        path = self.path.split("?")[0]
        if path == "/collector.js":
            self.answer(200, SCRIPT.read_bytes(), "text/javascript")
        elif path.startswith("/media"):
            self.serve_media()
        elif path == "/picture.svg":
            square = (
                b'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60"><rect width="80" height="60"/></svg>'
            )
            self.answer(200, square, "image/svg+xml")
        elif path in self.server.state.pages:
            self.answer(200, self.server.state.pages[path].encode(), "text/html; charset=utf-8")
        else:
            self.answer(404, b"", "text/plain")

    def do_POST(self) -> None:
        """Keep a batch and answer as told."""
        state = self.server.state
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, headers = state.answers.pop(0) if state.answers else (state.status, {})
        if state.refuses and any(state.refuses in json.dumps(event) for event in body["events"]):
            status = 400
        with state.changed:
            state.batches.append(Batch(body, self.headers["Content-Type"], status, time.monotonic()))
            state.changed.notify_all()
        if status == DROP:
            self.close_connection = True
            self.connection.close()
            return
        self.answer(status, json.dumps({"accepted": len(body["events"]), "rejected": []}).encode(), headers=headers)

    def serve_media(self) -> None:
        """Serve bytes by range; `/media-slow` stops on the way until it is let go on."""
        media = self.server.state.media
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        end = min(int(asked[2] or len(media)) if asked else len(media), len(media) - 1)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - start + 1))
        self.send_header("Content-Range", f"bytes {start}-{end}/{len(media)}")
        self.end_headers()
        try:
            cut = max(start, int(len(media) * CUT_AT)) if self.path == "/media-slow" else end + 1
            self.wfile.write(media[start:cut])
            self.wfile.flush()
            self.server.state.bytes_may_pass.wait(20)
            self.wfile.write(media[cut : end + 1])
        except OSError:
            self.close_connection = True  # the browser has what it wanted

    def answer(
        self, status: int, body: bytes, type: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        """Send one whole answer."""
        self.send_response(status)
        for name, value in {"Content-Type": type, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
