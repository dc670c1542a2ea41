"""`/kelola/water/tarif`: which tariff holds, the history, drafts and their editor, adoption."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    Conflict,
    FieldError,
    Form,
    Invalid,
    MenuItem,
    TooLarge,
    flash,
    gettext,
    lazy_gettext,
    render,
    render_form,
    require,
    session,
    signed_in,
)
from balai_water.months import shift, today
from balai_water.tariffs import forms, importing, services
from balai_water.tariffs.models import TariffDraft
from balai_water.tariffs.reading import MOST_BLOCKS, MOST_GROUPS
from balai_water.tariffs.showing import EXAMPLES, table_of

PATH = "/kelola/water/tarif"
blueprint = Blueprint("water_tariffs", "balai_water", url_prefix=PATH, template_folder="templates")
MENU = [MenuItem(lazy_gettext("Tarif air"), "water_tariffs.overview", "file-text", "water.view", 62)]


@blueprint.get("")
@require("water.view")
def overview() -> Response:
    """What holds today, what is coming, what held before, and drafts."""
    rows = services.versions(session())
    current = services.version_on(session(), today())
    return render(
        "water/tariffs/overview.html", rows=rows, current=current, drafts=services.drafts(session()), today=today(),
        table=table_of(services.tariff_of(current)) if current else None, examples=EXAMPLES, may=_may(),
    )  # fmt: skip


def _may() -> bool:
    return "water.bill" in signed_in().permissions


@blueprint.get("/<uuid:version_id>")
@require("water.view")
def version_page(version_id: UUID) -> Response:
    """One adopted version."""
    return _version(version_id, Form.of({}))


def _version(version_id: UUID, form: Form) -> Response:
    version = services.find_version(session(), version_id)
    tariff = services.tariff_of(version)
    withdrawal = next(w for v, w in services.versions(session()) if v.id == version.id)
    return render_form(
        "water/tariffs/version.html", form, version=version, tariff=tariff, table=table_of(tariff), examples=EXAMPLES,
        withdrawal=withdrawal, first_month=first_month(version.valid_from), may=_may(),
    )  # fmt: skip


def first_month(valid_from: date) -> date:
    """The first month that is charged by a tariff of that day."""
    return valid_from if valid_from.day == 1 else shift(valid_from.replace(day=1), 1)


@blueprint.post("/<uuid:version_id>/cabut")
@require("water.bill")
def withdraw(version_id: UUID) -> AnyResponse:
    """Take an adopted version back."""
    try:
        services.withdraw(session(), version_id, reason=request.form.get("reason", ""), member_id=signed_in().member_id)
    except (Invalid, Conflict) as problem:
        session().rollback()
        errors = problem if isinstance(problem, Invalid) else [FieldError("reason", problem.detail or "")]
        return _version(version_id, Form.of(request.form, errors))
    flash(gettext("Tarif dicabut. Tagihan yang sudah terbit tidak berubah."))
    return redirect(PATH, 303)


# --- drafts ---


@blueprint.get("/rancangan/baru")
@require("water.bill")
def new_draft() -> Response:
    """An empty table, or a copy of an adopted version (`?dari=`)."""
    wanted = request.args.get("dari", "")
    try:
        copied = services.find_version(session(), UUID(wanted)) if wanted else None
    except ValueError:
        copied = None
    grid = forms.grid_of(copied.rules) if copied else forms.empty_grid()
    return _editor(None, grid, Form.of(grid.values))


@blueprint.post("/rancangan/baru")
@require("water.bill")
def add_draft() -> AnyResponse:
    """Keep a new draft."""
    return _save(None)


@blueprint.get("/rancangan/<uuid:draft_id>")
@require("water.bill")
def draft_page(draft_id: UUID) -> Response:
    """The editor of a draft."""
    draft = services.find_draft(session(), draft_id)
    grid = forms.grid_of(draft.rules)
    known = {"decree": draft.decree, "note": draft.note, "valid_from": draft.valid_from or ""}
    return _editor(draft, grid, Form.of(grid.values | known))


@blueprint.post("/rancangan/<uuid:draft_id>")
@require("water.bill")
def save_draft(draft_id: UUID) -> AnyResponse:
    """Keep what was changed."""
    return _save(services.find_draft(session(), draft_id, lock=True))


def _save(draft: TariffDraft | None) -> AnyResponse:
    given = request.form
    reader = forms.Reader(given)
    if given.get("langkah") in {"baris", "blok"}:
        return _editor(draft, reader.grid, Form.of(given))
    day, faults = typed_day(given.get("valid_from", ""), "valid_from")
    try:
        kept = services.save_draft(
            session(), draft, reader.rules, decree=given.get("decree", ""), valid_from=day, note=given.get("note", ""),
            member_id=signed_in().member_id,
        )  # fmt: skip
        refuse([*reader.faults, *faults])
    except Invalid as invalid:
        session().rollback()
        return _editor(draft, reader.grid, Form.of(given, [*reader.placed(invalid)]))
    flash(gettext("Rancangan tersimpan. Belum berlaku sebelum ditetapkan."))
    return redirect(f"{PATH}/rancangan/{kept.id}", 303)


def _editor(draft: TariffDraft | None, grid: forms.Grid, form: Form) -> Response:
    form.labels = _labels(grid)
    table = table_of(services.draft_tariff(draft)) if draft is not None and not form.errors else None
    return render_form(
        "water/tariffs/editor.html", form, draft=draft, grid=grid, table=table, examples=EXAMPLES,
        most_rows=MOST_GROUPS, most_columns=MOST_BLOCKS,
    )  # fmt: skip


def _labels(grid: forms.Grid) -> dict[str, str]:
    """What a message in the summary is about."""
    names = {"key": gettext("kode"), "label": gettext("nama"), "fixed": gettext("beban tetap"), "upkeep": gettext("pemeliharaan"),
             "admin": gettext("administrasi"), "minimum_use": gettext("pemakaian minimum")}  # fmt: skip
    labels = {f"batas-{n}": gettext("Batas blok %(number)s", number=n + 1) for n in range(grid.columns)}
    for row in range(grid.rows):
        of_row = {name: str(word) for name, word in names.items()}
        of_row |= {f"rate-{n}": gettext("harga blok %(number)s", number=n + 1) for n in range(grid.columns)}
        for name, word in of_row.items():
            labels[f"g{row}-{name}"] = gettext("Baris %(row)s, %(field)s", row=row + 1, field=word)
    return labels


def typed_day(text: str, name: str) -> tuple[date | None, list[FieldError]]:
    """A day from a date field, and what is wrong with it."""
    try:
        return (date.fromisoformat(text) if text else None), []
    except ValueError:
        return None, [FieldError(name, gettext("Tulis tanggal seperti 2026-07-31."))]


def refuse(faults: list[FieldError]) -> None:
    """Raise Invalid when there is any fault."""
    if faults:
        raise Invalid(faults)


@blueprint.post("/rancangan/<uuid:draft_id>/buang")
@require("water.bill")
def discard(draft_id: UUID) -> AnyResponse:
    """Throw a draft away."""
    services.discard_draft(session(), draft_id)
    flash(gettext("Rancangan dibuang."))
    return redirect(PATH, 303)


@blueprint.get("/tempel")
@require("water.bill")
def paste_page() -> Response:
    """A box for a table that stands elsewhere already."""
    return _paste(Form.of({}))


def _paste(form: Form, told: list[str] | None = None) -> Response:
    return render_form(
        "water/tariffs/paste.html", form, told=told or [], example=importing.example(), columns=importing.COLUMNS
    )


@blueprint.post("/tempel")
@require("water.bill")
def paste() -> AnyResponse:
    """Make a draft of what was pasted or uploaded."""
    file = request.files.get("berkas")
    data = file.read(importing.MOST_BYTES + 1) if file is not None and file.filename else b""
    data = data or request.form.get("isi", "").replace("\r\n", "\n").encode()
    try:
        if not data.strip():
            raise Invalid.field("isi", gettext("Tempel tabelnya, atau pilih berkasnya."))
        rules = importing.read_rules(data)
        draft = services.save_draft(session(), None, rules, member_id=signed_in().member_id)
    except importing.Unreadable as invalid:
        return _paste(Form.of(request.form, invalid), invalid.told)
    except Invalid as invalid:
        return _paste(Form.of(request.form, [FieldError("isi", fault.message) for fault in invalid.errors]))
    except TooLarge as problem:
        return _paste(Form.of(request.form, [FieldError("isi", problem.detail or str(problem.title))]))
    flash(gettext("Terbaca tanpa kesalahan. Periksa tabelnya sebelum ditetapkan."))
    return redirect(f"{PATH}/rancangan/{draft.id}", 303)


# --- adoption ---


@blueprint.get("/rancangan/<uuid:draft_id>/tetapkan")
@require("water.bill")
def adopt_page(draft_id: UUID) -> Response:
    """Number and date of the decree, and from when on."""
    draft = services.find_draft(session(), draft_id)
    known: dict[str, Any] = {"decree": draft.decree, "valid_from": draft.valid_from or ""}
    return _adopt(draft, Form.of(known))


def _adopt(draft: TariffDraft, form: Form) -> Response:
    tariff = services.draft_tariff(draft)
    return render_form("water/tariffs/adopt.html", form, draft=draft, table=table_of(tariff), examples=EXAMPLES)


@blueprint.post("/rancangan/<uuid:draft_id>/tetapkan")
@require("water.bill")
def adopt(draft_id: UUID) -> AnyResponse:
    """Make it the tariff."""
    given = request.form
    decreed_on, faults = typed_day(given.get("decreed_on", ""), "decreed_on")
    valid_from, more = typed_day(given.get("valid_from", ""), "valid_from")
    try:
        refuse([*faults, *more])
        version = services.adopt(
            session(), draft_id, decree=given.get("decree", ""), decreed_on=decreed_on, valid_from=valid_from, today=today(),
            member_id=signed_in().member_id,
        )  # fmt: skip
    except Invalid as invalid:
        session().rollback()
        return _adopt(services.find_draft(session(), draft_id), Form.of(given, invalid))
    flash(gettext("Tarif ditetapkan."))
    return redirect(f"{PATH}/{version.id}", 303)
