"""Which services a region offers, and the form of each as a JSON Schema."""

from balai import db, rest, tenancy
from balai.cases import catalogue
from balai.cases.api.schemas import FileQuestion, ServiceDetail, ServiceItem, ServiceList, StateItem
from balai.cases.catalogue import Acceptance
from balai.cases.form_schema import form_schema
from balai.cases.forms import FILE_TYPES, place_field
from balai.contracts import Service
from balai.errors import NotFound

blueprint = rest.Blueprint(
    "api_services",
    __name__,
    tag="services",
    url_prefix=f"{rest.API_PREFIX}/services",
    description="Layanan daerah ini dan formulirnya.",
)


@blueprint.route("")
@blueprint.public
@blueprint.answers(ServiceList, summary="Daftar layanan")
def list_services() -> ServiceList:
    """Those for citizens, whether or not they take something new right now; without those that nobody would read."""
    offers = catalogue.offers(db.session())
    return ServiceList([ServiceItem(*_shared(service, accepted)) for service, accepted in offers if accepted.listed])


@blueprint.route("/<service_id>")
@blueprint.public
@blueprint.answers(ServiceDetail, summary="Satu layanan dengan formulirnya", problems=(404,))
def get_service(service_id: str) -> ServiceDetail:
    """One of them."""
    service = catalogue.service(db.session(), service_id)
    if service.audience != "public":
        raise NotFound
    tenant = tenancy.current()
    assert tenant is not None  # noqa: S101 - the blueprint lives on regions' hosts only
    accepted = catalogue.accepts(tenant, service, session=db.session())
    return ServiceDetail(
        *_shared(service, accepted),
        version=service.version,
        legal_basis=service.legal_basis,
        fee=service.fee_amount,
        fee_per=service.fee_per,
        documents=list(service.documents),
        reason=accepted.reason,
        call_instead=accepted.call_instead,
        asks_place=(place := place_field(service)) is not None and place.required,
        files=[FileQuestion(f.key, f.label, f.type, f.required) for f in service.fields if f.type in FILE_TYPES],
        states=[StateItem(s.key, s.label, s.waits_for, s.sla_days, s.outcome) for s in service.workflow.states],
        form=form_schema(service),
    )


def _shared(service: Service, accepted: Acceptance) -> tuple[str, str, str, str, str, str, str, bool, bool]:
    return (
        service.id,
        service.title,
        service.summary["id"],
        service.sector.value,
        service.topic,
        service.kind,
        service.visibility,
        service.anonymous,
        accepted.open,
    )
