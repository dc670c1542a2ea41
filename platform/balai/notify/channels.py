"""Ways to bring a message: e-mail of the core, and what plugins register. Each takes one message or says why not."""

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import current_app

from balai import plugins
from balai.contracts import Channel
from balai.settings import Settings

IN_APP: Final = "inapp"
EMAIL: Final = "email"
_TIMEOUT: Final = 20
_PERMANENT: Final = 500


class NotSetUpError(RuntimeError):
    """The channel can't send here yet: the message is kept."""


class RefusedError(RuntimeError):
    """The other side will never take this message: trying again is of no use."""


def channel(key: str) -> Channel | None:
    """A channel of the core or of an installed plugin."""
    if key == EMAIL:
        return Channel(EMAIL, "Surel", "email", _deliver_mail)
    return next((made for _plugin, made in plugins.manager().brought("channels") if made.key == key), None)


def phone_channel() -> str | None:
    """Key of an installed channel that reaches phones (its address is "phone"), None when there is none."""
    return next((made.key for _plugin, made in plugins.manager().brought("channels") if made.address == "phone"), None)


def deliver(key: str, message_id: UUID, to: str, subject: str, text: str) -> str:
    """Bring one message; the provider's reference. NotSetUpError, RefusedError, or any other error to try again."""
    found = channel(key)
    if found is None:
        raise NotSetUpError(f"no channel {key}")
    return found.deliver({"message_id": str(message_id)}, to, subject, text)


def _deliver_mail(settings: Mapping[str, Any], to: str, subject: str, text: str) -> str:
    config: Settings = current_app.extensions["balai.settings"]
    if not config.smtp_url:
        raise NotSetUpError("BALAI_SMTP_URL is not set")
    message = EmailMessage()
    message["From"] = config.mail_from
    message["To"] = to
    message["Subject"] = subject
    domain = parseaddr(config.mail_from)[1].rpartition("@")[2] or config.domain
    # The same id with every attempt: a mail program shows a doubled mail once.
    message["Message-ID"] = f"<{settings['message_id']}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with _connect(config.smtp_url) as smtp:
            smtp.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        if codes and all(code >= _PERMANENT for code in codes):
            raise RefusedError(f"the mail server refuses the address ({codes[0]})") from None
        raise
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
