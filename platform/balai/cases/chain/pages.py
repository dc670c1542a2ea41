"""The chain's pages: which services there are, and the way of one service with the links that could be cut."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial, wraps
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, g, request

from balai import auth, cases, db, plugins, web
from balai.cases import catalogue, units, wording
from balai.cases.chain import figures, queries, services
from balai.cases.chain.figures import Chain, UnitTimes, Verdict
from balai.cases.chain.flow import draw
from balai.cases.workdays import Calendar
from balai.clock import now
from balai.contracts import ChainAction, Service
from balai.errors import Forbidden, NotFound
from balai.web import Form, formats
from balai.web.i18n import gettext as _

blueprint = Blueprint("cases_chain", __name__, url_prefix="/kelola/rantai", template_folder="../templates")
# Whoever works on cases sees where they wait; leaders and auditors see it although they handle none.
MAY_READ: Final = frozenset({"cases.work", "evidence.decide", "audit.read"})
_USUAL = timedelta(days=90)
_MOST = timedelta(days=5 * 366)
_STEPS_SHOWN = 40
_View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Line:
    """One unit as the page shows it. reason: why it is or isn't named; evidence: one sentence for a link that could be cut."""

    unit: UnitTimes
    name: str
    verdict: Verdict
    reason: str
    evidence: str
    saved: float | None
    does: tuple[str, ...]
    actions: tuple[ChainAction, ...]


def _readers(view: _View) -> _View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        if g.get("tenant") is None:
            raise NotFound
        if not auth.signed_in().permissions & MAY_READ:
            raise Forbidden(_("Rantai layanan dibuka untuk petugas, pimpinan, dan pemeriksa."))
        web.personal()
        return view(*args, **kwargs)

    return guarded


@blueprint.get("")
@_readers
def overview() -> Response:
    """Services of this region with how many cases ended lately."""
    session = db.session()
    since, until = services.period(units.calendar(session), *_lately(units.calendar(session)))
    ended = {row.service_id: row.cases for row in queries.ended_by_service(session, since=since, until=until)}
    found = [wording.localise(s) for s in catalogue.services(session, audience=None, every=True)]
    lines = sorted(((ended.get(s.id, 0), s) for s in found), key=lambda line: (-line[0], line[1].title))
    return web.render("cases/chain/overview.html", lines=lines, enough=figures.ENOUGH)


@blueprint.get("/<owner>/<key>")
@_readers
def show(owner: str, key: str) -> Response:
    """The chain of one service over the cases that ended in a period."""
    session = db.session()
    service = wording.localise(cases.service(session, f"{owner}.{key}"))
    calendar = units.calendar(session)
    (first, last), form = _period(calendar)
    every = request.args.get("semua") == "ya"
    if every:
        web.allow("rantai-semua", allowed=4, seconds=60)
    since, until = services.period(calendar, first, last)
    chain = services.look(session, service, since=since, until=until, every=every)
    names = units.names(session, [u.unit for u in chain.units])
    lines = [_line(session, unit, chain, names, service) for unit in chain.units]
    cuts = frozenset(line.unit.unit for line in lines if line.verdict == "cut")
    return web.render_form(
        "cases/chain/service.html",
        form,
        service=service,
        first=first,
        last=last,
        chain=chain,
        lines=lines,
        flow=draw(chain, names, cuts) if chain.cases else None,
        count=partial(_count, chain),
        steps=_steps(chain, names, service),
        few=chain.cases < figures.ENOUGH,
        limits=figures,
        every_url=f"{request.path}?{urlencode({'dari': first, 'sampai': last, 'semua': 'ya'})}",
    )


def _lately(calendar: Calendar) -> tuple[date, date]:
    today = calendar.today(now())
    return today - _USUAL, today


def _period(calendar: Calendar) -> tuple[tuple[date, date], Form]:
    """The period that was asked for, and the form; what can't be read is said there, and the usual period is shown."""
    usual, form = _lately(calendar), Form.of(request.args)
    form.labels = {"dari": _("Selesai dari"), "sampai": _("sampai")}
    days = []
    for name, otherwise in zip(("dari", "sampai"), usual, strict=True):
        try:
            days.append(date.fromisoformat(request.args.get(name) or otherwise.isoformat()))
        except ValueError:
            form.add(name, _("Tulis tanggal yang benar, misalnya 2026-11-24."))
    if not form.errors and not timedelta() <= days[1] - days[0] <= _MOST:
        form.add("sampai", _("Pilih tanggal sesudah tanggal awal, paling lama lima tahun."))
    first, last = usual if form.errors else (days[0], days[1])
    if not form.errors:
        form.values.setlist("dari", [first.isoformat()])
        form.values.setlist("sampai", [last.isoformat()])
    return (first, last), form


def _line(
    session: db.TenantSession, unit: UnitTimes, chain: Chain, names: Mapping[UUID, str], service: Service
) -> Line:
    name, found = names.get(unit.unit, _("unit yang sudah dihapus")), figures.verdict(unit, chain)
    saved = figures.saved(unit, chain)
    evidence = _evidence(name, unit, chain) if found == "cut" else ""
    offered = plugins.hooks(g.tenant).collect_chain_actions(tenant=g.tenant, session=session, unit_id=unit.unit)
    actions = tuple(action for some in offered for action in some)
    return Line(unit, name, found, _reason(found), evidence, saved, _does(unit, chain, service), actions)


def _count(chain: Chain, number: int) -> str:
    """How many of all that ended; ± where only a choice of them was walked."""
    return f"±{formats.angka(chain.about(number))}" if chain.is_sample else formats.angka(number)


def _evidence(name: str, unit: UnitTimes, chain: Chain) -> str:
    """“Verifikasi menyetujui 99,1% dari 412 permohonan dan menambah 3,2 hari kerja ...”."""
    return _(
        "%(unit)s menyetujui %(share)s dari %(cases)s permohonan tanpa mengubahnya dan menambah %(days)s hari kerja;"
        " tanpa unit ini separuh permohonan selesai dalam %(without)s hari kerja, bukan %(total)s.",
        unit=name, share=formats.persen(unit.passed_share, 1), cases=_count(chain, unit.decided),
        days=formats.angka(unit.own, 1), without=formats.angka(unit.without, 1), total=formats.angka(chain.total, 1),
    )  # fmt: skip


def _reason(found: Verdict) -> str:
    return {
        "cut": _("Bisa dipotong"),
        "alone": _("Satu-satunya unit"),
        "few": _("Belum cukup data"),
        "works": _("Pekerjaannya di sini"),
        "decides": _("Ikut menentukan"),
        "quick": _("Cepat, tidak menahan"),
    }[found]


def _does(unit: UnitTimes, chain: Chain, service: Service) -> tuple[str, ...]:
    """Labels of the steps that this unit's people took, most often first."""
    keys = dict.fromkeys(s.step for s in chain.steps if s.unit == unit.unit and s.actor == "staff")
    return tuple(_step_label(service, key) for key in keys)


def _step_label(service: Service, key: str) -> str:
    """A step as people read it; the key itself where the document has changed since."""
    try:
        return service.workflow.transition(key).label
    except KeyError:
        return key


def _steps(chain: Chain, names: Mapping[UUID, str], service: Service) -> list[dict[str, Any]]:
    actors = {"staff": _("petugas"), "citizen": _("pelapor"), "system": _("otomatis")}
    effects = {
        "changed": _("diubah"), "returned": _("dikembalikan"), "refused": _("ditolak"), "approved": _("disetujui"),
    }  # fmt: skip
    return [
        {
            "label": _step_label(service, step.step),
            "state": wording.state_label(service, step.state or ""),
            "unit": names.get(step.unit, "") if step.unit else "",
            "actor": actors.get(step.actor, step.actor),
            "effect": effects.get(step.effect, ""),
            "times": step.times,
            "days": step.days,
            "waiting": step.waiting,
        }
        for step in chain.steps[:_STEPS_SHOWN]
    ]
