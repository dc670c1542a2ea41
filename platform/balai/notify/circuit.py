"""Leave a channel alone that keeps failing: its messages wait, nobody's attempts are used up, and no worker thread is held."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from balai.clock import now
from balai.db import TenantSession
from balai.notify.models import ChannelState

FAILURES: Final = 3  # in a row, before the channel rests
FIRST_REST: Final = timedelta(seconds=30)
LONGEST_REST: Final = timedelta(minutes=30)
_DOUBLINGS: Final = 6


def state_of(session: TenantSession, channel: str) -> ChannelState | None:
    """How the channel is doing, None when it never failed."""
    return session.scalars(select(ChannelState).where(ChannelState.channel == channel)).first()


def resting_until(session: TenantSession, channel: str) -> datetime | None:
    """Until when nothing should be sent there, None = go ahead."""
    state = state_of(session, channel)
    return state.open_until if state and state.open_until and state.open_until > now() else None


def worked(session: TenantSession, channel: str) -> None:
    """It took a message (or refused one for a reason of that message's own): all is well."""
    state = state_of(session, channel)
    if state is not None and (state.failures or state.open_until):
        state.failures, state.open_until, state.problem = 0, None, ""


def failed(session: TenantSession, channel: str, problem: str) -> None:
    """It failed once more: from the third time in a row it rests, 30 s at first, at most half an hour."""
    state = _locked(session, channel)
    state.failures += 1
    state.problem = problem[:300]
    if state.failures >= FAILURES:
        doublings = min(state.failures - FAILURES, _DOUBLINGS)
        state.open_until = now() + min(FIRST_REST * 2**doublings, LONGEST_REST)


def rest(session: TenantSession, channel: str, delay: timedelta, problem: str) -> datetime:
    """It asked for a rest; until when."""
    state = _locked(session, channel)
    state.problem, state.open_until = problem[:300], now() + min(delay, timedelta(hours=1))
    return state.open_until


def clear(session: TenantSession, channel: str) -> None:
    """Somebody put it right: try again at once."""
    worked(session, channel)


def _locked(session: TenantSession, channel: str) -> ChannelState:
    found = session.scalars(select(ChannelState).where(ChannelState.channel == channel).with_for_update()).first()
    if found is None:
        found = ChannelState(channel=channel)
        session.add(found)
        session.flush()
    return found
