"""Views of `/kelola/data-pribadi/permintaan/<code>`: serve one person's request, from finding their data to deleting it.

The tool exists only behind a request that this member handles: nobody looks a person up out of curiosity. What was looked for,
for which request and how the person was known is audited; the numbers themselves stand on the page and nowhere else.
"""

import json
from collections.abc import Callable
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from balai import cases, db, keys, web
from balai.admin.privacy.retention_pages import part_words
from balai.admin.routes import console
from balai.auth import require, signed_in
from balai.billing import personal as bills
from balai.cases import Case, access, units
from balai.cases.codes import CodeError, parse_code
from balai.cases.people import Person
from balai.cases.personal import forget, marks, people, rights
from balai.cases.personal.people import Found
from balai.cases.personal.rights import Deleted
from balai.cases.viewers import staff
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.plugins.names import PRIVACY_OWNER
from balai.web import Form, flash, render, render_form
from balai.web.i18n import gettext as _

ROOT = "/kelola/data-pribadi/permintaan"


@console.get("/data-pribadi/permintaan/<code>")
@require("cases.reveal")
def data_request(code: str) -> Response:
    """Who asks, by what they may be found, how they were known."""
    asked, _who = _request(code)
    return _page(asked, Form.of({"own": "ya"}))


@console.post("/data-pribadi/permintaan/<code>/cari")
@require("cases.reveal")
def find_data(code: str) -> Response:
    """Find everything; written down."""
    asked, _who = _request(code)
    try:
        found, reason = _found(asked)
    except Invalid as refused:
        return _page(asked, Form.of(request.form, refused))
    people.record_look(db.session(), found, request=asked.code, reason=reason)
    return _page(asked, Form.of(request.form), found)


@console.post("/data-pribadi/permintaan/<code>/salinan")
@require("cases.reveal")
def copy_data(code: str) -> AnyResponse:
    """The person's data as a file, or as a page to print."""
    asked, _who = _request(code)
    try:
        found, _reason = _found(asked)
    except Invalid as refused:
        return _page(asked, Form.of(request.form, refused))
    values = rights.copy_of(db.session(), found, request=asked.code)
    if request.form.get("cetak"):
        return render("admin/privacy/copy.html", copy=values, code=asked.code)
    return as_file(values, f"data-{asked.code}.json")


@console.post("/data-pribadi/permintaan/<code>/perbaiki")
@require("cases.reveal")
def correct_data(code: str) -> Response:
    """Put one value right."""

    def act(asked: Case, who: Person, found: Found, _reason: str) -> str:
        target, _bar, what = request.form.get("target", "").partition("|")
        bill = next((b for b in found.bills if b.number == target), None)
        if bill is not None:
            bills.correct(
                db.session(), bill.id, what.removeprefix("payer."), request.form.get("value", ""), request=asked.code
            )
            return _("Sudah diperbaiki.")
        case = next((c for c in found.own if c.code == target), None)
        if case is None:
            raise Invalid.field("target", _("Pilih data yang diperbaiki."))
        rights.correct(db.session(), case.id, what, request.form.get("value", ""), person=who, request=asked.code)
        return _("Sudah diperbaiki.")

    return _act(code, act)


@console.post("/data-pribadi/permintaan/<code>/hapus")
@require("cases.reveal")
def delete_data(code: str) -> Response:
    """Take the person out of everything that was found."""

    def act(asked: Case, who: Person, found: Found, reason: str) -> str:
        if request.form.get("sure") != "ya":
            raise Invalid.field("sure", _("Centang dulu: data yang dihapus tidak bisa dikembalikan."))
        # The request itself stays until it is answered; it goes with the others in its own time.
        found.hits = [hit for hit in found.hits if hit.case.id != asked.id]
        done = rights.delete(db.session(), found, reason=reason, request=asked.code, by_member=who.member_id)
        words = _("%(n)s laporan dibersihkan, %(later)s menyusul setelah selesai.", n=done.cases, later=done.later)
        held = _("Tidak dihapus karena ditahan: %(codes)s.", codes=", ".join(done.held)) if done.held else ""
        return f"{words}{bill_words(done)} {held}".strip()

    return _act(code, act)


@console.post("/data-pribadi/permintaan/<code>/batasi")
@require("cases.reveal")
def restrict_data(code: str) -> Response:
    """Keep, but neither show nor use."""

    def act(asked: Case, who: Person, found: Found, reason: str) -> str:
        found.hits = [hit for hit in found.hits if hit.case.id != asked.id]
        n = rights.restrict(db.session(), found, reason=reason, request=asked.code, by_member=who.member_id)
        return _("%(n)s laporan dibatasi.", n=n)

    return _act(code, act)


def _act(code: str, act: Callable[[Case, Person, Found, str], str]) -> Response:
    """Find again (the page may be old), act, and show what there is now."""
    asked, who = _request(code)
    found = None
    try:
        found, reason = _found(asked)
        told = act(asked, who, found, reason)
        db.commit()
    except Invalid as refused:
        return _page(asked, Form.of(request.form, refused), found)
    except Conflict as refused:
        flash(refused.detail or str(refused.title), "warn")
    else:
        flash(told)
    return _page(asked, Form.of(request.form), people.find_person(db.session(), found.given if found else {}))


def _request(code: str) -> tuple[Case, Person]:
    """The request and who serves it; NotFound for any other case, Forbidden for whoever doesn't handle it."""
    web.personal()
    session, who = db.session(), staff(db.session(), signed_in())
    try:
        case = access.read_case(session, who, parse_code(code))
    except CodeError:
        raise NotFound from None
    if not case.service_id.startswith(f"{PRIVACY_OWNER}."):
        raise NotFound
    if not access.may_work(session, who, case):
        raise Forbidden(_("Permintaan ini ditangani unit lain."))
    return case, who


def _found(asked: Case) -> tuple[Found, str]:
    """Everything of the person behind a request, and how they were known."""
    session, given = db.session(), request.form
    reason = marks.written_reason(given.get("reason", ""), "reason")
    typed = {kind: given.get(kind, "") for kind in ("phone", "email", "nik")}
    values = dict(_own_numbers(session, asked)) if given.get("own") == "ya" else {}
    if any(text.strip() for text in typed.values()) or not values:
        read = people.read_identifiers(typed)
        values |= {f"{kind}:lain" if kind in values else kind: value for kind, value in read.items()}
    return people.find_person(session, values), reason


def _own_numbers(session: db.TenantSession, asked: Case) -> dict[str, str]:
    """What the request itself says: its contact, NIK and former number."""
    answers = forget.sealed_answers(session, asked)
    found = {kind: keys.reveal(session, asked, f"contact_{kind}") or "" for kind in ("phone", "email")}
    found |= {"phone:lama": answers.get("nomor_lama", ""), "nik": answers.get("nik", "")}
    return {kind: value for kind, value in found.items() if value}


def _page(asked: Case, form: Form, found: Found | None = None) -> Response:
    session = db.session()
    own = _own_numbers(session, asked)
    rules = cases.rules(session, asked)
    return render_form(
        "admin/privacy/request.html",
        form,
        asked=asked,
        service=rules,
        here=f"{ROOT}/{asked.code}",
        own=[keys.mask(people.kind_of(kind), value) for kind, value in own.items()],
        told=forget.sealed_answers(session, asked).get("uraian", ""),
        found=found,
        hits=_hits(session, found) if found else [],
        given=[keys.mask(people.kind_of(kind), value) for kind, value in found.given.items()] if found else [],
        targets=_targets(session, found) if found else [],
        words=part_words(),
        right=asked.service_id.partition(".")[2],
    )


def _hits(session: db.TenantSession, found: Found) -> list[dict[str, Any]]:
    titles = cases.titles(session, {hit.case.service_id for hit in found.hits})
    names = units.names(session, [hit.case.unit_id for hit in found.hits])
    return [
        {
            "case": hit.case,
            "title": titles[hit.case.service_id],
            "unit": names.get(hit.case.unit_id, ""),
            "role": _("pengirim") if hit.as_reporter else _("disebut di dalamnya"),
            "marks": marks.marks_of(session, hit.case.id),
        }
        for hit in found.hits
    ]


def _targets(session: db.TenantSession, found: Found) -> list[tuple[str, str]]:
    """What can be put right: (code|what, words with the present value masked)."""
    labels = {"name": _("Nama"), "phone": _("Nomor HP"), "email": _("Email")}
    targets = []
    for case in found.own:
        kinds = {f.key: f for f in cases.rules(session, case).fields}
        if case.anonymity == "named":
            for part, label in labels.items():
                value = keys.reveal(session, case, f"contact_{part}")
                if value:
                    targets.append((f"{case.code}|contact.{part}", f"{case.code}: {label} {keys.mask(part, value)}"))
        for key, value in forget.sealed_answers(session, case).items():
            asked = kinds.get(key)
            if asked is not None:
                shown = keys.mask(asked.type, str(value))
                targets.append((f"{case.code}|field.{key}", f"{case.code}: {asked.label} {shown}"))
    for bill in found.bills:
        for part, label in labels.items():
            value = keys.reveal(session, bill, f"payer_{part}")
            if value:
                targets.append((f"{bill.number}|payer.{part}", f"{bill.number}: {label} {keys.mask(part, value)}"))
    return targets


def bill_words(done: Deleted) -> str:
    """What a deletion left of bills, and why; "" when there were none."""
    words = ""
    if done.bills:
        words += " " + _("Nomor HP dan email dihapus dari %(n)s tagihan; nama dan jumlahnya wajib disimpan 10 tahun sebagai bukti"
                         " keuangan daerah.", n=done.bills)  # fmt: skip
    if done.open_bills:
        words += " " + _(
            "%(n)s tagihan belum selesai dan tetap disimpan sampai lunas atau uangnya kembali.", n=done.open_bills
        )
    return words


def as_file(values: dict[str, Any], name: str) -> Response:
    """A copy as a download that no cache keeps."""
    body = json.dumps(values, ensure_ascii=False, indent=1)
    response = Response(body, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
