"""What may be shown of a person's detail to somebody who may not see it whole.

Masks take what is stored, however it was typed, and never raise: a page must not fail because an old value is odd.
"""

from collections.abc import Callable
from typing import Final

HIDDEN: Final = "[disamarkan]"
SHOWN: Final = 4
PHONE_HEAD: Final = 6
PHONE_TAIL: Final = 3


def mask_nik(nik: str) -> str:
    """`3402********0001`: region and serial, never the date of birth."""
    text = "".join(nik.split())
    if len(text) <= 2 * SHOWN:
        return "*" * len(text)
    return text[:SHOWN] + "*" * (len(text) - 2 * SHOWN) + text[-SHOWN:]


def mask_phone(phone: str) -> str:
    """`+62812*****890`: country and operator, and three digits to recognise one's own."""
    text = "".join(phone.split())
    if len(text) <= PHONE_HEAD + PHONE_TAIL:
        return "*" * len(text)
    return text[:PHONE_HEAD] + "*" * (len(text) - PHONE_HEAD - PHONE_TAIL) + text[-PHONE_TAIL:]


def mask_email(email: str) -> str:
    """`s***@contoh.id`: the first letter and the host."""
    name, at, host = email.strip().partition("@")
    return f"{name[:1]}***@{host}" if at and name and host else "***"


def mask_name(name: str) -> str:
    """`S*** A***`: initials only."""
    return " ".join(word[0] + "***" for word in name.split())


def mask_text(text: str) -> str:
    """Free text is hidden whole: nobody knows what somebody wrote into it."""
    return HIDDEN if text else ""


MASKS: Final[dict[str, Callable[[str], str]]] = {
    "nik": mask_nik,
    "phone": mask_phone,
    "email": mask_email,
    "name": mask_name,
    "text": mask_text,
    "secret": mask_text,
}


def mask(kind: str, value: str) -> str:
    """The masked form of a value; a kind without a rule is hidden whole."""
    return MASKS.get(kind, mask_text)(value)
