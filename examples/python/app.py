"""A ship's log book: one entry a line, newest first. Standard library only."""

import http.server
import os
import signal
import threading

from logbook import entries, page

GREETING = "Log of the harbour"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/healthz":
            self.answer(200, "ok\n")
        elif self.path == "/":
            self.answer(200, page(GREETING, entries(), os.environ.get("LANTERN", "off")))
        else:
            self.answer(404, "not found\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """The router writes the access log."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for the requests under way
    request_queue_size = 128


def main():
    address = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080"))
    with Server(address, Handler) as server:
        # On SIGTERM take nothing new, finish what is under way, and end.
        # shutdown waits for serve_forever, so it needs a thread of its own.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"logbook listens on port {address[1]}", flush=True)
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
