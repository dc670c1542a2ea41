"""Feedback: complaints, ideas and information requests. Everything they do is the platform's spine; here stand only documents."""

from importlib.resources import files

from balai.api import HomeCard, Manifest, Sector, Service, gettext, hookimpl, load_services

manifest = Manifest(
    name="feedback",
    titles={"id": "Pengaduan, usul, dan permintaan informasi", "en": "Complaints, ideas and information requests"},
    summary={
        "id": "Warga melapor, mengusulkan, dan meminta informasi; unit menjawab dengan tanggal; semua bisa diikuti.",
        "en": "People report, propose and ask; units answer with a date; everything can be followed.",
    },
    sector=Sector.ADMINISTRASI,
    version="0.1.0",
    needs_api=">=1,<2",
)


@hookimpl
def register_services() -> list[Service]:
    """The three documents under services/."""
    return load_services(files(__package__).joinpath("services"), owner=manifest.name)


@hookimpl
def collect_home_cards() -> list[HomeCard]:
    """The two things that people come for most."""
    return [
        HomeCard(
            gettext("Laporkan masalah"),
            gettext("Jalan rusak, lampu mati, sampah, pelayanan: satu menit, tanpa akun."),
            "/layanan/feedback/pengaduan",
            "megaphone",
            10,
        ),
        HomeCard(
            gettext("Usulkan sesuatu"), gettext("Dijawab resmi, dengan tanggal."), "/layanan/feedback/usul", "bulb", 30
        ),
    ]
