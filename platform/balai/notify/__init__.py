"""Messages to citizens and staff: one outbox, channels behind one hook, deliveries by job."""

from balai.notify.channels import EMAIL, IN_APP, phone_channel
from balai.notify.models import Delivery, Message
from balai.notify.services import deliver, inbox, mark_read, resend, send, text_of, unsent
from balai.notify.templates import Template, fill, register, templates

__all__ = [
    "EMAIL",
    "IN_APP",
    "Delivery",
    "Message",
    "Template",
    "deliver",
    "fill",
    "inbox",
    "mark_read",
    "phone_channel",
    "register",
    "resend",
    "send",
    "templates",
    "text_of",
    "unsent",
]
