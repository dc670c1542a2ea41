"""Profiles and consents of citizens, per region."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from balai import privacy
from balai.errors import Invalid
from balai.tenancy import tenant_scope


def test_a_profile_belongs_to_one_region(app, tenant, other_tenant):
    with app.app_context():
        with tenant_scope(tenant) as session:
            privacy.save_profile(session, "s", name="  Siti   Aminah ", phone="", email=None)
        with tenant_scope(tenant) as session:
            assert privacy.person(session, "s") == privacy.Person("Siti Aminah")
        with tenant_scope(other_tenant) as session:
            assert privacy.person(session, "s") == privacy.Person()


def test_saving_again_changes_the_one_profile_and_can_clear_it(session):
    first = privacy.save_profile(session, "s", name="Siti", phone="0812 3456 7890", email="s@x.id")
    again = privacy.save_profile(session, "s", name="Siti A", phone=" ", email="s@x.id")
    assert again.id == first.id
    assert privacy.person(session, "s") == privacy.Person("Siti A", None, "s@x.id")
    assert again.phone_index is None
    assert privacy.forget_profile(session, "s")
    assert not privacy.forget_profile(session, "s")


def test_what_can_not_be_right_is_named_by_field(session):
    with pytest.raises(Invalid) as caught:
        privacy.save_profile(session, "s", name="Siti", phone="0812", email="siti")
    assert [error.field for error in caught.value.errors] == ["phone", "email"]
    assert privacy.find_profile(session, "s") is None


def test_the_newest_answer_holds_and_none_is_ever_changed(session):
    who = privacy.consent_key(session, sub="s")
    assert not privacy.has_consent(session, who=who, purpose="hand_over")
    for given in (True, False, True):
        privacy.record_consent(
            session, who=who, purpose="hand_over", given=given, wording="Boleh diteruskan?", subject_id="c1"
        )
        assert privacy.has_consent(session, who=who, purpose="hand_over", subject_id="c1") is given
    assert not privacy.has_consent(session, who=who, purpose="hand_over")
    assert not privacy.has_consent(session, who=who, purpose="hand_over", subject_id="c2")
    session.commit()
    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text("UPDATE consent SET given = true"))


def test_a_contact_has_a_consent_key_of_its_own(session):
    by_phone = privacy.consent_key(session, contact="0812 3456 7890")
    assert by_phone == privacy.consent_key(session, contact="+6281234567890")
    assert len({by_phone, privacy.consent_key(session, contact="s@x.id"), privacy.consent_key(session, sub="s")}) == 3
    with pytest.raises(ValueError):
        privacy.consent_key(session)
