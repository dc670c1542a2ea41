"""A technician's first 30 minutes: from the mail to the first answered report, in the console only.

Everything is real: web server, worker, Keycloak, mail. The test counts what the technician has to do and prints it.
"""

import io
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from balai.admin.onboarding import Wish, onboard

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from balai.tenancy import Tenant
    from balai.testing.live import Live

pytestmark = [pytest.mark.browser, pytest.mark.identity]
DESKTOP = {"width": 1280, "height": 860}
PASSWORD = "padi menguning 1945"


@dataclass
class Hand:
    """A person at a browser whose every page, field and click is counted."""

    page: "Page"
    pages: int = 0
    fields: int = 0
    clicks: int = 0
    chapters: list[tuple[str, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        def moved(frame: Any) -> None:
            self.pages += frame == self.page.main_frame and frame.url != "about:blank"

        self.page.on("framenavigated", moved)

    def fill(self, label: str, value: str) -> None:
        self.fields += 1
        self.page.get_by_label(label, exact=False).first.fill(value)

    def check(self, label: str) -> None:
        self.fields += 1
        self.page.get_by_label(label).first.check()

    def upload(self, label: str, name: str, body: bytes, kind: str) -> None:
        self.fields += 1
        self.page.get_by_label(label).set_input_files({"name": name, "mimeType": kind, "buffer": body})

    def click(self, what: "Locator") -> None:
        self.clicks += 1
        what.click()

    def press(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name).first)

    def follow(self, name: str) -> None:
        self.click(self.page.get_by_role("link", name=name).first)

    def menu(self, name: str) -> None:
        self.click(self.page.locator(".side-wide").get_by_role("link", name=name))

    def chapter(self, title: str) -> None:
        done = [sum(c[i] for c in self.chapters) for i in (1, 2, 3)]
        self.chapters.append((title, self.pages - done[0], self.fields - done[1], self.clicks - done[2]))

    def told(self) -> str:
        rows = [f"{'step':<28}{'pages':>6}{'fields':>8}{'clicks':>8}"]
        rows += [f"{title:<28}{p:>6}{f:>8}{c:>8}" for title, p, f, c in self.chapters]
        rows.append(f"{'together':<28}{self.pages:>6}{self.fields:>8}{self.clicks:>8}")
        return "\n".join(rows)


@pytest.fixture
def invited(balai_live: "Live") -> "tuple[Tenant, str]":
    """A region that the operator has just opened, and the address of its first admin."""
    email = f"teknisi-{uuid.uuid4().hex[:6]}@jogjakota.go.id"
    with balai_live.app.app_context():
        opened = onboard(balai_live.settings, Wish(admin_email=email, admin_name="Tono Teknisi", region_code="34.71"))
    assert opened.password is None, "there is mail, so nobody is shown a password"
    return opened.tenant, email


def crest() -> bytes:
    from PIL import Image, ImageDraw

    out = io.BytesIO()
    picture = Image.new("RGBA", (400, 480), (0, 0, 0, 0))
    ImageDraw.Draw(picture).polygon(
        [(20, 20), (380, 20), (380, 300), (200, 460), (20, 300)], fill="#0a7a3b", outline="#f2b705"
    )
    picture.save(out, "PNG")
    return out.getvalue()


def test_from_the_mail_to_the_first_answer(balai_live: "Live", invited: "tuple[Tenant, str]", new_context: Any) -> None:
    tenant, email = invited
    started = time.monotonic()
    hand = Hand(new_context(viewport=DESKTOP).new_page())
    page = hand.page

    mail = balai_live.mail(email)
    assert tenant.name in mail["subject"] + mail["text"]
    page.goto(next(link for link in mail["links"] if "action-token" in link))
    sign_in_from_the_mail(hand, email)
    page.wait_for_url("**/kelola")
    hand.chapter("mail to signed in")

    hand.follow("Nama, warna, dan kontak")
    hand.fill("Kalimat di bawah nama", "Berhati nyaman melayani")
    hand.fill("Warna pertama", "#0a7a3b")
    hand.fill("Warna kedua", "#f2b705")
    hand.fill("Telepon", "(0274) 515865")
    hand.press("Simpan")
    page.get_by_text("Tampilan daerah tersimpan").wait_for()
    hand.upload("Gambar lambang", "lambang.png", crest(), "image/png")
    hand.press("Pasang lambang")
    page.get_by_text("Lambang tersimpan").wait_for()
    hand.chapter("name, colours, crest")

    for name in ("Wati Petugas", "Budi Petugas"):
        hand.menu("Petugas")
        hand.follow("Undang petugas")
        address = f"{uuid.uuid4().hex[:8]}@jogjakota.go.id"
        hand.fill("Nama lengkap", name)
        hand.fill("Alamat email", address)
        hand.press("Undang")
        page.get_by_text(f"Undangan untuk {name} sudah dikirim").wait_for()
        assert balai_live.mail(address)["links"]
    hand.chapter("two officers invited")

    hand.menu("Layanan daerah")
    line = page.locator("tr, li, article").filter(has_text="Pengaduan, usul")
    hand.click(line.get_by_role("link", name="Nyalakan").first)
    hand.fill("Alasannya", "Dipakai mulai hari ini.")
    hand.press("Ya, nyalakan")
    page.get_by_text("aktif").first.wait_for()
    hand.chapter("services on")

    code = a_citizen_reports(balai_live, tenant, new_context)

    hand.menu("Mulai")
    hand.follow("Laporan pertama dijawab")
    hand.click(page.get_by_role("link", name=re.compile("Lubang besar")).first)
    assert code in page.inner_text("main")
    answer(hand)
    hand.menu("Mulai")
    page.get_by_text("Daerah ini sudah siap").or_(page.get_by_text("Tinggal 1 langkah")).wait_for()
    hand.chapter("first report answered")

    print(f"\n{hand.told()}\n{time.monotonic() - started:.0f} s by machine")
    # What a person can do in 30 minutes, with room: a quarter of a minute per click, half a minute per field.
    assert hand.clicks <= 30
    assert hand.fields <= 20
    assert hand.pages <= 40


def sign_in_from_the_mail(hand: Hand, email: str) -> None:
    """Keycloak's pages: set a password, come back, sign in with it."""
    page = hand.page
    hand.click(page.locator("#kc-info-message a, #kc-content a").first)
    for box in ("#password-new", "#password-confirm"):
        enter(hand, box, PASSWORD)
    hand.click(page.locator("[type=submit]").first)
    hand.follow("Kembali ke Balai")
    enter(hand, "input[name=username]", email)
    hand.click(page.locator("[type=submit]").first)
    enter(hand, "input[name=password]", PASSWORD)
    hand.click(page.locator("[type=submit]").first)


def enter(hand: Hand, box: str, value: str) -> None:
    hand.fields += 1
    hand.page.locator(box).fill(value)


def a_citizen_reports(live: "Live", tenant: "Tenant", new_context: Any) -> str:
    """Somebody else's phone: not the technician's work, so not counted. The report's code."""
    page = new_context().new_page()
    page.goto(live.url(tenant, "/"))
    page.get_by_role("link", name="Laporkan masalah").click()
    page.get_by_label("Tentang apa?").select_option("jalan")
    page.get_by_label("Apa yang terjadi?").fill("Lubang besar di depan sekolah sejak dua minggu.")
    page.get_by_label(re.compile("Desa atau kelurahan")).select_option(index=3)
    page.get_by_label(re.compile("Patokan")).fill("depan sekolah")
    page.get_by_role("button", name="Kirim").click()
    page.wait_for_load_state()
    found = re.search(r"\d{4}-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]", page.inner_text("main"))
    assert found, page.inner_text("main")
    return found.group()


def answer(hand: Hand) -> None:
    """The report's page: answer and close."""
    hand.click(hand.page.locator("summary", has_text="Jawab dan selesaikan"))
    step = hand.page.locator("#langkah-selesaikan")
    hand.fields += 1
    step.locator("textarea").fill("Lubang sudah ditambal tadi pagi. Terima kasih.")
    hand.click(step.get_by_role("button", name="Jawab dan selesaikan"))
    hand.page.get_by_text("Lubang sudah ditambal").first.wait_for()
