"""What a case keeps of a person besides the form's own fields: for what, on which basis, how long. Said once, used everywhere:
the record of processing, the sentence beside the field, and the run that deletes.
"""

from typing import Final

from balai.contracts import Field, PersonalData
from balai.web.i18n import gettext as _
from balai.web.i18n import ngettext

_BASIS: Final = "UU 25/2009 pasal 36 dan UU 27/2022 pasal 20 ayat (2) huruf e"
CONTACT: Final = PersonalData("nama, nomor HP, dan email pelapor", "memberi kabar dan jawaban", _BASIS, 730, "cases")
WORDS: Final = PersonalData("uraian, lokasi, dan berkas laporan", "menangani laporan", _BASIS, 1825, "cases")
ORIGIN: Final = PersonalData(
    "sandi dari HP dan alamat jaringan pengirim",
    "menahan kiriman beruntun dari satu pengirim",
    _BASIS,
    7,
    "case_origin",
)
BLOCKED: Final = PersonalData(
    "sandi dari nomor HP, email, HP, atau alamat jaringan yang dibatasi", "membatasi pengirim yang merusak layanan", _BASIS, 90,
    "filer_block",
)  # fmt: skip
TALK: Final = PersonalData("tanya jawab pelapor dan petugas", "menangani laporan", _BASIS, 1825, "case_text")
FOLLOWERS: Final = PersonalData(
    "nomor HP atau email, dan tulisan warga yang ikut melaporkan", "memberi kabar dan menangani laporan", _BASIS, 730,
    "case_follower",
)  # fmt: skip
CONSENT: Final = PersonalData(
    "apa yang boleh diteruskan ke daerah lain", "meneruskan laporan dengan izin pelapor", _BASIS, 30, "referral"
)
_YEAR, _MONTH = 365, 30
_LONG: Final = 3 * _MONTH


def sentence(purpose: str, basis: str, retention_days: int) -> str:
    """One plain sentence for whoever is asked for something personal."""
    # In parts, because purpose and basis are texts of documents with translations of their own.
    use = f"{_('Dipakai untuk')} {_(purpose)} ({_('dasar:')} {_(basis)})"
    return f"{use}, {_('lalu dihapus')} {kept(retention_days)}."


def field_sentence(field: Field) -> str:
    """The sentence of a form's field; "" when it isn't personal."""
    about = field.personal
    return sentence(about.purpose, about.basis, about.retention_days) if about else ""


def contact_sentence() -> str:
    """The sentence beside name, phone and e-mail, which every form asks for."""
    return sentence(CONTACT.purpose, CONTACT.basis, CONTACT.retention_days)


def kept(days: int) -> str:
    """How long something stays: "2 tahun setelah selesai"."""
    return f"{span(days)} {_('setelah selesai')}"


def span(days: int) -> str:
    """A number of days as people say it: 730 -> 2 tahun, 90 -> 3 bulan, 45 -> 45 hari."""
    if days % _YEAR == 0:
        return ngettext("%(num)s tahun", "%(num)s tahun", days // _YEAR)
    if days >= _LONG and days % _MONTH == 0:
        return ngettext("%(num)s bulan", "%(num)s bulan", days // _MONTH)
    return ngettext("%(num)s hari", "%(num)s hari", days)
