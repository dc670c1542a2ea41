"""Messages to citizens and staff: one outbox, channels behind one hook, deliveries by job."""

from flask import Flask

from balai.notify.channels import EMAIL, IN_APP, phone_channel
from balai.notify.links import lead_to, page_url
from balai.notify.mass import Addressee, send_many
from balai.notify.models import Delivery, Message
from balai.notify.queries import Count, counts
from balai.notify.services import (
    box,
    deliver,
    drop,
    inbox,
    mark_read,
    resend,
    resend_all,
    send,
    tell_citizen,
    text_of,
    unsent,
)
from balai.notify.templates import Template, fill, register, templates
from balai.notify.texts import written


def init_app(app: Flask) -> None:
    """Pages, callbacks, and the bell at the top of the console."""
    from balai.notify import pages

    pages.init_app(app)


__all__ = [
    "EMAIL",
    "IN_APP",
    "Addressee",
    "Count",
    "Delivery",
    "Message",
    "Template",
    "box",
    "counts",
    "deliver",
    "drop",
    "fill",
    "inbox",
    "init_app",
    "lead_to",
    "mark_read",
    "page_url",
    "phone_channel",
    "register",
    "resend",
    "resend_all",
    "send",
    "send_many",
    "tell_citizen",
    "templates",
    "text_of",
    "unsent",
    "written",
]
