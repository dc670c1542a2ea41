"""A service's form: what was typed -> checked values, and the same form as a JSON Schema for REST.

Values may come as text (a browser's form) or typed (JSON); both end up the same. Every error says what to do, for all fields at
once, so that nobody sends a form three times.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from balai.cases.values import CHECKS, ValueFault, clean_text
from balai.contracts import Field, Service
from balai.errors import FieldError, Invalid
from balai.web.i18n import gettext as _

FILE_TYPES: Final = frozenset({"file", "photo", "voice"})
_MAX_FILES: Final = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """A form's values: plain ones, personal ones (to be encrypted), files by field key."""

    plain: dict[str, Any] = field(default_factory=dict)
    personal: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[UUID]] = field(default_factory=dict)


def place_field(service: Service) -> Field | None:
    """The question that decides a case's region: the first of type place, else the first of type region."""
    for kind in ("place", "region"):
        for asked in service.fields:
            if asked.type == kind:
                return asked
    return None


def data_fields(service: Service) -> list[Field]:
    """The questions whose answers stand in the case's data: all but place and files."""
    place = place_field(service)
    return [f for f in service.fields if f is not place and f.type not in FILE_TYPES and f.type != "place"]


def spoken(service: Service) -> tuple[Field, Field] | None:
    """(the voice question, the written question that a voice note may answer instead); None in a form without such a pair.

    It is the first required text: what everybody who handles the case reads first. Staff write it down before the case moves on.
    """
    voice = next((f for f in service.fields if f.type == "voice" and not f.show_if), None)
    for kind in ("longtext", "text"):
        for asked in service.fields:
            if voice is not None and asked.type == kind and asked.required and not asked.show_if:
                return voice, asked
    return None


def is_shown(asked: Field, data: Mapping[str, Any]) -> bool:
    """Whether a question is asked, given the answers so far (raw or checked)."""
    for key, wanted in asked.show_if.items():
        value = data.get(key)
        given = {str(v) for v in value} if isinstance(value, list) else {_word(value)}
        if not given & set(wanted):
            return False
    return True


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def check_data(
    service: Service,
    data: Mapping[str, Any],
    *,
    files: Mapping[str, Sequence[UUID]] | None = None,
    is_area: Callable[[str], bool] = lambda _code: True,
) -> Checked:
    """Check a filled form; raises Invalid with every fault (field = the question's key).

    files: uploaded files by field key; is_area tells whether a code is a district or village of this region. Answers to
    questions that weren't asked (show_if) are dropped.
    """
    checked = Checked()
    known = {f.key: f for f in data_fields(service)}
    errors = _unknown(data, known)
    answers: dict[str, Any] = {}
    pair = spoken(service)
    for asked in known.values():
        if not is_shown(asked, answers):
            continue
        if pair and asked is pair[1] and _is_blank(data.get(asked.key)):
            if not (files or {}).get(pair[0].key):
                errors.append(FieldError(asked.key, _("Tulis di sini, atau rekam suara Anda.")))
            continue
        try:
            value = _value(asked, data.get(asked.key), is_area)
        except ValueFault as fault:
            errors.append(FieldError(asked.key, str(fault)))
            continue
        if value is not None:
            answers[asked.key] = value
            (checked.personal if asked.personal else checked.plain)[asked.key] = value
    errors += _check_files(service, files or {}, answers, checked)
    if errors:
        raise Invalid(errors)
    return checked


def _unknown(given: Mapping[str, Any], known: Container[str]) -> list[FieldError]:
    return [FieldError(str(key), _("Isian ini tidak dikenal.")) for key in given if key not in known]


def _is_blank(raw: Any) -> bool:
    return raw is None or raw in ("", []) or (isinstance(raw, str) and not raw.strip())


def _value(asked: Field, raw: Any, is_area: Callable[[str], bool]) -> Any:
    if _is_blank(raw):
        if asked.required:
            raise ValueFault(_required(asked))
        return None
    value = CHECKS[asked.type](asked, raw)
    if asked.type == "region" and not is_area(value):
        raise ValueFault(_("Pilih kecamatan atau desa dari daftar daerah ini."))
    if asked.type == "consent" and asked.required and value is not True:
        raise ValueFault(_required(asked))
    return value


def _required(asked: Field) -> str:
    if asked.type == "consent":
        return _("Centang kotak ini untuk melanjutkan.")
    if asked.type in {"choice", "multichoice", "region"}:
        return _("Pilih salah satu.")
    return _("Bagian ini perlu diisi.")


def _check_files(
    service: Service, files: Mapping[str, Sequence[UUID]], answers: Mapping[str, Any], checked: Checked
) -> list[FieldError]:
    known = {f.key: f for f in service.fields if f.type in FILE_TYPES}
    errors = _unknown(files, known)
    for asked in known.values():
        given = list(files.get(asked.key, ()))
        most = asked.limits.get("max_files", 1 if asked.type == "voice" else _MAX_FILES)
        if not is_shown(asked, answers):
            continue
        if asked.required and not given:
            errors.append(FieldError(asked.key, _("Lampirkan berkasnya di sini.")))
        elif len(given) > most:
            errors.append(FieldError(asked.key, _("Paling banyak %(most)s berkas.", most=most)))
        elif given:
            checked.files[asked.key] = given
    return errors


def check_step(
    service: Service, demands: Sequence[str], fields: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, Any]]:
    """What a step of the workflow asks for -> (written words by demand, answers to the form's own questions).

    Raises Invalid naming each missing demand; words that the step doesn't ask for are refused too.
    """
    words: dict[str, str] = {}
    answers: dict[str, Any] = {}
    own = {f.key: replace(f, required=True) for f in service.fields}
    errors = _unknown(fields, demands)
    for key in demands:
        try:
            if key in own:
                answers[key] = _value(own[key], fields.get(key), lambda _code: True)
            else:
                words[key] = clean_text(fields.get(key), least=2, most=10_000)
        except ValueFault as fault:
            errors.append(FieldError(key, str(fault)))
    if errors:
        raise Invalid(errors)
    return words, answers
