"""Keys of tenants on the real database: found again, rotated, rewrapped, shredded."""

import contextlib

import pytest
from sqlalchemy import select, text

from balai import keys
from balai.db import Database
from balai.keys import queries
from balai.keys.keyring import forget, wrapper_for
from balai.privacy import CitizenProfile, find_profile, person, save_profile
from balai.tenancy import tenant_scope


def fill(session, sub="sub-1"):
    return save_profile(session, sub, name="Siti Aminah", phone="0812-3456-7890", email="Siti@Contoh.id")


def test_values_are_ciphertext_in_the_database_and_found_by_blind_index(session):
    profile = fill(session)
    session.commit()
    raw = session.execute(text("SELECT * FROM citizen_profile WHERE tenant_id = :t"), {"t": session.tenant_id}).one()
    stored = " ".join(str(value) for value in raw)
    for plain in ("Siti", "Aminah", "81234567890", "contoh.id", "sub-1"):
        assert plain not in stored
    assert raw.phone.startswith("v1|k1|")
    assert person(session, "sub-1").phone == "+6281234567890"
    assert person(session, "sub-1").email == "siti@contoh.id"
    by_phone = select(CitizenProfile).where(
        CitizenProfile.phone_index == keys.blind_index(session, "phone", "+62 812 3456 7890")
    )
    assert session.scalars(by_phone).one().id == profile.id
    assert person(session, "sub-2").name is None


def test_two_regions_share_neither_ciphertext_nor_index(app, tenant, other_tenant):
    found = []
    with app.app_context():
        for region in (tenant, other_tenant):
            with tenant_scope(region) as session:
                profile = fill(session)
                found.append((profile.sub_index, profile.phone_index, keys.pseudonym(session, 2026, sub="sub-1")))
                sealed, row_id = profile.phone, profile.id
        assert not set(found[0]) & set(found[1])
        with tenant_scope(tenant) as session, pytest.raises(keys.CannotDecryptError):
            keys.decrypt(session, sealed, table="citizen_profile", column="phone", row_id=row_id)


def test_a_value_moved_to_another_row_or_column_does_not_open(session):
    one, two = fill(session), fill(session, "sub-2")
    two.phone, two.name = one.phone, one.email
    session.commit()
    for part in ("phone", "name"):
        with pytest.raises(keys.CannotDecryptError):
            keys.reveal(session, two, part)


def test_pseudonyms_hold_for_a_year_and_count_one_person_once(session):
    mine = keys.pseudonym(session, 2026, sub="a", phone="0812 3456 7890")
    assert mine == keys.pseudonym(session, 2026, sub="a")
    assert mine != keys.pseudonym(session, 2027, sub="a")
    by_phone = keys.pseudonym(session, 2026, phone="0812 3456 7890")
    assert by_phone == keys.pseudonym(session, 2026, phone="+6281234567890", email="x@y.id")
    assert keys.pseudonym(session, 2026, email="X@y.id") == keys.pseudonym(session, 2026, email="x@y.id")
    assert keys.pseudonym(session, 2026) is None


def test_making_keys_again_changes_nothing(session):
    before = keys.create_tenant_keys(session)
    assert keys.create_tenant_keys(session).id == before.id
    assert len(session.scalars(select(keys.TenantKey)).all()) == 1


def test_rotation_rewrites_every_declared_column(session):
    for number in range(queries.BATCH + 20):
        fill(session, f"sub-{number}")
    index_before = keys.blind_index(session, "nik", "3402014408900001")
    session.commit()
    assert keys.rotate(session).kid == "k2"
    session.commit()
    assert person(session, "sub-3").name == "Siti Aminah"  # the old key still opens
    assert keys.drop_retired(session) == ["k1"]  # and isn't dropped while something needs it
    told = []
    result = keys.reencrypt(session, told.append)
    assert result.values == 3 * (queries.BATCH + 20)
    assert told[-1] == result.values
    session.expire_all()
    assert find_profile(session, "sub-3").phone.startswith("v1|k2|")
    assert person(session, "sub-519").email == "siti@contoh.id"
    assert keys.drop_retired(session) == []
    session.commit()
    assert [row.kid for row in session.scalars(select(keys.TenantKey))] == ["k2"]
    assert keys.blind_index(session, "nik", "3402014408900001") == index_before
    assert keys.reencrypt(session).values == 0


def test_columns_that_the_application_may_not_update_are_named(session, database):
    columns = {(c.table, c.column): c for c in keys.sealed_columns(session)}
    assert columns["citizen_profile", "phone"].mask == "phone"
    frozen = [f"{c.table}.{c.column}" for c in columns.values() if not c.updatable]
    keys.rotate(session)
    assert list(keys.reencrypt(session).skipped) == frozen
    owner = Database(database.owner_url)
    try:
        with contextlib.closing(owner.session(session.tenant_id)) as as_owner:
            assert all(c.updatable for c in keys.sealed_columns(as_owner))
    finally:
        owner.close()


def test_a_new_kek_takes_over_and_the_old_one_can_go(session):
    fill(session)
    wrapper = wrapper_for(session)
    ring = keys.KekRing({"old": b"1" * 32})
    both = keys.KekRing({"old": b"1" * 32, "new": b"2" * 32})
    try:
        row = session.scalars(select(keys.TenantKey)).one()
        for part in ("data", "index"):
            place = f"{row.tenant_id}|{row.kid}|{part}".encode()
            opened = wrapper.unwrap(getattr(row, f"wrapped_{part}"), place)
            setattr(row, f"wrapped_{part}", ring.wrap(opened, place))
        session.flush()
        keys.install(session.database, both)
        assert keys.rewrap(session) == 1
        assert keys.rewrap(session) == 0
        keys.install(session.database, keys.KekRing({"new": b"2" * 32}))
        assert person(session, "sub-1").name == "Siti Aminah"
        keys.install(session.database, ring)
        fresh = session.database.session(session.tenant_id)
        session.commit()
        with contextlib.closing(fresh):
            forget(fresh)  # as in another process: the old ring can't open what the new one wrapped
            with pytest.raises(keys.KekError, match="new"):
                person(fresh, "sub-1")
    finally:
        keys.install(session.database, wrapper)


def test_without_a_kek_nothing_is_written_in_the_clear(app, tenant, database):
    bare = Database(database.app_url)
    try:
        with (
            pytest.raises(keys.KekError, match="BALAI_KEK_FILE"),
            contextlib.closing(bare.session(tenant.id)) as session,
        ):
            fill(session)
    finally:
        bare.close()


def test_shredding_makes_everything_unreadable_at_once_and_for_ever(app, tenant, other_tenant, session):
    fill(session)
    session.commit()
    with app.app_context():
        with tenant_scope(other_tenant) as neighbour:
            fill(neighbour)
        with tenant_scope(tenant) as elsewhere:  # another process, with its keys already in use
            assert person(elsewhere, "sub-1").name
        assert keys.shred(session) == 1
        session.commit()
        raw = session.execute(
            text("SELECT wrapped_data, wrapped_index FROM tenant_key WHERE tenant_id = :t"), {"t": tenant.id}
        )
        assert list(raw) == [(None, None)]
        with tenant_scope(tenant) as later, pytest.raises(keys.KeysShreddedError):
            person(later, "sub-1")
        with tenant_scope(tenant) as later, pytest.raises(keys.KeysShreddedError):
            keys.create_tenant_keys(later)
        with tenant_scope(other_tenant) as neighbour:
            assert person(neighbour, "sub-1").name == "Siti Aminah"


def test_a_tenant_without_keys_says_so(app, regions):
    tenant = regions()
    with app.app_context(), tenant_scope(tenant) as session:
        session.execute(text("DELETE FROM tenant_key WHERE tenant_id = :t"), {"t": tenant.id})
        forget(session)
        with pytest.raises(keys.NoKeysError):
            keys.blind_index(session, "nik", "3402014408900001")
