"""What `notify` brings to the core."""

from typing import Final

from balai.contracts import Channel, MenuItem, PersonalData, Task
from balai.hookspecs import hookimpl
from balai.notify import gateways, mail
from balai.notify.tasks import deliver_message, feed_messages, send_digests, wake_message
from balai.web.i18n import lazy_gettext as _l

_IN_APP: Final = Channel("inapp", _l("Di Balai"), "member", lambda _settings, _to, _subject, _text: "")
_MENU: Final = [MenuItem(_l("Kabar untuk Anda"), "notify_console.own_page", "bell", None, 15),
                MenuItem(_l("Pesan keluar"), "notify_console.unsent_page", "send", "members.manage", 525)]  # fmt: skip


@hookimpl
def register_channels() -> list[Channel]:
    """Inside Balai, by mail, and through the region's own SMS and WhatsApp gateways."""
    return [_IN_APP, mail.CHANNEL, *gateways.CHANNELS]


@hookimpl
def register_tasks() -> list[Task]:
    """Deliveries, and the staff's daily mail."""
    return [deliver_message, feed_messages, wake_message, send_digests]


@hookimpl
def collect_menu() -> list[MenuItem]:
    """Own messages for everybody, the outbox for the admin."""
    return _MENU


@hookimpl
def register_personal_data() -> list[PersonalData]:
    """Addresses and texts of messages."""
    return [
        PersonalData(
            "nomor telepon atau email penerima, isi pesan",
            "memberi kabar tentang laporan atau permohonan",
            "UU 27/2022 pasal 20 ayat (2) huruf e (pelayanan publik)",
            730,
            "message",
        )
    ]
