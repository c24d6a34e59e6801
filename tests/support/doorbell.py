"""Doorbell: the outside service of a dead man's switch, on loopback; it counts who calls."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Doorbell:
    """Answers every GET with 200; `rings` is how often."""

    def __init__(self) -> None:
        self.rings = 0
        bell = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                bell.rings += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/ring"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
