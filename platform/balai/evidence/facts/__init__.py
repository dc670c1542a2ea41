"""Monthly figures per service and district, rolled up from the append-only timeline.

`roll_up` takes what was committed since the last time; `rebuild` works everything out again and gives the same figures over
open months. A month closes 90 days after its end; what comes later is booked in the first open month.
"""

from balai.evidence.facts.services import Rolled, rebuild, roll_up

__all__ = ["Rolled", "rebuild", "roll_up"]
