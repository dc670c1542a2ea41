"""A receipt as PDF: a strip of 80 mm as long as it needs to be, or A6. Core fonts only, so that no font is shipped."""

from collections.abc import Sequence
from typing import Any, Final

from balai.billing.cashier.finding import Hit
from balai.billing.cashier.models import CashReceipt
from balai.billing.papers import latin
from balai.web.formats import rupiah, waktu
from balai.web.i18n import gettext as _

ROLL: Final = 80  # millimetres
A6: Final = (105, 148)
_LINE: Final = 5
_FIXED_LINES: Final = 13
_LINES_EACH: Final = 3  # of a bill: number, name and sum, what is left


def receipt_pdf(
    receipt: CashReceipt, rows: Sequence[tuple[Hit, int]], *, code: str, region: str, cashier: str, wide: bool, reversed_: bool
) -> bytes:  # fmt: skip
    """The PDF of a receipt. rows: bills with what was paid of each; wide: A6 instead of the roll."""
    from fpdf import FPDF

    height = _LINE * (_FIXED_LINES + _LINES_EACH * len(rows)) + 12
    pdf = FPDF(format=(A6[0], max(A6[1], height)) if wide else (ROLL, height))
    pdf.set_margins(5, 5, 5)
    pdf.set_auto_page_break(auto=True, margin=4)
    pdf.set_title(latin(_("Tanda terima %(code)s", code=code)))
    pdf.set_lang("id")
    pdf.add_page()
    _text(pdf, region, bold=True)
    _text(pdf, _("Tanda terima %(code)s", code=code), bold=True)
    if reversed_:
        _text(pdf, _("DIBATALKAN"), bold=True)
    _text(pdf, waktu(receipt.at))
    _text(pdf, _("Kasir: %(name)s", name=cashier))
    _rule(pdf)
    for hit, amount in rows:
        _pair(pdf, hit.invoice.number, rupiah(amount))
        _text(pdf, hit.name)
        if hit.invoice.outstanding > 0:
            _text(pdf, _("sisa %(left)s", left=rupiah(hit.invoice.outstanding)))
    _rule(pdf)
    for label, value in (
        (_("Jumlah"), receipt.total),
        (_("Diterima"), receipt.handed),
        (_("Kembalian"), receipt.change),
    ):
        _pair(pdf, label, rupiah(value))
    _rule(pdf)
    _text(pdf, _("Simpan struk ini."))
    return bytes(pdf.output())


def _text(pdf: Any, text: str, *, bold: bool = False) -> None:
    pdf.set_font("Helvetica", "B" if bold else "", 9)
    pdf.multi_cell(0, _LINE, latin(text[:200]), new_x="LMARGIN", new_y="NEXT")


def _pair(pdf: Any, left: str, right: str) -> None:
    pdf.set_font("Helvetica", "", 9)
    half = (pdf.w - pdf.l_margin - pdf.r_margin) / 2
    pdf.cell(half, _LINE, latin(left))
    pdf.set_font("Helvetica", "B", 9)
    pdf.cell(half, _LINE, latin(right), align="R", new_x="LMARGIN", new_y="NEXT")


def _rule(pdf: Any) -> None:
    pdf.line(pdf.l_margin, pdf.get_y() + 1, pdf.w - pdf.r_margin, pdf.get_y() + 1)
    pdf.ln(2)
