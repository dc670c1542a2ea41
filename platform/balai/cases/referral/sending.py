"""The one way in which a case reaches another region: a new one is filed there by the public path (decision 32).

Two halves, each in its own region's transaction. The first files there under an id that was made when the reporter was asked,
so a job that is run again after a crash finds the case instead of filing a second one; the second ends the case here. Nothing
of either region's rows is joined: what crosses over are words and files that the reporter agreed to, the new code comes back.
"""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from balai import files, keys, places
from balai.cases import acting, catalogue, filing, telling, timeline
from balai.cases.drafts import Place, Reporter
from balai.cases.models import Case, CaseLink, Referral
from balai.cases.moving import apply_step, lock
from balai.cases.people import SYSTEM, Person
from balai.cases.personal import marks
from balai.cases.referral import flow, receivers
from balai.clock import now
from balai.contracts import task
from balai.db import TenantSession
from balai.errors import Conflict, Invalid, NotFound, Problem
from balai.tenancy import Tenant
from balai.web.i18n import force_language
from balai.web.i18n import gettext as _

_STRICTER = ("public", "private", "secret")
_PURPOSE = "case.attachment"


@task("cases.send_referral")
def send_referral(session: TenantSession, tenant: Tenant, *, referral: UUID) -> None:
    """File the case in the region that its reporter agreed to, then end it here with both codes known to each other."""
    made = session.scalars(select(Referral).where(Referral.id == referral)).first()
    if made is None:
        return
    case = lock(session, made.case_id)
    session.refresh(made)
    if made.state != "agreed" or not flow.is_sending(case.state):
        return
    there = receivers.other_region(session, made.region_code)
    if there is None:
        _give_back(session, case, made, _("Daerah tujuan sedang tidak memakai Balai."))
        return
    try:
        with force_language(case.language):
            code, secret = _file_there(session, case, made, tenant, there)
    except (Conflict, Invalid, NotFound) as refused:
        _give_back(session, case, made, _why(refused))
        return
    _end_here(session, case, made, there, code, secret)


def _why(refused: Problem) -> str:
    told = [error.message for error in refused.errors] if isinstance(refused, Invalid) else []
    return " ".join(told) or refused.detail or str(refused.title)


def _file_there(session: TenantSession, case: Case, made: Referral, tenant: Tenant, there: Tenant) -> tuple[str, str]:
    """(code, link secret) of the case in the other region, filed now or by an earlier run that died."""
    # Asked again here: the region may have been told so after the reporter agreed.
    marks.require_unrestricted(session, case.id)
    agreed: dict[str, Any] = msgspec.json.decode(keys.reveal(session, made, "agreed") or "{}")
    parcel = _Parcel(session, case, agreed)
    with receivers.inside(there) as other:
        known = other.scalars(select(Case).where(Case.client_id == made.client_id)).first()
        service = catalogue.service(other, made.service_id)
        data = receivers.fit(parcel.service, parcel.answers, service)
        if known is None and data is None:
            raise Conflict(_("Layanan itu tidak bisa menerima laporan ini di daerah tujuan."))
        filed = filing.file_case(
            other,
            service,
            data or {},
            reporter=parcel.reporter,
            anonymity=case.anonymity if service.anonymous else "named",
            visibility=max(case.visibility, service.visibility, key=_STRICTER.index),
            place=parcel.place(other),
            is_test=case.is_test,
            client_id=made.client_id,
        )
        if filed.created:
            _finish_there(other, filed.case, case, tenant, parcel)
        return filed.code, filed.link_secret


def _finish_there(other: TenantSession, new: Case, case: Case, tenant: Tenant, parcel: "_Parcel") -> None:
    """Where it came from, by code and name; and the files."""
    other.flush()
    other.add(CaseLink(case_id=new.id, kind="received", other_code=case.code, receiver=tenant.name, made_at=now()))
    data = {"from": case.code, "region": tenant.name}
    timeline.append(other, new, "handed_over", SYSTEM, data=data)
    stored = [
        files.store(other, content, purpose=_PURPOSE, filename=name, kinds=files.STAFF).id
        for name, content in parcel.files()
    ]
    if stored:
        acting.attach(other, new.id, stored, person=Person("citizen", holds=frozenset({new.id})))
    other.flush()


class _Parcel:
    """What goes along, read in its own region."""

    def __init__(self, session: TenantSession, case: Case, agreed: dict[str, Any]) -> None:
        self._session, self._case, self._agreed = session, case, agreed
        self.service = catalogue.rules(session, case)
        self.answers = receivers.answers_of(session, case)
        self.reporter = self._reporter()

    def _reporter(self) -> Reporter:
        sub = self._agreed.get("sub") if self._case.anonymity == "named" else None
        if not self._agreed.get("contact"):
            return Reporter(sub=sub)
        given = {n: keys.reveal(self._session, self._case, f"contact_{n}") or "" for n in ("name", "phone", "email")}
        return Reporter(sub=sub, **given)

    def place(self, other: TenantSession) -> Place:
        """The village that was chosen there; the landmark and the point as they were given."""
        region, case = self._agreed.get("region") or "", self._case
        if region and places.area(other, region) is None:
            region = ""
        landmark = self._agreed.get("landmark") or self.answers.get("landmark") or case.landmark
        return Place(region, landmark, case.latitude, case.longitude)

    def files(self) -> list[tuple[str, bytes]]:
        """(name, content) of the files that were agreed to and are still there."""
        found = []
        for key in self._agreed.get("files", ()):
            file = files.find(self._session, UUID(key))
            if file.is_readable:
                found.append((files.filename(self._session, file), files.content(self._session, file)))
        return found


def _end_here(session: TenantSession, case: Case, made: Referral, there: Tenant, code: str, secret: str) -> None:
    made.state, made.other_code, made.settled_at = "sent", code, now()
    # Files and words are over there now; what may be sent is no longer of use here.
    keys.seal(session, made, "agreed", None)
    url = telling.public_url_of(there, code)
    words = {"receiver": f"{there.name}\n{_('Kode')}: {code}\n{url}"}
    session.add(CaseLink(case_id=case.id, kind="handed_over", other_code=code, receiver=there.name, made_at=now()))
    service = catalogue.rules(session, case)
    step = service.workflow.transition(flow.ARRIVED + flow.source_of(case.state))
    event = apply_step(session, case, service, step, SYSTEM, words=words)
    telling.case_moved(session, case, service, step, event, words)
    told = {"words": f"{there.name}\n{_('Kode')}: {code}", "other": f"{url}?kunci={secret}"}
    telling.referral(session, case, service, "refer_sent", told, inside={"other": url})


def _give_back(session: TenantSession, case: Case, made: Referral, why: str) -> None:
    """The other region takes none now: the case is back with staff, who read why and choose again."""
    made.state, made.problem, made.settled_at = "failed", why[:500], now()
    keys.seal(session, made, "agreed", None)
    service = catalogue.rules(session, case)
    step = service.workflow.transition(flow.FAILED + flow.source_of(case.state))
    event = apply_step(session, case, service, step, SYSTEM)
    timeline.append(session, case, "noted", SYSTEM, public=False, words={"note": f"{made.region_name}: {why}"[:5000]})
    session.flush()
    telling.case_moved(session, case, service, step, event, {})
