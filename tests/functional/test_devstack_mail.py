"""The mail catcher over real SMTP and HTTP."""

import json
import smtplib
import urllib.error
import urllib.request
from contextlib import closing
from email.message import EmailMessage

import pytest

from balai.devstack import mail as catcher_module
from balai.devstack.mail import Catcher
from balai.devstack.mailpage import serve


@pytest.fixture
def catcher(tmp_path):
    with Catcher(tmp_path / "mail") as made:
        yield made


@pytest.fixture
def page(catcher):
    with closing(serve(catcher.store, 0)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def send(catcher, *, to="siti@contoh.id", subject="Undangan", text="Halo", subtype="plain"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Balai <balai@contoh.id>", to, subject
    message.set_content(text, subtype=subtype)
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=5) as smtp:
        smtp.send_message(message)


def get(address, *, host=None, method="GET"):
    request = urllib.request.Request(address, headers={"Host": host} if host else {}, method=method)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.read().decode(), answer.headers


def test_a_mail_arrives_with_umlauts_and_links(catcher):
    send(catcher, subject="Undangan untuk Nyoman – é", text="Buka http://bandung.localhost:8000/masuk?u=1&v=2 sekarang")
    (mail,) = catcher.messages("SITI@contoh.id")
    assert mail.subject == "Undangan untuk Nyoman – é"
    assert mail.links == ["http://bandung.localhost:8000/masuk?u=1&v=2"]
    assert mail.sender == "Balai <balai@contoh.id>"
    assert catcher.messages("lain@contoh.id") == []


def test_html_is_shown_as_text_and_nothing_of_it_runs(catcher, page):
    markup = (
        "<head><style>p{}</style><title>x</title></head><p>Halo <b>Siti</b></p>"
        '<a href="http://localhost:8000/x?a=1&amp;b=2">Buka</a><script>alert(1)</script><img src=x onerror=alert(1)>'
    )
    send(catcher, subject="<script>alert(2)</script>", text=markup, subtype="html")
    (mail,) = catcher.messages()
    assert mail.text == "Halo Siti\nBuka <http://localhost:8000/x?a=1&b=2>"
    for path in ("/", f"/surat/{mail.id}"):
        body, headers = get(page + path)
        assert "<script" not in body
        assert "onerror" not in body
        assert "script-src" not in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert 'href="http://localhost:8000/x?a=1&amp;b=2"' in body


def test_json_for_machines_and_clearing(catcher, page):
    send(catcher, to="a@contoh.id", subject="satu")
    send(catcher, to="b@contoh.id", subject="dua")
    everything = json.loads(get(f"{page}/api/surat")[0])
    assert [mail["subject"] for mail in everything] == ["dua", "satu"]
    assert [m["to"] for m in json.loads(get(f"{page}/api/surat?kepada=a@contoh.id")[0])] == [["a@contoh.id"]]
    get(f"{page}/api/surat", method="DELETE")
    assert catcher.messages() == []


@pytest.mark.parametrize("path", ["/surat/tidak-ada", "/surat/../../etc/passwd", "/surat/", "/lain"])
def test_an_unknown_mail_is_a_404_page(page, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(page + path)
    with refused.value as answer:
        assert answer.code == 404
        assert "tidak ada" in answer.read().decode()


def test_another_host_name_is_refused(page):
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(page, host="jahat.example")
    with refused.value as answer:
        assert answer.code == 403


def test_only_the_newest_are_kept(catcher, monkeypatch):
    monkeypatch.setattr(catcher_module, "KEEP", 3)
    for number in range(5):
        send(catcher, subject=f"surat {number}")
    assert [mail.subject for mail in catcher.messages()] == ["surat 4", "surat 3", "surat 2"]


def test_mails_survive_a_restart_and_are_private(tmp_path):
    with Catcher(tmp_path / "mail") as first:
        send(first, subject="tetap ada")
    with Catcher(tmp_path / "mail") as second:
        assert [mail.subject for mail in second.messages()] == ["tetap ada"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "mail").iterdir()} == {0o600}


def test_a_mail_without_a_readable_part_has_empty_text(catcher):
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=5) as smtp:
        smtp.sendmail("a@contoh.id", ["b@contoh.id"], b"Subject: x\r\nContent-Type: image/png\r\n\r\n\x89PNG")
    assert catcher.messages()[0].text == ""
