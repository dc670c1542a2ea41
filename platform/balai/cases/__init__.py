"""The spine: services, cases, units, deadlines. A citizen asks, units handle it, the citizen learns the outcome and rates it."""

from flask import Flask

from balai import auth, plugins
from balai.cases.access import may_read, may_work, read_case
from balai.cases.acting import answer, ask, assign, attach, note, publish, rate_case, redact, reopen, reveal_contact
from balai.cases.catalogue import Acceptance, accepts, offers, rules, rules_of, service, services, titles
from balai.cases.codes import CodeError, parse_code
from balai.cases.decisions.services import record as record_decision
from balai.cases.documents import DocumentError, load_folder
from balai.cases.filing import Filed, Place, Reporter, file_case
from balai.cases.form_schema import form_schema
from balai.cases.hooks import count_running
from balai.cases.models import Case, CaseEvent, Decision, ServiceSetting, ServiceVersion, SlotUnit, Unit, UnitMember
from balai.cases.moving import Step, move_case, step_for_event, steps
from balai.cases.people import SYSTEM, Person
from balai.cases.queries import Filters, PublicCase, inbox, own_cases, public_cases
from balai.cases.units import adopt_admin
from balai.cases.viewers import citizen, staff

load_services = load_folder


def init_app(app: Flask) -> None:
    """Tell `plugins` how to count running cases and `auth` who inherits them; hang in the pages and the API."""
    from balai.cases import api, counter, mailbox, pages
    from balai.cases.drawing import wiring as drawing
    from balai.cases.letterbox import leaving

    plugins.count_running_with(count_running)
    auth.when_leaving(leaving.follow)
    api.init_app(app)
    pages.init_app(app)
    mailbox.init_app(app)
    drawing.init_app(app)
    counter.init_app(app)


__all__ = [
    "SYSTEM",
    "Acceptance",
    "Case",
    "CaseEvent",
    "CodeError",
    "Decision",
    "DocumentError",
    "Filed",
    "Filters",
    "Person",
    "Place",
    "PublicCase",
    "Reporter",
    "ServiceSetting",
    "ServiceVersion",
    "SlotUnit",
    "Step",
    "Unit",
    "UnitMember",
    "accepts",
    "adopt_admin",
    "answer",
    "ask",
    "assign",
    "attach",
    "citizen",
    "file_case",
    "form_schema",
    "inbox",
    "init_app",
    "load_services",
    "may_read",
    "may_work",
    "move_case",
    "note",
    "offers",
    "own_cases",
    "parse_code",
    "public_cases",
    "publish",
    "rate_case",
    "read_case",
    "record_decision",
    "redact",
    "reopen",
    "reveal_contact",
    "rules",
    "rules_of",
    "service",
    "services",
    "staff",
    "step_for_event",
    "steps",
    "titles",
]
