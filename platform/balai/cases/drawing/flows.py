"""The paths that a new service can begin with: few, named by what happens, each complete and free of faults."""

from dataclasses import dataclass
from typing import Any

from balai.web.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Flow:
    """A path to begin with. label and text: for the officer; workflow: document values."""

    key: str
    label: Any
    text: Any
    workflow: dict[str, Any]


def _state(key: str, label: str, slot: str | None = None, sla: int | None = None, **more: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "key": key,
        "label": label,
        "slot": slot,
        "sla_days": sla,
        "waits_for": "staff",
        "outcome": None,
    }
    return values | more


def _step(key: str, source: str, target: str, label: str, **more: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "key": key, "from": [source], "to": target, "label": label, "by": "staff", "permission": "cases.work", "demands": [],
        "message": None, "effect": "none", "optional": False,
    }  # fmt: skip
    return values | more


def _asking(state: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The detour on which the one who asked must answer something first."""
    waiting = _state("ditanya", "Menunggu jawaban pemohon", waits_for="citizen")
    steps = [
        _step("tanya", state, "ditanya", "Tanya pemohon", demands=["question"], message="asked", effect="returned"),
        _step("balas", "ditanya", state, "Jawab", by="citizen", demands=["reply"]),
        _step("tutup", "ditanya", "tidak_dijawab", "Tutup karena tidak dijawab", by="timer", message="closed"),
    ]
    return waiting, steps


def _flow(start: str, states: list[dict[str, Any]], steps: list[dict[str, Any]], remind: int) -> dict[str, Any]:
    waiting, asking = _asking(start)
    lapsed = _state("tidak_dijawab", "Ditutup, tidak ada jawaban", outcome="lapsed")
    return {
        "start": start,
        "states": [states[0], waiting, *states[1:], lapsed],
        "transitions": [*steps, *asking],
        "timers": [
            {"state": start, "after_days": remind, "do": "escalate"},
            {"state": "ditanya", "after_days": 10, "do": "tutup"},
        ],
    }


_REFUSED = _state("ditolak", "Tidak bisa dipenuhi", outcome="not_possible")


def _refuse(source: str) -> dict[str, Any]:
    return _step("tolak", source, "ditolak", "Tolak", demands=["reason"], message="not_possible", effect="refused")


FLOWS = (
    Flow(
        "jawab",
        _l("Terima, lalu jawab"),
        _l("Untuk pertanyaan dan laporan sederhana: satu unit membaca dan menjawab."),
        _flow(
            "diterima",
            [
                _state("diterima", "Diterima", "penerima", 5),
                _state("selesai", "Selesai", outcome="done"),
                _REFUSED,
            ],
            [
                _step("jawab", "diterima", "selesai", "Jawab dan selesaikan", demands=["answer"], message="done"),
                _refuse("diterima"),
            ],
            5,
        ),
    ),
    Flow(
        "setujui",
        _l("Terima, setujui, laksanakan, selesai"),
        _l("Untuk permohonan: satu unit memutuskan, unit lain mengerjakan."),
        _flow(
            "diajukan",
            [
                _state("diajukan", "Diajukan", "pemutus", 3),
                _state("dikerjakan", "Dikerjakan", "pelaksana", 5),
                _state("selesai", "Selesai", outcome="done"),
                _REFUSED,
            ],
            [
                _step("setujui", "diajukan", "dikerjakan", "Setujui", message="forwarded", effect="approved"),
                _refuse("diajukan"),
                _step("selesaikan", "dikerjakan", "selesai", "Selesaikan", demands=["answer"], message="done"),
            ],
            3,
        ),
    ),
    Flow(
        "pinjam",
        _l("Ajukan, setujui, pakai, kembalikan"),
        _l("Untuk peminjaman barang, kendaraan, atau ruangan."),
        _flow(
            "diajukan",
            [
                _state("diajukan", "Diajukan", "pengelola", 1),
                _state("dipakai", "Sedang dipakai", "pengelola"),
                _state("kembali", "Sudah kembali", outcome="done"),
                _REFUSED,
            ],
            [
                _step("setujui", "diajukan", "dipakai", "Setujui", message="forwarded", effect="approved"),
                _refuse("diajukan"),
                _step("kembalikan", "dipakai", "kembali", "Terima kembali", message="done"),
            ],
            2,
        ),
    ),
    Flow(
        "periksa",
        _l("Terima, periksa, putuskan, selesai"),
        _l("Untuk izin dan bantuan: berkas diperiksa dulu, lalu diputuskan unit lain."),
        _flow(
            "diterima",
            [
                _state("diterima", "Diterima", "pemeriksa", 3),
                _state("diputuskan", "Menunggu keputusan", "pemutus", 3),
                _state("selesai", "Disetujui", outcome="done"),
                _REFUSED,
            ],
            [
                _step("lengkap", "diterima", "diputuskan", "Berkas lengkap, teruskan", message="forwarded"),
                _step(
                    "setujui", "diputuskan", "selesai", "Setujui", demands=["answer"], message="done", effect="approved"
                ),
                _refuse("diputuskan"),
            ],
            3,
        ),
    ),
)


def flow(key: str) -> Flow | None:
    """One of them."""
    return next((f for f in FLOWS if f.key == key), None)
