"""E-mail over the deployment's SMTP server. Each region's mails carry its own name; the address is the deployment's."""

import smtplib
import ssl
from collections.abc import Mapping
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from balai.contracts import Channel, RetryLater
from balai.notify.gateways import PAUSE, NotSetUpError, RefusedError
from balai.settings import Settings, current_settings
from balai.web.i18n import lazy_gettext as _l

_TIMEOUT: Final = 20
_PERMANENT: Final = 500
# Python's usual 78 would write a long address in a header as an encoded word, which no mail program takes for an address.
_POLICY: Final = policy.default.clone(max_line_length=998)


def make_mail(settings: Mapping[str, Any], config: Settings, to: str, subject: str, text: str) -> EmailMessage:
    """The mail: region's name before the deployment's address, the same Message-ID with every attempt.

    settings: message_id, sender, and stop_url where the reader may refuse such mails (RFC 8058).
    """
    message = EmailMessage(policy=_POLICY)
    name, address = parseaddr(config.mail_from)
    domain = address.rpartition("@")[2] or config.domain
    shown = " ".join(str(settings.get("sender") or name).split())
    message["From"] = Address(shown, addr_spec=address) if address else config.mail_from
    message["To"] = to
    message["Subject"] = subject
    # A mail program shows a doubled mail once.
    message["Message-ID"] = f"<{settings['message_id']}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if settings.get("stop_url"):
        message["List-Unsubscribe"] = f"<{settings['stop_url']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text)
    return message


def _deliver(settings: Mapping[str, Any], to: str, subject: str, text: str) -> str:
    config = current_settings()
    if not config.smtp_url:
        raise NotSetUpError("email belum dipasang di Balai ini (BALAI_SMTP_URL)")
    message = make_mail(settings, config, to, subject, text)
    try:
        with _connect(config.smtp_url) as smtp:
            smtp.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _text in refused.recipients.values()]
        if codes and all(code >= _PERMANENT for code in codes):
            raise RefusedError(f"server email menolak alamat ini ({codes[0]})") from None
        # Greylisting: this address only, the channel is well.
        raise RetryLater(PAUSE, "server email meminta menunggu") from None
    except smtplib.SMTPResponseException as answer:
        # Its words may repeat the address.
        raise ConnectionError(f"server email menjawab {answer.smtp_code}") from None
    return str(message["Message-ID"])


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=_TIMEOUT, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(host, parts.port or 25, timeout=_TIMEOUT)
        smtp.ehlo()
        if smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
    if parts.username:
        smtp.login(unquote(parts.username), unquote(parts.password or ""))
    return smtp


CHANNEL: Final = Channel("email", _l("Email"), "email", _deliver)
