"""What `notify` brings to the core."""

from balai.contracts import PersonalData, Task
from balai.hookspecs import hookimpl
from balai.notify.tasks import deliver_message


@hookimpl
def register_tasks() -> list[Task]:
    """Deliveries."""
    return [deliver_message]


@hookimpl
def register_personal_data() -> list[PersonalData]:
    """Addresses and texts of messages."""
    return [
        PersonalData(
            "nomor telepon atau surel penerima, isi pesan",
            "memberi kabar tentang laporan atau permohonan",
            "UU 27/2022 pasal 20 ayat (2) huruf e (pelayanan publik)",
            730,
            "message",
        )
    ]
