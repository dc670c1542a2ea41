"""What the rules of a running case get besides its document: the way to another region, and the end of a merged case.

A document only has a step that ends as *referred* ("Bukan kewenangan kami"). From each state with such a step a case may also
wait for its reporter's consent and then for the other region, as states of their own (like the second check's): so inbox,
tracking, deadlines, timers and REST need to know nothing about it.
"""

from dataclasses import replace
from typing import Final

from balai.contracts import Service, State, Timer, Transition

# Keys of documents begin with a letter: these can't be taken.
MERGED: Final = "2_gabung"
ASKED: Final = "2_izin_"
SENDING: Final = "2_kirim_"
ASK: Final = "2_minta_"
AGREE: Final = "2_boleh_"
REFUSE: Final = "2_jangan_"
WITHDRAW: Final = "2_batal_"
SILENCE: Final = "2_diam_izin_"
ARRIVED: Final = "2_sampai_"
FAILED: Final = "2_gagal_"
# As long as LAPOR waits for an answer; then the head learns that something is stuck.
CITIZEN_DAYS: Final = 10
SENDING_DAYS: Final = 2
_EVENT: Final = "event:referral"


def _l(text: str) -> str:
    """Marks a source string for the catalogues; `wording.localise` translates it for its reader."""
    return text


def leads_away(service: Service, step: Transition) -> bool:
    """Whether a step says that somebody else is competent: it then needs a receiver from the list or a region."""
    return step.by == "staff" and service.workflow.state(step.target).outcome == "referred"


def is_asked(state: str) -> bool:
    """Whether a case waits for its reporter's consent to go to another region."""
    return state.startswith(ASKED)


def is_sending(state: str) -> bool:
    """Whether consent is given and the case is on its way."""
    return state.startswith(SENDING)


def is_answer(step: str) -> bool:
    """Whether a step is the reporter's yes or no, which a page asks for by its own questions."""
    return step.startswith((AGREE, REFUSE))


def kind_of(step: Transition) -> str | None:
    """The timeline's word for one of these steps; None for every other."""
    return "handed_over" if step.key.startswith(ARRIVED) else None


def source_of(state: str) -> str:
    """The document's own state behind one of these."""
    for prefix in (ASKED, SENDING):
        if state.startswith(prefix):
            return state[len(prefix) :]
    return state


def with_ways(service: Service) -> Service:
    """The service with these states and steps. Documents and kept versions hold only their own."""
    flow = service.workflow
    if any(s.key == MERGED for s in flow.states):
        return service
    states = [State(MERGED, _l("Digabung dengan laporan lain"), outcome="merged")]
    steps: list[Transition] = []
    timers: list[Timer] = []
    for step in flow.transitions:
        for source in step.source if leads_away(service, step) else ():
            if not any(s.key == ASKED + source for s in states):
                _add(source, step, states, steps, timers)
    return replace(
        service,
        workflow=replace(
            flow,
            states=(*flow.states, *states),
            transitions=(*(_demanding(service, t) for t in flow.transitions), *steps),
            timers=(*flow.timers, *timers),
        ),
    )


def _demanding(service: Service, step: Transition) -> Transition:
    """A kept version from before the rule: its step names a receiver all the same."""
    if leads_away(service, step) and "receiver" not in step.demands:
        return replace(step, demands=("receiver", *step.demands))
    return step


def _add(source: str, away: Transition, states: list[State], steps: list[Transition], timers: list[Timer]) -> None:
    asked, sending = ASKED + source, SENDING + source
    states += [
        State(asked, _l("Menunggu izin pelapor untuk diteruskan"), None, None, "citizen"),
        State(sending, _l("Sedang diteruskan ke daerah lain"), None, None, "other"),
    ]
    steps += [
        # A question: what is left of the deadline is kept. Taken only by `referral.services`, never from a list of steps.
        Transition(
            ASK + source, (source,), asked, _l("Minta izin pelapor"), _EVENT, demands=("question",),
            message="refer_asked", effect=away.effect,
        ),
        Transition(AGREE + source, (asked,), sending, _l("Setuju, teruskan"), "citizen"),
        Transition(
            REFUSE + source, (asked,), away.target, _l("Tidak, saya urus sendiri"), "citizen", message="refer_kept"
        ),
        Transition(
            WITHDRAW + source, (asked,), source, _l("Tarik pertanyaan ini"), "staff", away.permission, ("reason",),
            "refer_withdrawn",
        ),
        Transition(
            SILENCE + source, (asked,), away.target, _l("Tidak ada jawaban tentang izin"), "timer", message="refer_kept"
        ),
        Transition(ARRIVED + source, (sending,), away.target, _l("Sampai di daerah lain"), _EVENT),
        Transition(FAILED + source, (sending,), source, _l("Belum bisa diteruskan"), _EVENT),
    ]  # fmt: skip
    timers += [Timer(asked, CITIZEN_DAYS, SILENCE + source), Timer(sending, SENDING_DAYS, "escalate")]
