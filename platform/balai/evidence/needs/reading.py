"""The keyword model at work: read what was filed under "lainnya", and take staff's corrections."""

from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.cases import Case
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Invalid, NotFound
from balai.evidence.models import CaseTopic, TopicWord
from balai.evidence.needs import queries, topics
from balai.web.i18n import gettext as _


def read_new(session: TenantSession) -> int:
    """Put cases of the category "lainnya" under a topic by their words; answers how many were read."""
    number, words = 0, None
    # All of them, some at a time: their months are counted right after this, and not again for those that were left.
    while waiting := queries.unread(session):
        if words is None:
            words = topics.words_in((w.word, w.topic) for w in session.scalars(select(TopicWord)))
        queries.set_topics(session, {row.case_id: topics.classify(row.words or "", words) for row in waiting}, "model")
        number += len(waiting)
    return number


def correct(session: TenantSession, case_id: UUID, topic: str, *, by: UUID | None) -> None:
    """Staff say what a report is about; from the next roll-up on it counts there. Raises Invalid, NotFound."""
    if topic not in topics.TOPICS and topic != topics.OTHER:
        raise Invalid.field("topik", _("Pilih salah satu."))
    case = session.get(Case, (session.tenant_id, case_id))
    if case is None or case.visibility == "secret":
        raise NotFound
    found = session.scalars(select(CaseTopic).where(CaseTopic.case_id == case_id)).first()
    if found is None:
        found = CaseTopic(case_id=case_id)
        session.add(found)
    found.topic, found.by_member, found.at = topic, by, now()
    session.flush()
    queries.set_topics(session, {case_id: topic}, "staff")
    _count_again(session, case_id)
    audit.record(session, "evidence.topic_corrected", subject_kind="case", subject_id=case_id, data={"topic": topic})


def _count_again(session: TenantSession, case_id: UUID) -> None:
    """The open months in which the case counts; closed ones keep what was published."""
    from balai.evidence.facts import queries as facts

    state = facts.state(session)
    months = facts.months_of(session, case_id)
    if state is not None:
        facts.count_needs(session, [month for month in months if month >= state.open_from])


def teach(session: TenantSession, word: str, topic: str, *, by: UUID | None) -> None:
    """A word of the region's own: from now on it points to a topic, or ("") to none. Raises Invalid."""
    plain = word.strip().lower()
    if not plain.isascii() or not plain.isalpha() or not 2 <= len(plain) <= 40:  # noqa: PLR2004 - one word
        raise Invalid.field("kata", _("Satu kata saja, huruf a sampai z."))
    if topic and topic not in topics.TOPICS:
        raise Invalid.field("topik", _("Pilih salah satu."))
    found = session.scalars(select(TopicWord).where(TopicWord.word == plain)).first()
    if found is None:
        found = TopicWord(word=plain)
        session.add(found)
    found.topic, found.by_member, found.at = topic, by, now()
    session.flush()
    audit.record(session, "evidence.word_taught", subject_kind="word", subject_id=plain, data={"topic": topic})
