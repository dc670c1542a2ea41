"""The region's own QRIS: the sticker from its bank, with amount and reference put in for each payment.

Nobody calls back: the money shows in the bank statement, and only that (or a cashier) settles an invoice.
"""

from collections.abc import Mapping
from typing import Final

import qriskit

from balai.contracts import PaymentAccount, PaymentFault, PaymentOffer, PaymentOrder, PaymentProvider, PaymentSetting
from balai.web.i18n import lazy_gettext as _l


def create(account: PaymentAccount, order: PaymentOrder) -> PaymentOffer:
    """The sticker's text with this order's amount and number in it; PaymentFault when the sticker is no good."""
    sticker = read_sticker(account.values)
    try:
        text = sticker.to_dynamic(order.rupiah, reference=order.code).dumps()
    except (qriskit.QRISError, ValueError) as fault:
        raise PaymentFault("QRIS daerah ini tidak bisa diberi jumlah") from fault
    return PaymentOffer(qr=check(text, order.rupiah))


def read_sticker(values: Mapping[str, str]) -> qriskit.QRIS:
    """The region's static QRIS; PaymentFault when it isn't a good one."""
    try:
        return qriskit.parse("".join(values.get("payload", "").split("\n")).strip(), strict=True)
    except (qriskit.QRISError, ValueError, TypeError) as fault:
        raise PaymentFault(
            "isi QRIS daerah belum benar: salin utuh, dari 000201 sampai empat tanda terakhir"
        ) from fault


def check(text: str, rupiah: int) -> str:
    """A QR's text, once it is a sound dynamic QRIS over exactly this amount without any fee on top; PaymentFault otherwise.

    Also asked of codes that providers make: a wrong amount would send people's money astray.
    """
    try:
        found = qriskit.parse(text, strict=True)
    except (qriskit.QRISError, ValueError, TypeError) as fault:
        raise PaymentFault("kode QRIS yang diterima tidak utuh") from fault
    if found.amount != rupiah or found.point_of_initiation != "dynamic":
        raise PaymentFault("jumlah di kode QRIS berbeda dari jumlah tagihan")
    if found.tip is not None:
        raise PaymentFault("kode QRIS menambah biaya di atas tagihan; itu dilarang")
    return text


def merchant_of(text: str) -> str:
    """Who is paid, as the payer's phone will show it."""
    return qriskit.parse(text).merchant_name or ""


PROVIDER: Final = PaymentProvider(
    key="qrisdaerah",
    label=_l("QRIS milik daerah"),
    methods=("qris",),
    create=create,
    settings=(
        PaymentSetting(
            "payload",
            _l("Isi QRIS"),
            help=_l("Teks di dalam stiker QRIS dari bank, diawali 000201. Pindai stikernya, lalu salin teksnya."),
        ),
    ),
    help=_l("Uangnya terlihat di rekening koran. Tagihan lunas setelah rekening koran dimasukkan."),
)
