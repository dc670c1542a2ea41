"""The timeline in words, for citizens and for staff."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from balai.cases.models import Case
from balai.cases.timeline import Entry
from balai.contracts import Field, Service
from balai.web.i18n import SOURCE, language
from balai.web.i18n import gettext as _


def localise(service: Service) -> Service:
    """A service in the reader's language: its own titles where it has them, else every text through gettext.

    Texts of documents are source strings like those of templates (their plugin's catalogue translates them); untranslated
    ones stay Indonesian.
    """
    code = language()
    if code == SOURCE:
        return service
    flow, title, summary = service.workflow, service.title, service.summary.get("id", "")
    return replace(
        service,
        titles={**service.titles, "id": service.titles.get(code) or _(title)},
        summary={**service.summary, "id": service.summary.get(code) or _(summary)},
        fields=tuple(_localise_field(f) for f in service.fields),
        documents=tuple(_(d) for d in service.documents),
        target_group_label=_(service.target_group_label),
        fee_per=_(service.fee_per),
        workflow=replace(
            flow,
            states=tuple(replace(s, label=_(s.label)) for s in flow.states),
            transitions=tuple(replace(t, label=_(t.label)) for t in flow.transitions),
        ),
    )


def _localise_field(field: Field) -> Field:
    options = tuple((value, _(label)) for value, label in field.options)
    return replace(field, label=_(field.label), help=_(field.help), options=options)


OUTCOMES = {
    "done": ("good", "circle-check"),
    "not_possible": ("warn", "circle-x"),
    "referred": ("info", "arrow-right"),
    "withdrawn": ("", "undo-2"),
    "lapsed": ("", "clock"),
    "merged": ("info", "link"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline as a page shows it. words: (label, text) pairs; look: done | now | bad."""

    title: str
    at: Any
    meta: str
    words: tuple[tuple[str, str], ...]
    look: str
    icon: str
    internal: bool
    redacted: bool
    event_id: UUID
    files: tuple[Any, ...]


def moment(
    entry: Entry, service: Service, *, units: Mapping[UUID, str], names: Mapping[UUID, str] | None = None
) -> Moment:
    """A row in words. names: members by id, for staff only (citizens see units, never persons)."""
    event = entry.event
    title, icon = _title(entry, service, units)
    meta = units.get(event.unit, "") if event.actor_kind == "staff" and event.unit else ""
    if names and event.actor:
        meta = ", ".join(filter(None, (names.get(event.actor), meta)))
    if event.data.get("undo"):
        meta = ", ".join(filter(None, (meta, _("membatalkan tindakan sebelumnya"))))
    labels = _labels()
    words = tuple((labels.get(key, ""), text) for key, text in entry.words.items() if text)
    look = "bad" if event.kind in {"overdue", "disputed"} else "done"
    return Moment(
        title, event.at, meta, words, look, icon, not event.public, entry.redacted, event.id, tuple(entry.files)
    )


def _marked(event: Any) -> tuple[str, str] | None:
    """Kinds that a mark in their data turns into something else."""
    if event.kind in {"confirmed", "disputed"} and event.data.get("of") == "filing":
        mine = event.kind == "confirmed"
        return (
            (_("Pelapor memastikan: betul laporannya"), "circle-check")
            if mine
            else (_("Pelapor menyangkal: bukan laporannya"), "circle-x")
        )
    if event.kind == "handed_over" and event.data.get("of") == "member":
        undone = bool(event.data.get("undo"))
        return (_("Penyerahan dibatalkan") if undone else _("Diserahkan ke petugas lain")), "users"
    if event.data.get("told"):
        return _("Petugas menulis isi pesan suara"), "mic"
    if event.kind == "noted" and event.actor_kind == "citizen":
        return _("Pelapor menambahkan keterangan"), "pencil"
    return None


def _title(entry: Entry, service: Service, units: Mapping[UUID, str]) -> tuple[str, str]:
    event = entry.event
    if event.kind in {"moved", "answered"} and event.to_state:
        words = {"answered": _("Pelapor menjawab")}
        return words.get(event.kind, state_label(service, event.to_state)), (
            "message-square" if event.kind == "answered" else "check"
        )
    marked = _marked(event) or _tied(event)
    if marked is not None:
        return marked
    stars = event.data.get("stars", "")
    unit = units.get(UUID(event.data["unit"]), "") if event.data.get("unit") else ""
    return {
        "filed": (_("Diterima"), "inbox"),
        "asked": (_("Petugas bertanya"), "circle-help"),
        "assigned": (_("Ditangani %(unit)s", unit=unit) if unit else _("Dibagi ke petugas"), "users"),
        "noted": (_("Catatan petugas"), "pencil"),
        "attached": (_("Berkas ditambahkan"), "paperclip"),
        "messaged": (_("Pesan dikirim"), "mail"),
        "overdue": (_("Batas waktu terlewat"), "triangle-alert"),
        "escalated": (_("Diteruskan ke kepala unit"), "flag"),
        "rated": (_("Pelapor memberi nilai %(stars)s dari 5", stars=stars), "star"),
        "confirmed": (_("Dinyatakan beres"), "circle-check"),
        "disputed": (_("Dinyatakan belum beres"), "circle-x"),
        "reopened": (_("Dibuka lagi"), "undo-2"),
        "merged": (_("Digabung dengan laporan lain"), "link"),
        "handed_over": (_("Diteruskan ke daerah lain"), "arrow-right"),
        "redacted": (_("Ada isi yang disamarkan"), "eye-off"),
    }[event.kind]


def _tied(event: Any) -> tuple[str, str] | None:
    """Rows about another case, which their mark tells apart."""
    data = event.data
    if event.kind == "handed_over" and data.get("from"):
        return _("Diterima dari %(region)s (%(code)s)", region=data.get("region", ""), code=data["from"]), "inbox"
    if event.kind != "merged":
        return None
    if data.get("undo"):
        return _("Dipisah lagi dari laporan lain"), "git-branch"
    if data.get("split"):
        return _("Dibagi menjadi dua laporan"), "git-branch"
    return None


def _labels() -> dict[str, str]:
    return {
        "answer": _("Jawaban"),
        "question": _("Pertanyaan"),
        "reply": _("Jawaban pelapor"),
        "reason": _("Alasan"),
        "receiver": _("Diteruskan ke"),
        "note": "",
        "comment": "",
    }


def demand_label(demand: str) -> str:
    """What to write into the field of a step's demand."""
    return {
        "answer": _("Jawaban untuk pelapor"),
        "question": _("Pertanyaan untuk pelapor"),
        "reply": _("Jawaban Anda"),
        "reason": _("Alasan, dibaca pelapor"),
        "receiver": _("Siapa yang berwenang, dan cara menghubunginya"),
    }.get(demand, demand)


def state_label(service: Service, key: str) -> str:
    """A state as everybody reads it; the key itself where the document has changed names since."""
    try:
        return service.workflow.state(key).label
    except KeyError:
        return key


def badge(case: Any, label: str) -> tuple[str, str, str]:
    """(label, kind, icon) of a case's state."""
    if case.outcome:
        kind, icon = OUTCOMES[case.outcome]
        return label, kind, icon
    if case.overdue_at is not None:
        return label, "bad", "clock"
    return (label, "warn", "message-square") if case.waits_for == "citizen" else (label, "brand", "clock")


def answers(service: Service, case: Case, personal: Mapping[str, Any], region: str) -> list[tuple[str, str]]:
    """The form as filled in, (question, answer) in the form's order; personal: the sealed part where it may be shown."""
    data = {**case.data, **personal}
    rows: list[tuple[str, str]] = []
    for field in service.fields:
        if field.type in {"place", "region"} and field.key not in data:
            rows.append((field.label, ", ".join(filter(None, (data.get("landmark") or case.landmark, region)))))
        elif data.get(field.key) not in (None, ""):
            rows.append((field.label, answer_text(field, data[field.key])))
    return rows


def answer_text(field: Any, value: Any) -> str:
    """One answer as text: labels of choices, money and dates as people write them."""
    from datetime import date

    from balai.web import formats

    labels: dict[str, str] = dict(field.options)
    if field.type == "money":
        return formats.rupiah(value) if isinstance(value, int) else str(value)
    if field.type == "date":
        return formats.tanggal(date.fromisoformat(value))
    if field.type == "consent":
        return _("Ya") if value else _("Tidak")
    if isinstance(value, list):
        return ", ".join(str(labels.get(v, v)) for v in value)
    return str(labels.get(value, value))
