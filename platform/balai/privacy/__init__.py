"""Citizens' own data per region: profiles and consents."""

from balai.privacy.models import CitizenProfile, Consent
from balai.privacy.services import (
    Person,
    consent_key,
    find_profile,
    forget_profile,
    has_consent,
    person,
    record_consent,
    save_profile,
)

__all__ = [
    "CitizenProfile",
    "Consent",
    "Person",
    "consent_key",
    "find_profile",
    "forget_profile",
    "has_consent",
    "person",
    "record_consent",
    "save_profile",
]
