"""Which tariff holds on a day; drafts, their adoption, and taking an adopted one back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from balai.api import (
    Conflict,
    FieldError,
    Invalid,
    NotFound,
    TenantSession,
    gettext,
    lazy_gettext,
    new_id,
    now,
    record_audit,
)
from balai_water.tariffs.models import TariffDraft, TariffVersion, TariffWithdrawal
from balai_water.tariffs.reading import MOST_TEXT, Tariff, read_tariff, stored_rules

_KEPT: Final = 200
# Adopted versions never change, so what was read of one holds for this process's life.
_known: dict[UUID, Tariff] = {}


class NoTariff(Conflict):
    """409: nobody has adopted a tariff for that day."""

    slug, title = "belum-ada-tarif", lazy_gettext("Belum ada tarif yang berlaku")


def tariff_of(version: TariffVersion) -> Tariff:
    """An adopted version, read."""
    found = _known.get(version.id)
    if found is None:
        if len(_known) >= _KEPT:
            _known.clear()
        found = _known[version.id] = read_tariff(version.decree, version.rules, valid_from=version.valid_from)
    return found


def versions(session: TenantSession) -> list[tuple[TariffVersion, TariffWithdrawal | None]]:
    """Every adopted version with its withdrawal, the latest first."""
    query = (
        select(TariffVersion, TariffWithdrawal)
        .outerjoin(
            TariffWithdrawal,
            (TariffWithdrawal.tenant_id == TariffVersion.tenant_id) & (TariffWithdrawal.tariff_id == TariffVersion.id),
        )
        .order_by(TariffVersion.valid_from.desc(), TariffVersion.edition.desc())
    )
    return [(version, withdrawal) for version, withdrawal in session.execute(query)]


def version_on(session: TenantSession, day: date) -> TariffVersion | None:
    """The version that holds on a day: of those that weren't withdrawn, the latest that had begun."""
    query = (
        select(TariffVersion)
        .where(TariffVersion.valid_from <= day, ~_withdrawn())
        .order_by(TariffVersion.valid_from.desc(), TariffVersion.edition.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def _withdrawn() -> Any:
    same = TariffWithdrawal.tenant_id == TariffVersion.tenant_id
    return select(TariffWithdrawal.id).where(same, TariffWithdrawal.tariff_id == TariffVersion.id).exists()


def tariff_on(session: TenantSession, day: date) -> Tariff:
    """The tariff of a day. For a month's bills ask for its first day: a tariff that begins later counts from the next month.

    Raises NoTariff.
    """
    version = version_on(session, day)
    if version is None:
        raise NoTariff(gettext("Tetapkan dulu tarif yang berlaku pada %(day)s.", day=f"{day:%d-%m-%Y}"))
    return tariff_of(version)


def groups_on(session: TenantSession, day: date) -> dict[str, str]:
    """Groups to choose from: key -> label, in the decree's order; {} without a tariff."""
    version = version_on(session, day)
    return {group.key: group.label for group in tariff_of(version).groups.values()} if version else {}


def drafts(session: TenantSession) -> Sequence[TariffDraft]:
    """Drafts, the one that was worked on last first."""
    return session.scalars(select(TariffDraft).order_by(TariffDraft.changed_at.desc()).limit(50)).all()


def find_draft(session: TenantSession, draft_id: UUID, *, lock: bool = False) -> TariffDraft:
    """A draft; NotFound."""
    query = select(TariffDraft).where(TariffDraft.id == draft_id)
    found = session.scalars(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound
    return found


def find_version(session: TenantSession, version_id: UUID) -> TariffVersion:
    """An adopted version; NotFound."""
    found = session.get(TariffVersion, (session.tenant_id, version_id))
    if found is None:
        raise NotFound
    return found


def draft_tariff(draft: TariffDraft) -> Tariff:
    """A draft, read; Invalid with everything that is wrong with it. Its decree may still be missing."""
    return read_tariff(draft.decree or "-", draft.rules, valid_from=draft.valid_from)


def save_draft(
    session: TenantSession,
    draft: TariffDraft | None,
    rules: Mapping[str, Any],
    *,
    decree: str = "",
    valid_from: date | None = None,
    note: str = "",
    member_id: UUID | None = None,
) -> TariffDraft:
    """Keep a draft (None: a new one) when it can be read at all; Invalid otherwise."""
    tariff = read_tariff(decree.strip() or "-", rules)
    _check_words(decree, note)
    if draft is None:
        draft = TariffDraft(id=new_id(), created_by=member_id)
        session.add(draft)
    draft.rules, draft.decree, draft.valid_from, draft.note = (
        stored_rules(tariff),
        decree.strip(),
        valid_from,
        note.strip(),
    )
    draft.changed_at = now()
    session.flush()
    return draft


def _check_words(decree: str, note: str) -> None:
    faults = [
        FieldError(name, gettext("Terlalu panjang, paling banyak %(most)s huruf.", most=MOST_TEXT))
        for name, text in (("decree", decree), ("note", note))
        if len(text) > MOST_TEXT
    ]
    if faults:
        raise Invalid(faults)


def discard_draft(session: TenantSession, draft_id: UUID) -> None:
    """Throw a draft away; NotFound."""
    session.delete(find_draft(session, draft_id, lock=True))
    record_audit(session, "water.tariff_draft_discarded", subject_kind="water_tariff_draft", subject_id=draft_id)


def adopt(
    session: TenantSession,
    draft_id: UUID,
    *,
    decree: str,
    decreed_on: date | None,
    valid_from: date | None,
    today: date,
    member_id: UUID | None,
) -> TariffVersion:
    """Make a draft the tariff from a day on; the draft is gone afterwards. Raises NotFound, Invalid."""
    draft = find_draft(session, draft_id, lock=True)
    faults = []
    if not decree.strip():
        faults.append(FieldError("decree", gettext("Tulis nomor keputusannya.")))
    if decreed_on is None or decreed_on > today:
        faults.append(FieldError("decreed_on", gettext("Tulis tanggal keputusannya, paling lambat hari ini.")))
    if valid_from is None:
        faults.append(FieldError("valid_from", gettext("Tulis sejak kapan tarif ini berlaku.")))
    if faults or decreed_on is None or valid_from is None:
        raise Invalid(faults)
    _check_words(decree, "")
    tariff = read_tariff(decree, draft.rules, valid_from=valid_from)
    version = TariffVersion(
        id=new_id(), decree=tariff.decree, decreed_on=decreed_on, valid_from=valid_from, note=draft.note,
        edition=_next_edition(session, valid_from), rules=draft.rules, adopted_by=member_id, adopted_at=now(),
    )  # fmt: skip
    session.add(version)
    session.delete(draft)
    record_audit(session, "water.tariff_adopted", subject_kind="water_tariff", subject_id=version.id,
                 data={"decree": tariff.decree, "valid_from": valid_from.isoformat()})  # fmt: skip
    try:
        session.flush()
    except IntegrityError as error:  # two people at once: the index lets one through
        raise Invalid.field("valid_from", _taken()) from error
    return version


def _next_edition(session: TenantSession, valid_from: date) -> int:
    of_that_day = [(v, w) for v, w in versions(session) if v.valid_from == valid_from]
    if any(withdrawal is None for _version, withdrawal in of_that_day):
        raise Invalid.field("valid_from", _taken())
    return 1 + max((version.edition for version, _withdrawal in of_that_day), default=0)


def _taken() -> str:
    return gettext("Sudah ada tarif yang berlaku mulai tanggal itu. Cabut dulu, atau pilih tanggal lain.")


def withdraw(session: TenantSession, version_id: UUID, *, reason: str, member_id: UUID | None) -> TariffWithdrawal:
    """Take an adopted version back, with the reason; bills that were made stay. Raises NotFound, Invalid, Conflict."""
    version = find_version(session, version_id)
    words = " ".join(reason.split())
    if not words or len(words) > MOST_TEXT:
        raise Invalid.field("reason", gettext("Tulis alasannya, paling banyak %(most)s huruf.", most=MOST_TEXT))
    row = TariffWithdrawal(id=new_id(), tariff_id=version.id, reason=words, member_id=member_id)
    session.add(row)
    record_audit(session, "water.tariff_withdrawn", subject_kind="water_tariff", subject_id=version.id,
                 data={"decree": version.decree, "reason": words})  # fmt: skip
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(gettext("Tarif ini sudah dicabut.")) from error
    return row
