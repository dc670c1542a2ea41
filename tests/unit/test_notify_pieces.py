"""Quiet hours, the shape of requests, signatures and texts, without a database."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from balai.clock import frozen, now
from balai.notify import gateways, hours, mail, receipts, texts
from balai.notify.console_settings import sms_parts
from balai.notify.gateways import Config
from balai.notify.models import MessageHours
from balai.notify.templates import templates
from balai.settings import Settings

JAKARTA = ZoneInfo("Asia/Jakarta")
NIGHT = MessageHours(quiet=True, quiet_from=time(21), quiet_until=time(6), quiet_mail=False)
NOON = MessageHours(quiet=True, quiet_from=time(12), quiet_until=time(13), quiet_mail=True)


def local(hour, minute=0, day=24):
    return datetime(2026, 12, day, hour, minute, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("hours_", "at", "until"),
    [
        (NIGHT, local(20, 59), None),
        (NIGHT, local(21), local(6, day=25)),
        (NIGHT, local(5, 59), local(6)),
        (NIGHT, local(6), None),
        (NIGHT, datetime(2026, 12, 31, 23, tzinfo=JAKARTA), datetime(2027, 1, 1, 6, tzinfo=JAKARTA)),
        (NOON, local(12), local(13)),
        (NOON, local(13), None),
    ],
)
def test_the_night_ends_in_the_morning(hours_, at, until):
    assert hours.wait_until(hours_, JAKARTA, at, phone=True) == until
    assert hours.wait_until(hours_, JAKARTA, at.astimezone(UTC), phone=True) == until


_MINUTES = st.integers(0, 24 * 60 - 1)


@given(st.integers(0, 2 * 365 * 24 * 60), _MINUTES, _MINUTES)
def test_nobody_waits_longer_than_a_day_and_then_it_is_day(minutes, first, last):
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    start, end = time(*divmod(first, 60)), time(*divmod(last, 60))
    if start == end:
        return
    asked = MessageHours(quiet=True, quiet_from=start, quiet_until=end, quiet_mail=False)
    until = hours.wait_until(asked, JAKARTA, at, phone=True)
    if until is not None:
        assert at < until <= at + timedelta(days=1)
        assert hours.wait_until(asked, JAKARTA, until, phone=True) is None
    assert hours.wait_until(asked, JAKARTA, at, phone=False) is None


@given(st.dictionaries(st.sampled_from(["nomor", "pesan", "judul", "id", "rahasia", "nomor62", "nomor0"]), st.text()))
def test_values_stay_values(values):
    config = Config(fields="a.0.to = {nomor}\na.0.text = x{pesan}y\nb = {id}")
    tree = msgspec.json.decode(gateways.body_of(config, values)[0])
    assert set(tree) == {"a", "b"}
    assert set(tree["a"][0]) == {"to", "text"}
    if "pesan" in values:
        assert tree["a"][0]["text"] == f"x{values['pesan']}y"


@pytest.mark.parametrize(
    ("path", "found"), [("a.0.b", "x"), ("a.1.b", None), ("a.b", None), ("c", 7), ("d", None), ("", None)]
)
def test_a_value_is_found_by_its_path(path, found):
    assert gateways.dig({"a": [{"b": "x"}], "c": 7, "d": {"e": 1}}, path) == found


@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=80))
def test_only_the_right_signature_over_these_very_bytes_holds(body, secret, guess):
    config = Config(receipts="hmac", receipt_header="X-Tanda", receipt_time="X-Waktu")
    at = now()
    with frozen(at):
        stamp = str(int(at.timestamp()))
        if secret:
            good = receipts.sign(secret, stamp, body)
            assert receipts.is_proven(config, secret, Headers({"X-Tanda": good, "X-Waktu": stamp}), body)
            assert not receipts.is_proven(config, secret, Headers({"X-Tanda": good, "X-Waktu": stamp}), body + b"x")
        clean = "".join(c for c in guess if c.isprintable())
        assert not receipts.is_proven(config, secret, Headers({"X-Tanda": clean, "X-Waktu": stamp}), body)


@pytest.mark.parametrize(("seconds", "holds"), [(-301, False), (-299, True), (0, True), (299, True), (301, False)])
def test_a_signature_is_good_for_five_minutes(seconds, holds):
    config = Config(receipts="hmac", receipt_header="X-Tanda", receipt_time="X-Waktu")
    at = datetime(2026, 11, 24, 5, tzinfo=UTC)
    stamp = str(int(at.timestamp()) + seconds)
    with frozen(at):
        given_ = Headers({"X-Tanda": "sha256=" + receipts.sign("s", stamp, b"{}"), "X-Waktu": stamp})
        assert receipts.is_proven(config, "s", given_, b"{}") is holds


@given(st.text(max_size=200))
def test_whatever_is_typed_as_a_text_is_taken_or_refused_in_words(typed):
    made = templates()["notify.digest"]
    try:
        kept = texts.check(made, {"subject": typed, "body": typed, "short": typed}, "id")
    except texts.Invalid as refused:
        assert all(error.message for error in refused.errors)  # noqa: PT017 - either way is right
    else:
        texts.fill_own(kept["subject"], kept["body"], kept["short"], made.sample)


@pytest.mark.parametrize(
    ("text", "parts"), [("x" * 160, 1), ("x" * 161, 2), ("x" * 307, 3), ("“" * 70, 1), ("“" * 71, 2), ("", 1)]
)
def test_an_sms_is_counted_as_it_is_paid(text, parts):
    assert sms_parts(text) == parts


def test_a_mail_carries_the_regions_name_and_a_whole_address_to_stop():
    url = "https://kabupaten-yang-namanya-panjang-sekali.contoh.go.id/pesan/berhenti/" + "A" * 38
    config = Settings(mail_from="Balai <halo@balai.go.id>")
    made = mail.make_mail(
        {"message_id": "1", "sender": 'Kota "Uji", Ⓑ\r\nBcc: x@y.id', "stop_url": url},
        config,
        "a@contoh.id",
        "Judul",
        "Isi",
    )
    raw = made.as_bytes().decode()
    assert f"List-Unsubscribe: <{url}>\n" in raw
    assert "\nBcc:" not in raw
    assert "halo@balai.go.id" in raw
    plain = mail.make_mail({"message_id": "1", "sender": "Kota Uji"}, config, "a@contoh.id", "Judul", "Isi").as_string()
    assert "List-Unsubscribe" not in plain
    assert "From: Kota Uji <halo@balai.go.id>" in plain
