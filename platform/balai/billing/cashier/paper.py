"""A receipt as PDF: a strip of 80 mm as long as it needs to be, or A6. Core fonts only, so that no font is shipped."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from balai.billing.cashier.finding import Hit
from balai.billing.cashier.models import CashReceipt
from balai.billing.papers import latin
from balai.web.formats import rupiah, waktu
from balai.web.i18n import gettext as _

ROLL: Final = 80  # millimetres
A6: Final = (105, 148)
_LINE: Final = 5
_EDGE: Final = 5
_LONGEST: Final = 3000  # of a roll that is only measured


def receipt_pdf(
    receipt: CashReceipt, rows: Sequence[tuple[Hit, int]], *, code: str, region: str, cashier: str, wide: bool, reversed_: bool
) -> bytes:  # fmt: skip
    """The PDF of a receipt. rows: bills with what was paid of each; wide: A6 instead of the roll."""
    draw = partial(_draw, receipt, rows, code=code, region=region, cashier=cashier, reversed_=reversed_)
    width = A6[0] if wide else ROLL
    used = draw(_page(width, _LONGEST)).get_y() + _EDGE
    pdf = draw(_page(width, max(A6[1], used) if wide else used))
    pdf.set_title(latin(_("Tanda terima %(code)s", code=code)))
    pdf.set_lang("id")
    return bytes(pdf.output())


def _page(width: float, height: float) -> Any:
    from fpdf import FPDF

    pdf = FPDF(format=(width, height))
    pdf.set_margins(_EDGE, _EDGE, _EDGE)
    pdf.set_auto_page_break(auto=False)
    pdf.c_margin = 0
    pdf.add_page()
    return pdf


def _draw(
    receipt: CashReceipt, rows: Sequence[tuple[Hit, int]], pdf: Any, *, code: str, region: str, cashier: str, reversed_: bool
) -> Any:  # fmt: skip
    _text(pdf, region, bold=True)
    _text(pdf, _("Tanda terima %(code)s", code=code), bold=True)
    if reversed_:
        pdf.set_font("Helvetica", "B", 14)
        pdf.cell(0, 9, latin(_("DIBATALKAN")), border=1, align="C", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(1)
    _text(pdf, waktu(receipt.at))
    _text(pdf, _("Kasir: %(name)s", name=cashier))
    _rule(pdf)
    for hit, amount in rows:
        _pair(pdf, hit.invoice.number, rupiah(amount))
        _text(pdf, hit.name)
        if hit.invoice.outstanding > 0:
            _text(pdf, _("sisa %(left)s", left=rupiah(hit.invoice.outstanding)))
        pdf.ln(1)
    _rule(pdf)
    for label, value in (
        (_("Jumlah"), receipt.total),
        (_("Diterima"), receipt.handed),
        (_("Kembalian"), receipt.change),
    ):
        _pair(pdf, label, rupiah(value))
    _rule(pdf)
    _text(pdf, _("Simpan struk ini."))
    return pdf


def _text(pdf: Any, text: str, *, bold: bool = False) -> None:
    pdf.set_font("Helvetica", "B" if bold else "", 9)
    pdf.multi_cell(0, _LINE, latin(text[:200]), align="L", new_x="LMARGIN", new_y="NEXT")


def _pair(pdf: Any, left: str, right: str) -> None:
    pdf.set_font("Helvetica", "", 9)
    half = (pdf.w - pdf.l_margin - pdf.r_margin) / 2
    pdf.cell(half, _LINE, latin(left))
    pdf.set_font("Helvetica", "B", 9)
    pdf.cell(half, _LINE, latin(right), align="R", new_x="LMARGIN", new_y="NEXT")


def _rule(pdf: Any) -> None:
    pdf.line(pdf.l_margin, pdf.get_y() + 1, pdf.w - pdf.r_margin, pdf.get_y() + 1)
    pdf.ln(2)
