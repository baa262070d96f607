import Foundation
import Testing

/// Git's own HTTP backend behind TLS on the loopback interface; it ends when its standard input closes.
final class HTTPSServer {
    static let canServe = ["/usr/bin/python3", "/usr/bin/openssl", "/usr/lib/git-core/git-http-backend"]
        .allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }

    let port: Int
    let certificateAuthority: String
    private let log: String
    private let leash: Int32

    /// Serves the repositories below a folder to `robot` with the password `open sesame`; below `public/` to everyone.
    ///
    /// The same repositories below `half/`, `flipped/` and `lacking/` send packs that end too early, are damaged, or lack
    /// all but the commits; below `hanging/` they never send one.
    init(serving folder: String, in scratch: Scratch) throws {
        certificateAuthority = scratch("ca.pem")
        log = scratch("requests.log")
        try HTTPSServer.makeCertificates(in: scratch)
        try HTTPSServer.program.write(toFile: scratch("server.py"), atomically: true, encoding: .utf8)
        var (input, output): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&input) == 0, pipe(&output) == 0 else {
            throw ToolFailed(command: ["pipe"], output: String(cString: strerror(errno)))
        }
        for descriptor in input + output { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let arguments = ["python3", scratch("server.py"), folder, scratch("server.pem"), log]
        let argv = arguments.map { strdup($0) } + [nil]
        let envp = [strdup("PATH=/usr/bin:/bin"), nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, "/usr/bin/python3", &actions, nil, argv, envp)
        close(input[0])
        close(output[1])
        leash = input[1]
        defer { close(output[0]) }
        var line = [UInt8](repeating: 0, count: 16)
        let count = code == 0 ? read(output[0], &line, line.count) : 0
        guard count > 0, let port = Int(String(decoding: line[..<count], as: UTF8.self).dropLast()) else {
            throw ToolFailed(command: ["server.py"], output: "it did not start")
        }
        self.port = port
    }

    deinit { close(leash) }

    /// How many requests were answered so far.
    var requests: Int { (try? String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").count) ?? 0 }

    private static func makeCertificates(in scratch: Scratch) throws {
        let script = """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 \
              -subj "/CN=Test authority" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=localhost
            printf 'subjectAltName=DNS:localhost\\n' > server.ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.crt
            cat server.key server.crt > server.pem
            """
        try run(["sh", "-e", "-c", script], in: scratch.path)
    }

    private static let program = """
        import base64, http.server, os, ssl, subprocess, sys, threading

        root, certificate, log = sys.argv[1:4]
        password = "Basic " + base64.b64encode(b"robot:open sesame").decode()

        def only_commits(request):
            wanted = request[request.index(b"want ") + 5:][:40]
            folder = next(os.path.join(root, "public", name, ".git") for name in os.listdir(os.path.join(root, "public")))
            pack = subprocess.run(["git", "--git-dir", folder, "pack-objects", "--stdout", "-q"], input=wanted + b"\\n", capture_output=True).stdout
            return b"0008NAK\\n" + b"%04x" % (len(pack) + 5) + b"\\x01" + pack + b"0000"

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                with open(log, "a") as file:
                    file.write(self.path + "\\n")
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fault = self.path.split("/")[1]
                if fault in ("half", "flipped", "lacking", "hanging"):
                    self.path = "/public/" + self.path.split("/", 2)[2]
                sends = self.command == "POST" and self.path.endswith("/git-upload-pack")
                if fault == "hanging" and sends:
                    threading.Event().wait()
                if fault == "lacking" and sends:
                    return self.reply(200, [("Content-Type", "application/x-git-upload-pack-result")], only_commits(body))
                if not self.path.startswith("/public/") and self.headers.get("Authorization") != password:
                    return self.reply(401, [("WWW-Authenticate", 'Basic realm="test"')], b"")
                path, _, query = self.path.partition("?")
                done = subprocess.run(["git", "-c", "safe.directory=*", "http-backend"], input=body, capture_output=True, env={
                    "PATH": "/usr/bin:/bin", "GIT_PROJECT_ROOT": root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
                    "QUERY_STRING": query, "REQUEST_METHOD": self.command, "REMOTE_USER": "robot",
                    "CONTENT_TYPE": self.headers.get("Content-Type") or "", "CONTENT_LENGTH": str(len(body))})
                head, _, body = done.stdout.partition(b"\\r\\n\\r\\n")
                fields = [tuple(line.split(": ", 1)) for line in head.decode().split("\\r\\n") if ": " in line]
                if fault == "half" and sends:
                    body = body[:len(body) // 2]
                if fault == "flipped" and sends:
                    body = body[:-60] + bytes([body[-60] ^ 1]) + body[-59:]
                status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
                self.reply(status, [field for field in fields if field[0] != "Status"], body)

            do_GET = do_POST = answer

            def reply(self, status, fields, body):
                self.send_response(status)
                for name, value in fields:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *arguments):
                pass

        server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        os._exit(0)
        """
}
