"""The way out to addresses that tenants set: where it goes, and where it never goes."""

import datetime as dt
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from balai.outbound import OutboundClient, OutboundError, OutboundRefusedError, is_public
from balai.outbound.addresses import parse, parse_allow_list


class Answers(BaseHTTPRequestHandler):
    seen = None

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        type(self).seen = (self.path, dict(self.headers), self.rfile.read(length))
        self.do_GET()

    def do_GET(self):
        if self.path == "/pindah":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1/")
            self.end_headers()
        elif self.path == "/besar":
            self.send_response(200)
            self.end_headers()
            for _piece in range(40):
                self.wfile.write(b"x" * 1000)
        elif self.path == "/potong":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"x")
        elif self.path == "/tetes":
            self.send_response(200)
            self.end_headers()
            for _second in range(50):
                self.wfile.write(b"x")
                time.sleep(0.1)
        elif self.path == "/kepala":
            for _second in range(50):
                self.wfile.write(b"H")
                time.sleep(0.1)
        else:
            self.send_response(201)
            self.send_header("X-Jawab", "ya")
            self.end_headers()
            self.wfile.write(b"baik")

    def log_message(self, *_arguments):
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments):
        pass


@contextmanager
def serving(context=None):
    server = Quiet(("127.0.0.1", 0), Answers)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def port():
    with serving() as number:
        yield number


def client(port, host="127.0.0.1"):
    return OutboundClient(frozenset({(host, port)}))


def test_an_allowed_address_is_called_and_answers(port):
    reply = client(port).request(
        "POST", f"http://127.0.0.1:{port}/kirim?a=1", body=b"isi", headers={"X-Kunci": "k", "Host": "x"}
    )
    assert (reply.status, reply.ok, reply.headers["x-jawab"], reply.body) == (201, True, "ya", b"baik")
    path, headers, body = Answers.seen
    assert (path, body) == ("/kirim?a=1", b"isi")
    assert headers["X-Kunci"] == "k"
    assert headers["Host"] == f"127.0.0.1:{port}"
    assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("path", "says"), [("/pindah", "mengalihkan"), ("/besar", "terlalu besar"), ("/potong", "gagal")]
)
def test_redirects_floods_and_cut_answers_are_refused(port, path, says):
    with pytest.raises(OutboundError, match=says):
        client(port).request("GET", f"http://127.0.0.1:{port}{path}", max_bytes=20_000)


@pytest.mark.parametrize("path", ["/tetes", "/kepala"])
def test_one_deadline_holds_over_everything(port, path):
    began = time.monotonic()
    with pytest.raises(OutboundError, match="terlalu lama"):
        client(port).request("GET", f"http://127.0.0.1:{port}{path}", timeout=0.6)
    assert time.monotonic() - began < 2


def test_a_silent_port_and_a_closed_one():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        number = silent.getsockname()[1]
        with pytest.raises(OutboundError, match="terlalu lama"):
            client(number).request("GET", f"http://127.0.0.1:{number}/", timeout=0.4)
    with pytest.raises(OutboundError, match="tidak bisa dihubungi"):
        client(number).request("GET", f"http://127.0.0.1:{number}/", timeout=2)


@pytest.mark.parametrize(
    "url",
    [
        "http://contoh.id/", "ftp://contoh.id/", "//contoh.id/", "contoh.id", "https://", "https://user:pw@contoh.id/",
        "https://contoh.id:0/", "https://contoh.id:99999/", "https://contoh.id:x/", "https://contoh.id/\r\nX: y",
        "https://con toh.id/", "https://[::1%25eth0]/", "https://[::1/", "file:///etc/passwd", "https://" + "a" * 300 + ".id/",
        "https://contoh.id/é",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused_unresolved(url, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: pytest.fail("resolved"))
    with pytest.raises(OutboundRefusedError):
        OutboundClient().request("GET", url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/",
        "https://10.0.0.1/", "https://192.168.1.1/", "https://172.16.0.1/", "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/", "https://0.0.0.0/", "https://[::ffff:10.0.0.1]/", "https://[::10.0.0.1]/",
        "https://[64:ff9b::a00:1]/", "https://[2002:0a00:0001::]/", "https://[fe80::1]/", "https://[fd00::1]/",
        "https://224.0.0.1/", "https://255.255.255.255/", "https://[2001:0:0a00:1::f5ff:fffe]/",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_in_every_spelling(url):
    with pytest.raises(OutboundRefusedError):
        OutboundClient().check(url)


def test_public_addresses_are_public():
    for address in ("8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"):
        assert is_public(address), ip_address(address)


def test_one_private_answer_refuses_all(monkeypatch):
    answers = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: answers)
    with pytest.raises(OutboundRefusedError, match="jaringan dalam"):
        OutboundClient().check("https://contoh.id/")


def test_an_unknown_name_is_no_internal_fault():
    with pytest.raises(OutboundError, match="tidak ditemukan"):
        OutboundClient().check("https://tidak-ada.invalid/")


def test_the_allow_list_names_host_and_port():
    allowed = parse_allow_list(" localhost:8090, [::1]:25,")
    assert allowed == {("localhost", 8090), ("::1", 25)}
    assert parse("http://[::1]:25/x", allowed).authority == "[::1]:25"
    assert not parse("https://localhost:8091/", allowed).trusted
    with pytest.raises(ValueError):
        parse_allow_list("localhost")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gerbang.contoh.id")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("gerbang.contoh.id")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "cert.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_the_checked_address_is_the_one_that_is_called_and_the_name_is_proven(certificate, monkeypatch):
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain(certificate)
    with serving(inside) as number:
        asked = []

        def names(host, port, **_options):
            asked.append(host)
            return [(2, 1, 6, "", ("127.0.0.1", port))]

        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, port, *a, **k: real(host, port, *a, **k) if host[0] == "1" else names(host, port),
        )
        trusting = ssl.create_default_context(cafile=str(certificate))
        allow = frozenset({("gerbang.contoh.id", number), ("lain.contoh.id", number)})
        mine = OutboundClient(allow, context=trusting)
        assert mine.request("GET", f"https://gerbang.contoh.id:{number}/").status == 201
        assert asked == ["gerbang.contoh.id"]
        with pytest.raises(OutboundError, match="sertifikat"):
            mine.request("GET", f"https://lain.contoh.id:{number}/")
        with pytest.raises(OutboundError, match="sertifikat"):
            OutboundClient(allow).request("GET", f"https://gerbang.contoh.id:{number}/")
