"""Views of `/kelola/layanan-daerah`."""

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, plugins
from balai.admin import people, switches
from balai.admin.routes import console
from balai.auth import require
from balai.contracts import PluginState
from balai.errors import Invalid, NotFound
from balai.web import Form, flash, render, render_form
from balai.web.i18n import gettext as _

PAGE = "/kelola/layanan-daerah"


@console.get("/layanan-daerah")
@require("plugins.switch")
def services_page() -> Response:
    """Every group of services, its state and the latest switches."""
    session = db.session()
    return render(
        "admin/switches.html", lines=switches.lines(session), history=switches.history(session), **_words(),
    )  # fmt: skip


@console.get("/layanan-daerah/<name>")
@require("plugins.switch")
def service_page(name: str) -> Response:
    """One group: what it is, what it holds about people, its history, the switch."""
    return _one(name, Form.of())


@console.get("/layanan-daerah/<name>/<to>")
@require("plugins.switch")
def ask_switch(name: str, to: str) -> Response:
    """The page that asks once more and says what will happen."""
    return _ask(name, to, Form.of())


@console.post("/layanan-daerah/<name>/<to>")
@require("plugins.switch")
def switch(name: str, to: str) -> AnyResponse:
    """Switch it, with a reason."""
    found, wanted = _found(name, to)
    session = db.session()
    try:
        after = switches.switch_to(session, g.tenant, name, wanted, request.form.get("reason", ""))
    except Invalid as refused:
        session.rollback()
        return _ask(name, to, Form.of(request.form, refused))
    if after is wanted:
        switches.note_decision(
            session, found, wanted, request.form.get("reason", ""), member_id=auth.signed_in().member_id
        )
    label = switches.STATES[after][0]
    text = _("%(title)s: %(state)s.", title=found.title, state=str(label).lower())
    flash(text, "warn" if after is PluginState.BLOCKED else "good")
    return redirect(f"{PAGE}/{name}", 303)


@console.post("/layanan-daerah/<name>/penilaian")
@require("plugins.switch")
def record_dpia(name: str) -> AnyResponse:
    """Note the impact assessment that the region has made."""
    try:
        plugins.record_dpia(db.session(), name, request.form.get("dpia", "")[:200])
    except Invalid as refused:
        db.session().rollback()
        return _one(name, Form.of(request.form, refused))
    flash(_("Penilaian dampak dicatat. Layanan ini sekarang bisa diaktifkan."))
    return redirect(f"{PAGE}/{name}", 303)


def _one(name: str, form: Form) -> Response:
    session = db.session()
    found = switches.line(session, name)
    if found is None:
        raise NotFound
    return render_form(
        "admin/switch_one.html", form, line=found, history=switches.history(session, name),
        unannounced=switches.unannounced(session, name), **_words(),
    )  # fmt: skip


def _ask(name: str, to: str, form: Form) -> Response:
    found, wanted = _found(name, to)
    told = switches.consequences(found, wanted)
    return render_form("admin/switch_ask.html", form, line=found, to=wanted.value, told=told)


def _found(name: str, to: str) -> tuple[switches.Line, PluginState]:
    found = switches.line(db.session(), name)
    if found is None or to not in {"on", "closing", "off"} or PluginState(to) not in found.steps:
        raise NotFound
    return found, PluginState(to)


def _words() -> dict[str, object]:
    return {
        "states": {state.value: words[0] for state, words in switches.STATES.items()},
        "refused": plugins.manager().refused,
        "names": people.names(db.session()),
        "titles": {p.name: p.manifest.titles["id"] for p in plugins.manager().installed if p.manifest},
    }
