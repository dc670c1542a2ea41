"""The invoice on paper: black on white, one column, a QR code of the public link. Core fonts only, so that no font is shipped."""

import io
from datetime import date
from typing import Any, Final

from balai.billing import invoices
from balai.billing.days import local_day, today
from balai.billing.instalments import parts_of
from balai.billing.models import Invoice
from balai.db import TenantSession
from balai.tenancy import TenantProfile
from balai.web.formats import rupiah, tanggal
from balai.web.i18n import gettext as _

MARGIN: Final = 18
WIDTH: Final = 174
SUM: Final = 45  # the column of sums
QR: Final = 38


def invoice_pdf(session: TenantSession, invoice: Invoice, *, base_url: str, how_to_pay: str = "") -> bytes:
    """The PDF of an invoice, A4. base_url: scheme and host of the region's pages, for the QR code."""
    pdf = _sheet(_("Tagihan %(number)s", number=invoice.number))
    pdf.set_margins(MARGIN, MARGIN, MARGIN)
    pdf.c_margin = 0  # texts begin where the lines do
    pdf.set_auto_page_break(auto=True, margin=MARGIN)
    pdf.set_title(latin(_("Tagihan %(number)s", number=invoice.number)))
    pdf.set_lang("id")
    pdf.add_page()
    pdf.alias_nb_pages()
    _head(pdf, session, invoice, base_url)
    _lines(pdf, invoice)
    _after(pdf, session, invoice)
    _parts(pdf, invoice)
    _feet(pdf, how_to_pay)
    return bytes(pdf.output())


def _sheet(title: str) -> Any:
    """An A4 paper whose pages say what they belong to."""
    from fpdf import FPDF

    class Sheet(FPDF):
        def footer(self) -> None:
            self.set_y(-MARGIN + 4)
            self.set_font("Helvetica", "", 8.5)
            words = _("%(title)s, halaman %(page)s dari %(pages)s", title=title, page=self.page_no(), pages="{nb}")
            self.cell(WIDTH, 4, latin(words), align="C")

    return Sheet(format="A4")


def latin(text: str) -> str:
    """What the built-in fonts can write; anything else becomes a question mark."""
    plain = text.translate({0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0xA0: " "})
    return plain.encode("latin-1", "replace").decode("latin-1")


def _text(pdf: Any, text: str, size: float = 10.5, *, bold: bool = False, width: float = 0, align: str = "L") -> None:
    pdf.set_font("Helvetica", "B" if bold else "", size)
    pdf.multi_cell(width, size * 0.5, latin(text), align=align, new_x="LMARGIN", new_y="NEXT")


def _head(pdf: Any, session: TenantSession, invoice: Invoice, base_url: str) -> None:
    from sqlalchemy import select

    profile = session.scalars(select(TenantProfile)).first()
    link = base_url.rstrip("/") + invoices.public_path(session, invoice)
    pdf.image(
        _qr(link), x=MARGIN + WIDTH - QR, y=MARGIN, w=QR, h=QR, alt_text=latin(_("Kode QR ke halaman tagihan ini"))
    )
    left = WIDTH - QR - 6
    _text(pdf, profile.display_name if profile else "", 12, bold=True, width=left)
    if profile and (profile.address or profile.phone):
        _text(pdf, " · ".join(v for v in (profile.address, profile.phone) if v), 9, width=left)
    pdf.ln(3)
    _text(pdf, _("Tagihan %(number)s", number=invoice.number), 17, bold=True, width=left)
    pdf.ln(1)
    payer = invoices.payer_of(session, invoice)
    for label, value in (
        (_("Untuk"), payer.name),
        (_("Tanggal tagihan"), tanggal(invoice.issued_on)),
        (_("Bayar paling lambat"), tanggal(invoice.next_due_on)),
    ):  # fmt: skip
        _pair(pdf, label, value, left)
    _text(
        pdf,
        _("Keadaan pada %(day)s: %(state)s", day=tanggal(today(session)), state=state_word(session, invoice)),
        10,
        width=left,
    )
    pdf.set_y(max(pdf.get_y(), MARGIN + QR + 4) + 4)


def state_word(session: TenantSession, invoice: Invoice) -> str:
    """How it stands, in a word for people."""
    words = {
        "open": _("belum dibayar"), "part_paid": _("dibayar sebagian"), "paid": _("lunas"), "overdue": _("lewat batas bayar"),
        "cancelled": _("dibatalkan"),
    }  # fmt: skip
    return words[invoices.status_of(invoice, today(session))]


def _pair(pdf: Any, label: str, value: str, width: float) -> None:
    pdf.set_font("Helvetica", "", 10.5)
    pdf.cell(40, 5.6, latin(label))
    pdf.set_font("Helvetica", "B", 10.5)
    pdf.multi_cell(width - 40, 5.6, latin(value), new_x="LMARGIN", new_y="NEXT")


def _row(pdf: Any, left: str, right: str, *, note: str = "", bold: bool = False) -> None:
    """A line of a table, never torn apart by the end of a page: its sum would get lost."""
    parts = [(left, "B" if bold else "", 10.5, 5.4), *([(note, "", 8.5, 4.2)] if note else [])]
    if pdf.will_page_break(sum(_height(pdf, *part) for part in parts) + 2.4):
        pdf.add_page()
    top = pdf.get_y()
    for text, style, size, high in parts:
        pdf.set_font("Helvetica", style, size)
        pdf.multi_cell(WIDTH - SUM, high, latin(text), align="L", new_x="LMARGIN", new_y="NEXT")
    below = pdf.get_y()
    pdf.set_font("Helvetica", "B" if bold else "", 10.5)
    pdf.set_xy(MARGIN + WIDTH - SUM, top)
    pdf.cell(SUM, 5.4, latin(right), align="R")
    pdf.line(MARGIN, below + 1, MARGIN + WIDTH, below + 1)
    pdf.set_xy(MARGIN, below + 2.4)


def _height(pdf: Any, text: str, style: str, size: float, high: float) -> float:
    pdf.set_font("Helvetica", style, size)
    return float(pdf.multi_cell(WIDTH - SUM, high, latin(text), align="L", dry_run=True, output="HEIGHT"))


def _title(pdf: Any, text: str) -> None:
    """A heading that stays with what it stands over."""
    if pdf.will_page_break(24):
        pdf.add_page()
    pdf.ln(2)
    _text(pdf, text, 12, bold=True)
    pdf.ln(1)


def quantity_words(line: dict[str, Any]) -> str:
    """`20 m3 × Rp1.100`, or nothing when the line is one piece without a price."""
    if line["unit_price"] is None:
        return f"{line['quantity']} {line['unit']}".strip() if line["unit"] else ""
    return f"{line['quantity']} {line['unit']}".strip() + f" x {rupiah(line['unit_price'])}"


def reason_words(line: dict[str, Any]) -> str:
    """Why this line: what its issuer wrote, joined."""
    return " · ".join(str(value) for value in line["reason"].values() if value)


def _lines(pdf: Any, invoice: Invoice) -> None:
    _title(pdf, _("Rincian"))
    for line in invoice.lines:
        note = " · ".join(words for words in (quantity_words(line), reason_words(line)) if words)
        _row(pdf, line["text"], rupiah(line["amount"]), note=note)
    _row(pdf, _("Jumlah tagihan"), rupiah(invoice.total), bold=True)


def _after(pdf: Any, session: TenantSession, invoice: Invoice) -> None:
    later = [h for h in invoices.history(session, invoice) if h.kind not in {"billed", "instalments"}]
    if later:
        _title(pdf, _("Yang terjadi sesudahnya"))
        for moment in later:
            note = moment.payment.receipt if moment.payment else moment.reason
            if moment.kind == "late_fee":
                missed = tanggal(date.fromisoformat(moment.data["due_on"]))
                told = _("batas bayar %(day)s lewat, bulan ke-%(n)s", day=missed, n=moment.data["month"])
                note = " · ".join(words for words in (told, note) if words)
            _row(
                pdf,
                f"{tanggal(local_day(session, moment.at))}  {kind_word(moment.kind)}",
                rupiah(moment.amount),
                note=note,
            )
    pdf.ln(2)
    if pdf.will_page_break(14):
        pdf.add_page()
    pdf.set_font("Helvetica", "B", 13)
    words = latin(_("Sisa yang harus dibayar: %(sum)s", sum=rupiah(invoice.rest)))
    pdf.cell(WIDTH, 10, words, border=1, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(3)


def kind_word(kind: str) -> str:
    """What happened, in words for the payer."""
    return {
        "billed": _("Ditagih"), "late_fee": _("Denda terlambat"), "credit": _("Potongan"), "cancel": _("Tagihan dibatalkan"),
        "instalments": _("Cicilan disetujui"), "paid": _("Pembayaran"), "taken_back": _("Pembayaran ditarik kembali"),
    }[kind]  # fmt: skip


def moments(session: TenantSession, invoice: Invoice) -> list[dict[str, Any]]:
    """An invoice's history as pages show it: row, word, local day, and for a late fee the day that was missed."""
    return [
        {
            "row": m,
            "word": kind_word(m.kind),
            "day": local_day(session, m.at),
            "due": date.fromisoformat(m.data["due_on"]) if m.kind == "late_fee" else None,
        }
        for m in invoices.history(session, invoice)
    ]


def _parts(pdf: Any, invoice: Invoice) -> None:
    rows = parts_of(invoice)
    if not rows:
        return
    _title(pdf, _("Cicilan"))
    for row in rows:
        day: date = row["due_on"]
        left = _("lunas") if not row["left"] else _("sisa %(sum)s", sum=rupiah(row["left"]))
        _row(pdf, f"{tanggal(day)}  ({left})", rupiah(row["amount"]))


def _feet(pdf: Any, how_to_pay: str) -> None:
    if how_to_pay.strip():
        _title(pdf, _("Cara membayar"))
        _text(pdf, how_to_pay)
        pdf.ln(2)
    _text(pdf, _("Pindai kode QR di surat ini untuk melihat tagihan ini, riwayatnya, dan cara membayar."), 9)
    _text(pdf, _("Siapa pun yang memegang surat ini bisa membukanya."), 9)


def _qr(link: str) -> io.BytesIO:
    import segno

    image = io.BytesIO()
    segno.make(link, error="m").save(image, kind="png", scale=8, border=2)
    image.seek(0)
    return image
