"""A small server that speaks OpenAI's chat API as badly as it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Deed = Callable[["Reply"], None]
"""What the server does for a request."""


@dataclass
class Reply:
    """A request, and the way to answer it."""

    handler: BaseHTTPRequestHandler
    request: dict[str, Any]
    number: int

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer with these bytes."""
        with suppress(OSError):  # the client may be gone
            self.handler.send_response(status)
            self.handler.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.handler.send_header(name.replace("_", "-"), value)
            self.handler.end_headers()
            self.handler.wfile.write(body)

    def say(self, text: Any, tokens: int | None = 7) -> None:
        """Answer as a model does."""
        message = {"message": {"role": "assistant", "content": text}, "text": text}
        usage = {} if tokens is None else {"usage": {"total_tokens": tokens}}
        if self.handler.path.endswith("/chat/completions"):
            del message["text"]
        else:
            del message["message"]
        self.send(json.dumps({"choices": [message], **usage}).encode())

    def drip(self, seconds: float) -> None:
        """Answer byte by byte, each after so many seconds, without an end."""
        with suppress(OSError):
            self.handler.send_response(200)
            self.handler.end_headers()
            for _ in range(1000):
                self.handler.wfile.write(b" ")
                self.handler.wfile.flush()
                time.sleep(seconds)


@dataclass
class Server:
    """A server that runs.

    Attributes:
        url: the address of the API.
        requests: what it was asked, with the headers and the path.
        most_at_once: how many requests were under way at once at most.
    """

    url: str
    requests: list[tuple[dict[str, Any], dict[str, str], str]] = field(default_factory=list)
    most_at_once: int = 0


@contextmanager
def serving(deed: Deed) -> Iterator[Server]:
    """A server that answers by a deed, which gets how often the same was asked, from 0."""
    lock = threading.Lock()
    asked: Counter[str] = Counter()
    at_once = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # the client may have been killed
                super().handle()

        def do_POST(self) -> None:
            nonlocal at_once
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = json.loads(body)
            with lock:
                number = asked[body.decode()]
                asked[body.decode()] += 1
                server.requests.append((request, dict(self.headers), self.path))
                at_once += 1
                server.most_at_once = max(server.most_at_once, at_once)
            try:
                deed(Reply(self, request, number))
            finally:
                with lock:
                    at_once -= 1

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name there)
            """Say nothing."""

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    server = Server(f"http://127.0.0.1:{web.server_port}/v1")
    threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        web.shutdown()
        web.server_close()
