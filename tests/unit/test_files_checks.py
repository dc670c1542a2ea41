"""Uploads are what they say, harmless, and small; everything else is refused in words."""

import struct
import subprocess
import sys
import warnings
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from balai.files import FileRefused, check, limits
from balai.files.checks import KINDS, black_out, image_child
from balai.files.checks.image import bounds
from balai.files.checks.sniff import claimed_kind, form_of
from balai.files.refusals import shown_name

MEDIA = Path(__file__).parents[1] / "data" / "media"
CALM = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def encoded(form, size=(120, 80), mode="RGB", color=(200, 30, 30), **options):
    out = BytesIO()
    Image.new(mode, size, color).save(out, form, **options)
    return out.getvalue()


def photo_with_position():
    image = Image.new("RGB", (300, 200), "navy")
    exif = image.getexif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif[0x010F] = "Kamera Siti"
    exif.get_ifd(0x8825)[2] = (6.0, 54.0, 0.0)
    out = BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"rahasia di komentar", icc_profile=b"profil" * 30)
    return out.getvalue()


def pdf(pages=1, act=None, password=None):
    writer = pypdf.PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(200, 200)
    if act:
        act(writer)
    if password:
        writer.encrypt(password, algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def refusal(data, name="berkas", kinds=KINDS):
    with pytest.raises(FileRefused) as caught:
        check(data, name, kinds)
    assert shown_name(name) in caught.value.message
    assert caught.value.errors[0].field == "file"
    return caught.value


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_photos_become_plain_jpeg(form):
    checked = check(encoded(form), "foto." + form.lower(), KINDS)
    assert checked.media_type == "image/jpeg"
    assert form_of(checked.content) == form_of(checked.thumbnail) == "jpeg"
    assert (checked.width, checked.height) == (120, 80)


def test_nothing_but_the_pixels_survives():
    data = photo_with_position()
    assert b"Kamera Siti" in data
    checked = check(data, "IMG.JPG", KINDS)
    assert (checked.width, checked.height) == (200, 300)  # turned as the phone meant it
    for trace in (b"Siti", b"rahasia", b"Exif", b"ICC_PROFILE", b"profil"):
        assert trace not in checked.content
        assert trace not in checked.thumbnail
    with Image.open(BytesIO(checked.content)) as image:
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_payload_behind_the_picture_is_gone():
    data = encoded("JPEG") + b"<script>alert(1)</script>PK\x03\x04"
    assert b"script" not in check(data, "foto.jpg", KINDS).content


def test_transparency_becomes_white_and_odd_modes_are_read():
    clear = check(encoded("PNG", mode="RGBA", color=(255, 0, 0, 0)), "a.png", KINDS)
    with Image.open(BytesIO(clear.content)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)
    grey = check(encoded("PNG", mode="I;16", color=32768), "a.png", KINDS)
    with Image.open(BytesIO(grey.content)) as image:
        assert 120 <= image.getpixel((5, 5))[0] <= 136
    for mode, form in (("L", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("LA", "PNG")):
        color = {"L": 1, "CMYK": (1, 2, 3, 4), "P": 1, "1": 1, "LA": (9, 9)}[mode]
        assert check(encoded(form, mode=mode, color=color), "a", KINDS).width == 120


def test_large_photos_are_made_smaller():
    checked = check(encoded("JPEG", size=(8000, 6000)), "besar.jpg", KINDS)  # 48 megapixels, as phones make them
    assert (checked.width, checked.height) == (2000, 1500)  # a whole fraction of the sent size, at most 2048
    with Image.open(BytesIO(checked.thumbnail)) as image:
        assert max(image.size) == 320


def bomb(side):
    """A PNG of side x side pixels that is a few kilobytes long."""
    line = zlib.compressobj(9)
    packed = b"".join(line.compress(b"\0" * (side + 1)) for _row in range(side)) + line.flush()

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [5000, 9000, 15000])
def test_a_bomb_is_refused_before_it_unpacks(side):
    data = bomb(side)
    assert len(data) < 300_000
    assert refusal(data, "bom.png").reason == "too_many_pixels"


def test_progressive_photos_have_the_limit_of_what_is_decoded_whole():
    assert check(encoded("JPEG", size=(4000, 3000), progressive=True), "a.jpg", KINDS).width == 2000
    assert refusal(encoded("JPEG", size=(6000, 4000), progressive=True)).reason == "too_many_pixels"


def test_sizes_between_are_scaled_to_the_limit():
    assert check(encoded("PNG", size=(2500, 1000)), "a.png", KINDS).width == 2048
    assert check(encoded("JPEG", size=(2500, 1000)), "a.jpg", KINDS).width == 2048
    assert check(encoded("JPEG", size=(2000, 1000)), "a.jpg", KINDS).width == 2000


def test_the_web_worker_never_loads_a_decoder():
    code = "import sys, balai.files; print(sorted({'PIL', 'pypdf'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


def test_moving_pictures_are_refused():
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue")]
    for form in ("WEBP", "PNG", "GIF"):
        out = BytesIO()
        frames[0].save(out, form, save_all=True, append_images=frames[1:], loop=0)
        assert refusal(out.getvalue()).reason == "animated"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("foto.jpg", b"", "empty"),
        ("foto.jpg", b"<html><script>alert(1)</script></html>", "unknown"),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown"),
        ("foto.jpg", b"MZ\x90\x00", "unknown"),
        ("foto.jpg", pdf(), "disguised"),
        ("surat.pdf", encoded("PNG"), "disguised"),
        ("foto.heic", b"\0\0\0\x18ftypheic\0\0\0\0", "heic"),
        ("foto.jpg", b"\0\0\0\x18ftypmp42\0\0\0\0", "disguised"),
        ("gambar.gif", encoded("GIF", mode="P", color=1), "unknown"),
        ("foto.jpg", b"\xff\xd8\xff" + b"x" * 100, "damaged"),
        ("foto.png", encoded("PNG")[:60], "damaged"),
    ],
)
def test_what_a_file_is_not(name, data, reason):
    assert refusal(data, name).reason == reason


def test_an_ending_of_the_same_kind_is_no_disguise():
    assert check(encoded("PNG"), "WhatsApp Image.jpeg", KINDS).kind == "image"
    assert check(encoded("PNG"), "tanpa-akhiran", KINDS).kind == "image"


def test_only_what_is_wanted_here():
    fault = refusal(pdf(), "surat.pdf", ("image",))
    assert fault.reason == "not_wanted"
    assert "foto JPEG, PNG, atau WebP" in fault.message
    assert "PDF atau pesan suara" in refusal(encoded("PNG"), "a.png", ("pdf", "voice")).message


def test_size_comes_before_parsing(monkeypatch):
    monkeypatch.setitem(limits.MAX_BYTES, "image", 100)
    fault = refusal(encoded("PNG", size=(500, 500)), "besar.png")
    assert (fault.reason, fault.status, fault.slug) == ("too_large", 413, "terlalu-besar")


def test_names_are_cut_to_fit_a_sentence():
    assert shown_name("../../etc/passwd") == "passwd"
    assert shown_name("C:\\foto\\ktp.jpg") == "ktp.jpg"
    assert shown_name("a\r\nb\x00.jpg") == "ab.jpg"
    assert shown_name("\x00") == "tanpa nama"
    assert len(shown_name("x" * 200 + ".jpg")) == 60
    assert claimed_kind("KTP.JPG") == "image"
    assert claimed_kind("dokumen") is None


def test_rectangles_are_painted_over():
    photo = check(encoded("JPEG", size=(400, 300), color="white"), "a.jpg", KINDS)
    hidden = black_out(photo.content, [(50, 50, 10, 10), (300, 200, 9999, 9999)])
    with Image.open(BytesIO(hidden.content)) as image:
        assert max(image.getpixel((30, 30))) < 20
        assert max(image.getpixel((350, 250))) < 20
        assert min(image.getpixel((200, 100))) > 235


def test_a_plain_pdf_is_kept_as_it_is():
    data = pdf(3)
    checked = check(data, "surat.pdf", KINDS)
    assert (checked.pages, checked.content, checked.thumbnail) == (3, data, None)


def scripted(writer):
    action = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert(1)")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject(k): v for k, v in action.items()})


def launching(writer):
    action = DictionaryObject({NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("cmd.exe")})
    note = DictionaryObject({NameObject("/Subtype"): NameObject("/Link"), NameObject("/A"): writer._add_object(action)})
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(note)])


def carrying(writer):
    writer.add_attachment("virus.exe", b"MZ")


def deep(writer):
    nest = ArrayObject()
    for _level in range(100):
        nest = ArrayObject([nest])
    writer.root_object[NameObject("/Deep")] = nest


@pytest.mark.parametrize("act", [scripted, launching, carrying, deep])
def test_a_pdf_that_can_act_is_refused(act):
    assert refusal(pdf(act=act), "surat.pdf").reason == "active"


def test_a_locked_long_or_broken_pdf_is_refused():
    assert refusal(pdf(password="x"), "surat.pdf").reason == "locked"
    fault = refusal(pdf(61), "surat.pdf")
    assert fault.reason == "too_many_pages"
    assert "61 halaman" in fault.message
    assert refusal(b"%PDF-1.7\nnothing", "surat.pdf").reason == "damaged"
    assert refusal(b"%PDF-" + b"9" * 100_000, "surat.pdf").reason == "damaged"


def test_a_pdf_that_takes_too_long_ends_in_its_own_process(monkeypatch):
    from balai.files.checks import pdf as room

    sleeper = MEDIA.parent / "sleeper.py"
    monkeypatch.setattr(room, "_CHILD", sleeper)
    monkeypatch.setattr(limits, "PDF_SECONDS", 1)
    assert refusal(pdf(), "surat.pdf").reason == "damaged"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("voice.ogg", "audio/ogg"),
        ("voice.webm", "audio/webm"),
        ("voice-live.webm", "audio/webm"),  # as a browser records: no sizes, no length
        ("voice.m4a", "audio/mp4"),
        ("voice-fragmented.mp4", "audio/mp4"),
    ],
)
def test_voice_notes_are_measured(name, media_type):
    checked = check((MEDIA / name).read_bytes(), name, KINDS)
    assert checked.media_type == media_type
    assert 1.9 < checked.seconds < 2.2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("long.ogg", "too_long"),
        ("long.webm", "too_long"),
        ("long-fragmented.mp4", "too_long"),
        ("video.webm", "not_voice"),
        ("video.mp4", "not_voice"),
        ("vorbis.ogg", "not_voice"),
    ],
)
def test_what_is_no_voice_note_is_refused(name, reason):
    assert refusal((MEDIA / name).read_bytes(), name).reason == reason


def test_descriptions_inside_a_voice_note_are_blanked():
    data = (MEDIA / "voice.m4a").read_bytes()
    assert b"Rumah Siti" in data
    kept = check(data, "voice.m4a", KINDS).content
    assert b"Rumah Siti" not in kept
    assert len(kept) == len(data)
    assert check(kept, "voice.m4a", KINDS).seconds == check(data, "voice.m4a", KINDS).seconds


RECORDINGS = [path.read_bytes() for path in sorted(MEDIA.glob("voice*"))]
PHOTOS = [photo_with_position(), encoded("PNG", mode="RGBA", color=(1, 2, 3, 4)), encoded("WEBP")]
CHANGES = st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=6)), max_size=6)


def corrupted(data, changes, cut):
    broken = bytearray(data)
    for number, new in changes:
        at = number % len(broken)
        broken[at : at + len(new)] = new
    return bytes(broken[: cut % len(broken)] if cut else broken)


@CALM
@given(st.sampled_from(RECORDINGS), CHANGES, st.integers(0, 10**6) | st.none())
def test_corrupted_recordings_are_read_or_refused(data, changes, cut):
    with suppress(FileRefused):
        assert check(corrupted(data, changes, cut), "acak", KINDS).content


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(PHOTOS), CHANGES, st.integers(0, 10**6) | st.none())
def test_corrupted_photos_are_read_or_refused(data, changes, cut):
    with suppress(FileRefused):
        assert check(corrupted(data, changes, cut), "acak", KINDS).content


@CALM
@given(st.sampled_from(PHOTOS), CHANGES)
def test_whatever_comes_out_of_a_corrupted_photo_is_a_small_plain_jpeg(data, changes):
    facts, content, small = {"reason": "damaged"}, b"", b""
    with warnings.catch_warnings(), suppress(Exception):  # what the child turns into "damaged"
        warnings.simplefilter("ignore")
        facts, content, small = image_child.work(corrupted(data, changes, None), image_child.Bounds(**bounds()), [])
    if "reason" not in facts:
        assert form_of(content) == form_of(small) == "jpeg"
        assert max(facts["width"], facts["height"]) <= limits.MAX_SIDE_KEPT


@CALM
@given(
    st.sampled_from([b"OggS", b"\x1a\x45\xdf\xa3", b"\0\0\0\x10ftypisom"]),
    st.binary(max_size=300),
)
def test_garbage_behind_a_true_beginning_is_refused(start, rest):
    refusal(start + rest)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8))
def test_corrupted_pdfs_are_read_or_refused(changes):
    broken = bytearray(pdf(2))
    for number, new in changes:
        at = 8 + number % (len(broken) - 8)
        broken[at : at + len(new)] = new
    with suppress(FileRefused):
        assert check(bytes(broken), "surat.pdf", KINDS).pages
