"""A forge on the loopback interface: Git's own HTTP backend behind TLS, which can lose the line in the middle of a pack."""

import http.server
import os
import ssl
import subprocess
import threading

from tools import ENVIRONMENT, run

CERTIFICATES = """
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 10000 \
  -subj "/CN=Chaos authority" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=localhost
printf 'subjectAltName=DNS:localhost\\n' > server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 10000 -extfile server.ext -out server.crt
cat server.key server.crt > server.pem
"""


class Forge:
    def __init__(self, folder, remote, clock):
        self._folder = f"{folder}/forge"
        os.mkdir(self._folder)
        # The daemon's clock may stand in the past, where a certificate of today would not be valid yet.
        before = f"{self._folder}/clock"
        clock.write(before, -5 * 365 * 86_400)
        run("sh", "-e", "-c", CERTIFICATES, cwd=self._folder, env={**clock.preload, "CHAOS_CLOCK": before})
        self.authority = f"{self._folder}/ca.pem"
        #: Fractions at which the next answers with a pack are cut off.
        self.cuts = []
        #: Said whenever an answer was cut off, and while one is held back.
        self.was_cut, self.is_held = threading.Event(), threading.Event()
        #: While this is clear, an answer with a pack stops in its middle.
        self.go_on = threading.Event()
        self.go_on.set()
        self._server = Server(("127.0.0.1", 0), handler(self, os.path.dirname(remote)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self._folder}/server.pem")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"https://localhost:{self._server.server_address[1]}/{os.path.basename(remote)}"

    def close(self):
        self.go_on.set()
        self._server.shutdown()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments):
        # The other side was killed, as it should be.
        pass


def handler(forge, root):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.body()
            path, _, query = self.path.partition("?")
            done = subprocess.run(
                ["git", "-c", "safe.directory=*", "http-backend"], input=body, capture_output=True, env={
                    **ENVIRONMENT, "GIT_PROJECT_ROOT": root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
                    "QUERY_STRING": query, "REQUEST_METHOD": self.command, "REMOTE_USER": "robot",
                    "CONTENT_TYPE": self.headers.get("Content-Type") or "", "CONTENT_LENGTH": str(len(body))})
            head, _, body = done.stdout.partition(b"\r\n\r\n")
            fields = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if ": " in line]
            status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
            self.send_response(status)
            for name, value in fields:
                if name != "Status":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.send(body)

        do_GET = do_POST = answer

        def body(self):
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b""
            while length := int(self.rfile.readline(), 16):
                body += self.rfile.read(length)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def send(self, body):
            if b"PACK" in body and (forge.cuts or not forge.go_on.is_set()):
                begin = body.index(b"PACK") + 12
                half = begin + int((len(body) - begin) * (forge.cuts.pop(0) if forge.cuts else 0.5))
                self.wfile.write(body[:half])
                self.wfile.flush()
                if not forge.go_on.is_set():
                    forge.is_held.set()
                    forge.go_on.wait()
                    body = body[half:]
                else:
                    self.close_connection = True
                    forge.was_cut.set()
                    return
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    return Handler
