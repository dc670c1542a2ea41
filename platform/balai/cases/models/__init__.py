"""Tables of the spine."""

from balai.cases.models.case import (
    ANONYMITIES,
    CHANNELS,
    EVENT_KINDS,
    VISIBILITIES,
    Case,
    CaseEvent,
    CaseFile,
    CaseFollower,
    CaseLink,
    CaseLookup,
    CaseReader,
    CaseText,
)
from balai.cases.models.figures import ServiceFigure
from balai.cases.models.marks import MARKS, CaseMark
from balai.cases.models.referral import REFERRAL_STATES, OtherBody, Referral
from balai.cases.models.setup import (
    Decision,
    DecisionCase,
    OwnDay,
    ServiceSetting,
    ServiceVersion,
    SlotUnit,
    Unit,
    UnitMember,
    WorkWeek,
)

__all__ = [
    "ANONYMITIES",
    "CHANNELS",
    "EVENT_KINDS",
    "MARKS",
    "REFERRAL_STATES",
    "VISIBILITIES",
    "Case",
    "CaseEvent",
    "CaseFile",
    "CaseFollower",
    "CaseLink",
    "CaseLookup",
    "CaseMark",
    "CaseReader",
    "CaseText",
    "Decision",
    "DecisionCase",
    "OtherBody",
    "OwnDay",
    "Referral",
    "ServiceFigure",
    "ServiceSetting",
    "ServiceVersion",
    "SlotUnit",
    "Unit",
    "UnitMember",
    "WorkWeek",
]
