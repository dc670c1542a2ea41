"""Every page that citizens see, found in the URL map: one region with something on each, and an address for every rule.

A page that somebody adds is walked by all tests that use `addresses`; one with parameters needs a line in SAMPLES, or the walk
fails and says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from balai import plugins
from balai.tenancy import tenant_scope
from balai.testing.offices import COMPLAINT, open_office

if TYPE_CHECKING:
    from flask import Flask

    from balai.tenancy import Tenant

# Staff, machines, files, and what only exists in development: not pages for citizens.
ELSEWHERE: Final = (
    "/kelola", "/api", "/open311", "/static", "/metrics", "/healthz", "/readyz", "/_gaya", "/kait", "/masuk/selesai", "/berkas/",
    "/lambang/", "/gaya.css", "/favicon.ico", "/manifest.webmanifest", "/pekerja.js", "/robots.txt", "/token-formulir",
    "/tempat/", "/daftar-daerah", "/data/", "/manfaat/grafik/",
)  # fmt: skip
# Tested where they are made, because they need more than a region with reports (a bill, a signed link, an account); by endpoint.
ELSEWHERE_WALKED: Final = (
    "billing_", "notify.stop_page", "admin_front.own_data", "admin_front.ask_deletion", "admin_front.own_copy", "signin.sign_in",
)  # fmt: skip
# Names and codes that stand on pages and are nobody's to translate.
DATA: Final = (
    "Pengaduan", "Usul", "Permintaan informasi", "Salinan data", "Perbaikan data", "Hapus data", "Batasi data",
    "Desa Mekar", "Desa Sari", "Kecamatan Uji", "Admin daerah", " WIB", "Kota Uji", "Provinsi Uji",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Town:
    """A furnished region. secret: link secret of the case behind `code`, filed by Rina; idea, decision: published ones."""

    code: str
    secret: str
    idea: str
    decision: str
    district: str

    @property
    def values(self) -> Mapping[str, str]:
        """For SAMPLES."""
        return {"code": self.code, "idea": self.idea, "decision": self.decision, "district": self.district}


# Endpoint -> addresses with the town's values filled in.
SAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "cases.show": ("/lacak/{code}", "/lacak/3273-00000-00000-0"),
    "cases.sent": ("/lacak/{code}/terkirim",),
    "cases.follow": (),
    "cases_mailbox.show": ("/lacak/{code}/pesan",),
    "cases.form": ("/layanan/feedback/pengaduan", "/layanan/feedback/usul", "/layanan/privasi/salinan-data"),
    "cases.catalogue": ("/layanan", "/layanan?q=air+mati", "/layanan?q=xyzzy"),
    "cases_shown.idea": ("/usul/{idea}",),
    "cases_shown.change": ("/perubahan/{decision}",),
    "evidence_public.service": ("/manfaat/layanan/feedback/pengaduan",),
}


def furnish(app: "Flask", tenant: "Tenant") -> Town:
    """An office, an answered report, a published idea, a decision, figures."""
    from balai import cases
    from balai.cases.decisions import services as decisions
    from balai.cases.models import ServiceFigure
    from balai.clock import now

    with app.app_context(), tenant_scope(tenant) as session:
        office = open_office(session)
        village = f"{tenant.region_code}.01.2001"
        place = cases.Place(village, "depan balai desa", -6.9, 107.6)
        complaint, idea = cases.service(session, "feedback.pengaduan"), cases.service(session, "feedback.usul")
        reporter = cases.Reporter(name="Rina Sari", email="rina@contoh.id")
        filed = cases.file_case(session, complaint, COMPLAINT, place=place, reporter=reporter)
        cases.ask(session, filed.case.id, "Tiang nomor berapa?", person=office.staff())
        words = {
            "judul": "Taman baca di balai desa",
            "bidang": "pendidikan",
            "uraian": "Anak-anak perlu tempat membaca.",
        }
        proposed = cases.file_case(session, idea, words, place=place)
        for shown in (filed, proposed):
            cases.publish(session, shown.case.id, person=office.staff())
        made = decisions.record(
            session, kind="repair", title="Lampu jalan di tiga kecamatan diperbaiki", reason="Banyak lampu mati."
        )
        decisions.make_public(session, cases.Person("staff", permissions=frozenset({"plugins.switch"})), made.id)
        session.add(ServiceFigure(service_id=complaint.id, filed=20, completed=12, median_days=4.0, counted_at=now()))
        return Town(filed.case.code, filed.link_secret, proposed.case.code, str(made.id), f"{tenant.region_code}.01")


def addresses(app: "Flask", town: Town) -> list[str]:
    """Addresses of every citizens' page of the core and of what is on in the town; other plugins walk their own. Raises
    AssertionError for a rule with parameters that SAMPLES doesn't know.
    """
    found: list[str] = []
    owner_of = plugins.manager(app).owner_of_endpoint
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(ELSEWHERE):
            continue
        if rule.endpoint.startswith(ELSEWHERE_WALKED) or owner_of(rule.endpoint) not in (None, "feedback"):
            continue
        if rule.endpoint in SAMPLES:
            found += [sample.format(**town.values) for sample in SAMPLES[rule.endpoint]]
            continue
        assert not rule.arguments, f"{rule.rule} ({rule.endpoint}): give an example in balai.testing.citizen.SAMPLES"
        found.append(rule.rule)
    return found
