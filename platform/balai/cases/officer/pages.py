"""The inbox: queues, filters that live in the address, what is new and unread, a map of the same, and news for an open page."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import cases, db, places, web
from balai.auth import require
from balai.cases import catalogue, queries, units, wording
from balai.cases.codes import CodeError, parse_code
from balai.cases.console import FILTERS, blueprint, filters_of, id_of, member_names, person
from balai.cases.gate import services as gate
from balai.cases.officer import bulk, dots
from balai.cases.officer import queries as inbox_queries
from balai.cases.officer.queries import Mark, Row
from balai.cases.people import Person
from balai.cases.shown import services as moderation
from balai.clock import now
from balai.contracts import Service
from balai.web import Form
from balai.web.i18n import gettext as _
from balai.web.i18n import ngettext

PAGE = 50
MAP = 500
# Whoever comes back after half an hour begins a new visit.
VISIT = timedelta(minutes=30)
HERE = "/kelola/laporan"


@blueprint.get("/laporan")
@require("cases.work")
def inbox() -> AnyResponse:
    """One inbox over all services. A code in the search leads straight to its case."""
    session, who = db.session(), person()
    led = _straight_to(request.args.get("q", "").strip())
    if led is not None:
        return led
    filters, given = filters_of(), given_filters()
    on_map = request.args.get("tampilan") == "peta"
    before = id_of(request.args.get("sebelum"))
    rows = queries.inbox(session, who, filters, before=before, limit=(MAP if on_map else PAGE) + 1)
    shown, more = rows[: MAP if on_map else PAGE], len(rows) > (MAP if on_map else PAGE)
    mark = None
    if who.member_id is not None:
        mark = inbox_queries.look(session, who.member_id, now(), visit=now() - VISIT)
    return web.render(
        "cases/console/map.html" if on_map else "cases/console/inbox.html",
        form=Form.of({"keadaan": filters.state or "semua", **given}),
        filters=filters,
        rows=lines(session, who, shown[:PAGE], mark),
        drawing=dots.draw(session, who, shown) if on_map else None,
        more=_address(given, sebelum=str(shown[-1].id)) if more and not on_map else None,
        is_first=before is None,
        mark=mark,
        news=_news(given, shown),
        undo=bulk.undoable(session, who),
        filtered=bool(given.keys() - {"antrean"}),
        given=given,
        query=urlencode(given),
        held=_up_to(gate.count_held(session, who)),
        unseen=_up_to(moderation.count_waiting(session, who)),
        other_view=_address(given) if on_map else _address(given, tampilan="peta"),
        **_choices(session, who, shown, given, filters.queue),
    )


@blueprint.get("/laporan/cari")
@require("cases.work")
def find() -> AnyResponse:
    """The search field at the top of every page."""
    words = request.args.get("q", "")
    return redirect(_address({"antrean": "all", "keadaan": "semua", "q": words}), 303)


@blueprint.get("/laporan/kabar")
@require("cases.work")
def news() -> AnyResponse:
    """Whether the first page of a filter has changed: 304 while it hasn't, else a sentence. An open page asks every 20 s."""
    rows = queries.inbox(db.session(), person(), filters_of(), limit=PAGE + 1)[:PAGE]
    tag = tag_of(rows)
    if request.if_none_match.contains(tag):
        answer = Response(status=304)
    else:
        top = id_of(request.args.get("teratas"))
        count = sum(1 for row in rows if top is None or row.id > top)
        words = ngettext("%(num)s laporan baru.", "%(num)s laporan baru.", count) if count else ""
        answer = Response(
            msgspec.json.encode({"text": words or _("Ada yang berubah di daftar ini.")}), mimetype="application/json"
        )
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _up_to(number: int, most: int = 100) -> str:
    """A count that goes no further: "12", "100+", "" for none."""
    return "" if not number else f"{most}+" if number >= most else str(number)


def tag_of(rows: Sequence[Row]) -> str:
    """A short mark of what a page shows; it changes with every step, note or assignment of a case on it."""
    told = ";".join(f"{row.id}.{row.seq}.{row.assignee_id}.{row.overdue_at}" for row in rows)
    return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()


def _straight_to(words: str) -> AnyResponse | None:
    try:
        code = parse_code(words)
    except CodeError:
        return None
    return redirect(f"{HERE}/{code}", 303) if queries.by_code(db.session(), code) is not None else None


def given_filters() -> dict[str, str]:
    """The filters as they stand in the address."""
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


def _address(given: dict[str, str], **more: str) -> str:
    told = given | more
    return f"{HERE}?{urlencode(told)}" if told else HERE


def _news(given: dict[str, str], shown: Sequence[Row]) -> dict[str, str]:
    """What the page's script needs to ask for news; only the first page has any."""
    top = {"teratas": str(shown[0].id)} if shown else {}
    return {"url": f"{HERE}/kabar?{urlencode(given | top)}", "tag": tag_of(shown[:PAGE])}


def _choices(
    session: db.TenantSession, who: Person, shown: Sequence[Row], given: dict[str, str], queue: str
) -> dict[str, Any]:
    found = units.all_units(session)
    steps: dict[str, str] = {}
    known: set[tuple[Any, ...]] = set()
    for row in shown[:PAGE]:
        # Cases alike have the same steps.
        alike = (row.service_id, row.service_version, row.state, row.unit_id, row.assignee_id, row.visibility)
        if alike not in known:
            known.add(alike)
            for step in bulk.quick_steps(session, row, who):
                rules = _rules(session, row)
                steps.setdefault(step.key, rules.workflow.transition(step.key).label)
    members = inbox_queries.colleagues(session, None if who.is_admin else list(who.units | who.heads))
    return {
        "tabs": _tabs(given, queue),
        "services": sorted(
            (s.id, wording.localise(s).title) for s in catalogue.services(session, audience=None, every=True)
        ),
        "units": [(str(u.id), u.name) for u in found],
        "districts": [(d.code, d.name) for d in places.districts(session)],
        "quick_steps": sorted(steps.items(), key=lambda step: step[1]),
        "colleagues": [(str(key), name) for key, name in members],
    }


def _tabs(given: dict[str, str], queue: str) -> list[tuple[str, str, bool]]:
    names = (("unit", _("Unit saya")), ("mine", _("Tugas saya")), ("all", _("Semua")))
    return [(label, _address(given | {"antrean": key}), key == queue) for key, label in names]


def lines(session: db.TenantSession, who: Person, rows: Sequence[Row], mark: Mark | None) -> list[dict[str, Any]]:
    """Rows as the table shows them."""
    named = units.names(session, [r.unit_id for r in rows])
    people = member_names(session, {r.assignee_id for r in rows if r.assignee_id})
    areas = {a.code: a.name for a in places.districts(session)} if rows else {}
    seen = inbox_queries.read_until(session, who.member_id, [r.id for r in rows]) if who.member_id and rows else {}
    found = []
    for row in rows:
        rules = _rules(session, row)
        found.append(
            {
                "case": row,
                "badge": wording.badge(row, wording.state_label(rules, row.state)),
                "service": rules.title,
                "unit": named.get(row.unit_id, ""),
                "assignee": people.get(row.assignee_id, "") if row.assignee_id else "",
                "district": areas.get(row.region[:8], ""),
                "unread": mark is not None and row.changed_at > mark.read_before and seen.get(row.id, 0) < row.seq,
                "fresh": mark is not None and row.filed_at > mark.since_at,
            }
        )
    return found


def _rules(session: db.TenantSession, row: Row) -> Service:
    """The rules of a row in the reader's language, put into words once a request."""
    known: dict[tuple[str, int], Service] = g.setdefault("inbox_rules", {})
    key = (row.service_id, row.service_version)
    if key not in known:
        known[key] = wording.localise(cases.rules_of(session, *key))
    return known[key]


def codes_given() -> list[str]:
    """Cases that were ticked in a form."""
    found = []
    for typed in request.form.getlist("pilih"):
        try:
            found.append(parse_code(typed))
        except CodeError:
            continue
    return found


def back_to_inbox() -> str:
    """Where a bulk act came from: the inbox with its filters, never another address."""
    typed = dict(parse_qsl(request.form.get("kembali", "")[:1000]))
    return _address({name: typed[name] for name in (*FILTERS, "tampilan") if typed.get(name)})
