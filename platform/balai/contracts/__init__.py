"""Frozen value types that hooks name. Standard library only, so that a plugin's tests need nothing else."""

from balai.contracts.events import EVENT_NAMES, Event
from balai.contracts.manifest import Manifest, Permission, PersonalData, Role
from balai.contracts.metrics import Metric, MetricValue
from balai.contracts.payments import (
    PaymentAccount,
    PaymentCall,
    PaymentFault,
    PaymentMethod,
    PaymentNotice,
    PaymentOffer,
    PaymentOrder,
    PaymentProvider,
    PaymentSetting,
    PaymentState,
)
from balai.contracts.sectors import Sector, Stage
from balai.contracts.service import (
    CHECKER,
    OUTCOMES,
    Field,
    Personal,
    Service,
    State,
    Timer,
    Transition,
    Workflow,
)
from balai.contracts.states import PluginState, ServiceState
from balai.contracts.tasks import Channel, Connector, RetryLater, Task, periodic, task
from balai.contracts.ui import ChainAction, FormNote, HomeCard, MenuItem, Proof, Refusal
from balai.contracts.version import API_VERSION

__all__ = [
    "API_VERSION",
    "CHECKER",
    "EVENT_NAMES",
    "OUTCOMES",
    "ChainAction",
    "Channel",
    "Connector",
    "Event",
    "Field",
    "FormNote",
    "HomeCard",
    "Manifest",
    "MenuItem",
    "Metric",
    "MetricValue",
    "PaymentAccount",
    "PaymentCall",
    "PaymentFault",
    "PaymentMethod",
    "PaymentNotice",
    "PaymentOffer",
    "PaymentOrder",
    "PaymentProvider",
    "PaymentSetting",
    "PaymentState",
    "Permission",
    "Personal",
    "PersonalData",
    "PluginState",
    "Proof",
    "Refusal",
    "RetryLater",
    "Role",
    "Sector",
    "Service",
    "ServiceState",
    "Stage",
    "State",
    "Task",
    "Timer",
    "Transition",
    "Workflow",
    "periodic",
    "task",
]
