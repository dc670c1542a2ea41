"""Everything that happens to a drawing: begun, changed, taken back, asked for, published, refused, closed."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from balai import audit
from balai.cases import catalogue, queries, units
from balai.cases.documents import build, check, dump
from balai.cases.documents.reading import UnreadableError, read
from balai.cases.documents.schema import shape_faults
from balai.cases.drawing import checking, overrides, telling
from balai.cases.drawing.flow_editing import PERMISSIONS
from balai.cases.drawing.flows import FLOWS, flow
from balai.cases.drawing.models import Drawing, DrawingStep
from balai.cases.drawing.naming import key_of
from balai.cases.models import ServiceSetting
from balai.clock import now
from balai.contracts import ServiceState
from balai.db import TenantSession, new_id
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.web.i18n import gettext as _

Change = Callable[[dict[str, Any]], str]


def drawings(session: TenantSession) -> list[Drawing]:
    """All of this region's, the last changed one first."""
    return list(session.scalars(select(Drawing).order_by(Drawing.changed_at.desc())))


def drawing_of(session: TenantSession, drawing_id: UUID, *, lock: bool = False) -> Drawing:
    """One of them; NotFound otherwise."""
    query = select(Drawing).where(Drawing.id == drawing_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound
    return found


def history(session: TenantSession, drawing: Drawing) -> list[DrawingStep]:
    """Its kept states, newest first."""
    query = select(DrawingStep).where(DrawingStep.drawing_id == drawing.id)
    return list(session.scalars(query.order_by(DrawingStep.number.desc()).limit(200)))


# --- beginning ---


def begin(session: TenantSession, *, title: str, flow_key: str, audience: str, member: UUID | None) -> Drawing:
    """A new service with a title and one of the ready-made paths. Raises Invalid."""
    title, chosen = " ".join(title.split()), flow(flow_key) or FLOWS[0]
    errors = [] if 3 <= len(title) <= 200 else [FieldError("title", _("Tulis nama layanan, 3 sampai 200 huruf."))]  # noqa: PLR2004 - the document's limit
    if audience not in {"public", "staff"}:
        errors.append(FieldError("audience", _("Pilih salah satu.")))
    if errors:
        raise Invalid(errors)
    document: dict[str, Any] = {
        "version": 1, "titles": {"id": title}, "summary": {"id": title}, "sector": "administrasi",
        "topic": key_of(title, (), joint="-"),
        "kind": "service", "audience": audience, "visibility": "private", "anonymous": False,
        "competence": ["kabkota", "provinsi"], "legal_basis": "", "fee": None, "reopen_days": 0 if audience == "staff" else 10,
        "second_check": "none", "fields": [], "documents": [], "workflow": deepcopy(chosen.workflow),
    }  # fmt: skip
    return _begin(session, document, _("Layanan baru"), member)


def copy(session: TenantSession, service_id: str, *, title: str, member: UUID | None) -> Drawing:
    """A new service that begins as another one of this region."""
    document = dump(catalogue.service(session, service_id))
    if title.strip():
        document["titles"] = {"id": " ".join(title.split())[:200]}
    for step in document["workflow"]["transitions"]:
        if step["permission"] not in PERMISSIONS:  # a plugin's own right means nothing elsewhere
            step["permission"] = "cases.work"
    return _begin(session, document, _("Disalin dari %(service)s", service=service_id), member)


def bring(session: TenantSession, text: str, *, member: UUID | None) -> Drawing:
    """A new service from YAML or JSON. What departs from the shape is refused with lines; what makes no sense yet is kept as a
    drawing, and its pages say so.
    """
    values = _readable(text)
    return _begin(session, values, _("Dibaca dari berkas"), member)


def _readable(text: str) -> dict[str, Any]:
    try:
        source = read(text)
    except UnreadableError as error:
        raise Invalid([FieldError("text", _said(error.fault.line, error.fault.message))]) from None
    faults = shape_faults(source.values)
    if faults:
        lines = [_said(source.line(f.path), f.message) for f in faults[:12]]
        if len(faults) > len(lines):
            lines.append(_("dan %(more)s hal lain", more=len(faults) - len(lines)))
        raise Invalid([FieldError("text", "; ".join(lines))])
    values: dict[str, Any] = dump(build(catalogue.DRAWN, source.values))
    return values


def _said(line: int | None, message: str) -> str:
    return _("baris %(line)s: %(message)s", line=line, message=message) if line else message


def _begin(session: TenantSession, document: dict[str, Any], what: str, member: UUID | None) -> Drawing:
    taken = {d.service_id.partition(".")[2] for d in drawings(session)}
    taken |= {s.key for s in catalogue.services(session, audience=None, every=True)}
    document["key"] = key_of(document["titles"]["id"], taken, joint="-", fallback="layanan")
    document["version"] = 1
    return _keep_new(session, f"{catalogue.DRAWN}.{document['key']}", "new", document, what, member)


def change_shipped(session: TenantSession, service_id: str, *, member: UUID | None) -> Drawing:
    """The drawing of a region's changes to a plugin's service; begun with those that hold now."""
    service = overrides.shipped(service_id)
    catalogue.service(session, service_id)  # 404 where its plugin is off
    found = session.scalars(select(Drawing).where(Drawing.service_id == service_id)).first()
    document = overrides.present(session, service_id)
    if found is None:
        found = _keep_new(session, service_id, "changes", document, _("Seperti berlaku sekarang"), member)
        found.state, found.published_number = "published", found.number
        found.units = {slot: str(unit) for slot, unit in units.slots(session, service_id).items()}
    elif found.state == "published" and found.document != document:
        found.document = document
        _step(session, found, _("Diubah di halaman aturan layanan"), member)
        found.published_number = found.number
    found.title = service.title
    session.flush()
    return found


def _keep_new(
    session: TenantSession, service_id: str, kind: str, document: dict[str, Any], what: str, member: UUID | None
) -> Drawing:
    title = document["titles"]["id"] if kind == "new" else service_id
    made = Drawing(
        id=new_id(), service_id=service_id, kind=kind, title=title, document=document, units={}, number=0, state="draft",
        changed_by=member,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(
            _("Orang lain baru saja memulai layanan yang sama. Muat ulang halaman ini."), slug="sudah-ada"
        ) from None
    _step(session, made, what, member)
    return made


def _step(session: TenantSession, drawing: Drawing, what: str, member: UUID | None) -> None:
    drawing.number += 1
    drawing.changed_by, drawing.changed_at = member, now()
    session.add(
        DrawingStep(
            drawing_id=drawing.id,
            number=drawing.number,
            what=what,
            document=deepcopy(drawing.document),
            units=dict(drawing.units),
            by_member=member,
        )
    )
    session.flush()


# --- changing ---


def edit(
    session: TenantSession, drawing_id: UUID, change: Change, *, member: UUID | None, seen: int | None = None
) -> Drawing:
    """Apply a change and keep it as a step; a request to publish falls back to a draft.

    Raises Invalid (what was typed can't be kept) or Conflict (somebody else was faster).
    """
    drawing = drawing_of(session, drawing_id, lock=True)
    _fresh(drawing, seen)
    document = deepcopy(drawing.document)
    what = change(document)
    if document == drawing.document:
        return drawing
    drawing.document = document
    if drawing.kind == "new":
        drawing.title = document["titles"]["id"]
    _draft(session, drawing, what, member)
    return drawing


def set_units(
    session: TenantSession, drawing_id: UUID, chosen: dict[str, UUID | None], *, member: UUID | None, seen: int | None
) -> Drawing:
    """Which unit takes which slot once this is published."""
    drawing = drawing_of(session, drawing_id, lock=True)
    _fresh(drawing, seen)
    drawing.units = {slot: str(units.unit(session, unit).id) for slot, unit in chosen.items() if unit}
    _draft(session, drawing, _("Unit yang menangani dipilih"), member)
    return drawing


def take_back(session: TenantSession, drawing_id: UUID, number: int, *, member: UUID | None) -> Drawing:
    """An earlier state again; the present one stays in the list, so nothing is lost."""
    drawing = drawing_of(session, drawing_id, lock=True)
    query = select(DrawingStep).where(DrawingStep.drawing_id == drawing.id, DrawingStep.number == number)
    step = session.scalars(query).first()
    if step is None:
        raise NotFound
    drawing.document, drawing.units = deepcopy(step.document), dict(step.units)
    if drawing.kind == "new":
        drawing.title = step.document["titles"]["id"]
    _draft(session, drawing, _("Kembali ke langkah %(number)s: %(what)s", number=number, what=step.what), member)
    return drawing


def reset(session: TenantSession, drawing_id: UUID, *, member: UUID | None) -> Drawing:
    """Of a plugin's service: without any change of this region."""
    drawing = drawing_of(session, drawing_id, lock=True)
    if drawing.kind != "changes":
        raise NotFound
    drawing.document = {"sla": {}, "texts": {}, "steps_off": [], "fields": []}
    _draft(session, drawing, _("Semua perubahan dibuang"), member)
    return drawing


def _fresh(drawing: Drawing, seen: int | None) -> None:
    if seen is not None and seen != drawing.number:
        raise Conflict(
            _(
                "Orang lain baru saja mengubah layanan ini. Yang Anda tulis masih ada di sini: periksa, lalu simpan lagi."
            ),
            slug="sudah-berubah",
            seq=drawing.number,
        )


def _draft(session: TenantSession, drawing: Drawing, what: str, member: UUID | None) -> None:
    drawing.state = "draft"
    _step(session, drawing, what, member)


# --- publishing ---


def ask(session: TenantSession, drawing_id: UUID, note: str, *, member: UUID | None) -> Drawing:
    """Ask a leader to publish; Conflict while something needs correcting."""
    drawing = drawing_of(session, drawing_id, lock=True)
    _require_sound(drawing)
    if drawing.state == "published":
        raise Conflict(_("Yang ini sudah berlaku."), slug="sudah-terbit")
    drawing.state, drawing.note, drawing.refusal = "asked", note.strip()[:1000], ""
    drawing.asked_by, drawing.asked_at = member, now()
    _record(session, "service.publication_asked", drawing)
    telling.tell(session, drawing, "asked", telling.leaders(session), drawing.note)
    return drawing


def _require_sound(drawing: Drawing) -> None:
    found = checking.notes(drawing)
    if found:
        raise Conflict(
            _("Masih ada %(num)s hal yang perlu diperbaiki: %(first)s", num=len(found), first=found[0].message),
            slug="belum-lengkap",
        )


def refuse(session: TenantSession, drawing_id: UUID, reason: str, *, member: UUID | None) -> Drawing:
    """The leader's no, with a reason that the officer reads."""
    drawing = _asked(session, drawing_id)
    if len(reason.strip()) < 3:  # noqa: PLR2004 - a word
        raise Invalid.field("reason", _("Tulis alasannya, supaya petugas tahu apa yang perlu diperbaiki."))
    drawing.state, drawing.refusal = "refused", reason.strip()[:1000]
    drawing.decided_by, drawing.decided_at = member, now()
    _record(session, "service.publication_refused", drawing, reason=drawing.refusal)
    telling.tell(session, drawing, "refused", [drawing.asked_by], drawing.refusal)
    return drawing


def publish(session: TenantSession, drawing_id: UUID, *, member: UUID | None) -> int:
    """Let it hold from the next case on; the number of the new version. Running cases keep theirs."""
    drawing = _asked(session, drawing_id)
    _require_sound(drawing)
    if drawing.kind == "new":
        version = _publish_new(session, drawing)
    else:
        overrides.keep(session, drawing.service_id, drawing.document)
        version = catalogue.current_version(session, catalogue.service(session, drawing.service_id))
    for slot in checking.service_of(drawing).slots:
        chosen = drawing.units.get(slot)
        if str(units.slots(session, drawing.service_id).get(slot, "")) != (chosen or ""):
            units.map_slot(session, drawing.service_id, slot, UUID(chosen) if chosen else None)
    drawing.state, drawing.refusal = "published", ""
    drawing.decided_by, drawing.decided_at = member, now()
    _step(session, drawing, _("Diterbitkan sebagai versi %(version)s", version=version), member)
    drawing.published_number = drawing.number
    _record(session, "service.published", drawing, version=version)
    telling.tell(session, drawing, "published", [drawing.asked_by])
    return version


def _publish_new(session: TenantSession, drawing: Drawing) -> int:
    newest = queries.newest_version(session, drawing.service_id)
    document = {**drawing.document, "version": newest.version + 1 if newest else 1}
    service = check(document, owner=catalogue.DRAWN, permissions=PERMISSIONS)
    drawing.document = document
    version = catalogue.current_version(session, service)
    setting = _setting(session, drawing.service_id)
    # The document says it all; what was changed beside it belonged to the version before.
    setting.sla, setting.texts, setting.steps_off, setting.extra_fields = {}, {}, [], {}
    setting.reopen_days = setting.check_days = None
    setting.state = ServiceState.ON.value
    return version


def _setting(session: TenantSession, service_id: str) -> ServiceSetting:
    setting = catalogue.setting_of(session, service_id)
    if setting is None:
        setting = ServiceSetting(service_id=service_id)
        session.add(setting)
    return setting


def _asked(session: TenantSession, drawing_id: UUID) -> Drawing:
    drawing = drawing_of(session, drawing_id, lock=True)
    if drawing.state != "asked":
        raise Conflict(
            _("Belum ada permintaan untuk menerbitkan ini, atau permintaannya sudah ditarik."), slug="belum-diminta"
        )
    return drawing


def set_open(session: TenantSession, drawing_id: UUID, state: str, reason: str) -> Drawing:
    """Close a published service step by step (closing), take it off every list (off), or open it again (on)."""
    drawing = drawing_of(session, drawing_id, lock=True)
    if state not in {"on", "closing", "off"} or drawing.published_number is None:
        raise Invalid.field("state", _("Pilih salah satu."))
    if len(reason.strip()) < 3:  # noqa: PLR2004 - a word
        raise Invalid.field("close_reason", _("Tulis alasannya. Alasan ini dicatat."))
    _setting(session, drawing.service_id).state = state
    session.flush()
    _record(
        session,
        "service.opened" if state == "on" else "service.closed",
        drawing,
        state=state,
        reason=reason.strip()[:500],
    )
    return drawing


def discard(session: TenantSession, drawing_id: UUID) -> None:
    """Throw a drawing away that was never published."""
    drawing = drawing_of(session, drawing_id, lock=True)
    if drawing.published_number is not None:
        raise Conflict(_("Layanan ini pernah terbit. Tutup saja, supaya riwayatnya tetap ada."), slug="pernah-terbit")
    _record(session, "service.drawing_discarded", drawing)
    session.delete(drawing)
    session.flush()


def _record(session: TenantSession, action: str, drawing: Drawing, **data: Any) -> None:
    values = {"title": drawing.title, "number": drawing.number, **data}
    audit.record(session, action, subject_kind="service", subject_id=drawing.service_id, data=values)


def as_yaml(drawing: Drawing) -> str:
    """The whole document as a file that a plugin, another region or `bring` takes."""
    text: str = yaml.safe_dump(checking.whole(drawing), allow_unicode=True, sort_keys=False, width=110)
    return text


__all__ = [
    "as_yaml", "ask", "begin", "bring", "change_shipped", "copy", "discard", "drawing_of", "drawings", "edit",
    "history", "publish", "refuse", "reset", "set_open", "set_units", "take_back",
]  # fmt: skip
