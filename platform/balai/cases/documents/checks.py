"""What a service document must make sense of, beyond its shape: every case that it starts can come to an end.

Each check yields Faults with the path of the culprit; lines are put in by the caller.
"""

from collections.abc import Iterator

from balai.cases.documents.faults import Fault
from balai.contracts import EVENT_NAMES, Field, Service, State, Transition

# What a step may ask for besides the document's own fields; `forms.step_errors` knows how to take each of them.
STEP_DEMANDS = frozenset({"answer", "question", "reply", "reason", "receiver"})
# Texts to the reporter that the platform ships (cases.messages).
MESSAGES = frozenset({"received", "forwarded", "asked", "answered", "done", "not_possible", "referred", "closed"})
CORE_PERMISSIONS = frozenset({"cases.work", "cases.assign", "cases.file_for", "cases.reveal"})
_CHOICES = frozenset({"choice", "multichoice"})
_CONDITIONS = _CHOICES | {"consent"}
_ALWAYS_PERSONAL = frozenset({"nik", "phone", "email"})
_NEVER_PERSONAL = frozenset({"file", "photo", "voice", "place", "region", "consent"})


def meaning_faults(service: Service, permissions: frozenset[str]) -> list[Fault]:
    """Everything that keeps this document from working; permissions: what plugin and platform know besides the core's."""
    faults = [*_service(service), *_fields(service), *_states(service)]
    faults += _transitions(service, CORE_PERMISSIONS | permissions)
    faults += _timers(service)
    if not faults:
        faults += _reach(service)
    return faults


def _service(service: Service) -> Iterator[Fault]:
    if service.second_check not in {"none", "citizen", *service.slots}:
        yield Fault(("second_check",), f"slot “{service.second_check}” tidak ada di alur")
    if service.check_days is not None and service.second_check == "none":
        yield Fault(("check_days",), "check_days tanpa second_check: tidak ada yang diperiksa")
    if service.anonymous and service.audience == "staff":
        yield Fault(("anonymous",), "layanan untuk pegawai tidak bisa tanpa nama")


def _fields(service: Service) -> Iterator[Fault]:
    seen: dict[str, Field] = {}
    for index, field in enumerate(service.fields):
        here = ("fields", index)
        if field.key in seen:
            yield Fault((*here, "key"), f"isian “{field.key}” ada dua kali")
        if field.key in STEP_DEMANDS:
            yield Fault((*here, "key"), f"nama “{field.key}” dipakai sistem")
        if field.type == "place" and any(f.type == "place" for f in seen.values()):
            yield Fault((*here, "type"), "satu layanan hanya punya satu isian lokasi")
        yield from _options(field, here)
        yield from _conditions(field, here, seen)
        if field.type in _ALWAYS_PERSONAL and field.personal is None:
            yield Fault(
                here, f"isian “{field.key}” adalah data pribadi: tulis personal (untuk apa, dasar, lama simpan)"
            )
        if field.type in _NEVER_PERSONAL and field.personal is not None:
            yield Fault((*here, "personal"), f"jenis “{field.type}” tidak disimpan sebagai isian data pribadi")
        seen[field.key] = field


def _options(field: Field, here: tuple[str | int, ...]) -> Iterator[Fault]:
    values = [value for value, _label in field.options]
    if field.type in _CHOICES and not values:
        yield Fault(here, f"pilihan untuk “{field.key}” belum ditulis (options)")
    if field.type not in _CHOICES and values:
        yield Fault((*here, "options"), f"jenis “{field.type}” tidak punya pilihan")
    for value in {v for v in values if values.count(v) > 1}:
        yield Fault((*here, "options"), f"pilihan “{value}” ada dua kali")


def _conditions(field: Field, here: tuple[str | int, ...], earlier: dict[str, Field]) -> Iterator[Fault]:
    for key, wanted in field.show_if.items():
        path = (*here, "show_if", key)
        other = earlier.get(key)
        if other is None:
            yield Fault(path, f"isian “{key}” tidak ada sebelum “{field.key}”")
        elif other.type not in _CONDITIONS:
            yield Fault(path, f"isian “{key}” bukan pilihan")
        else:
            known = {value for value, _label in other.options} or {"true", "false"}
            for value in [v for v in wanted if v not in known]:
                yield Fault(path, f"“{value}” bukan pilihan dari “{key}”")


def _states(service: Service) -> Iterator[Fault]:
    flow = service.workflow
    keys = [state.key for state in flow.states]
    if flow.start not in keys:
        yield Fault(("workflow", "start"), f"keadaan awal “{flow.start}” tidak ada")
    for index, state in enumerate(flow.states):
        here = ("workflow", "states", index)
        if keys.index(state.key) != index:
            yield Fault((*here, "key"), f"keadaan “{state.key}” ada dua kali")
        leaving = flow.leaving(state.key)
        if state.outcome is None:
            yield from _open_state(state, leaving, here)
        elif leaving:
            yield Fault((*here, "outcome"), f"“{state.key}” sudah akhir, tetapi masih ada langkah “{leaving[0].key}”")
        elif state.sla_days is not None:
            yield Fault((*here, "sla_days"), f"“{state.key}” sudah akhir: tidak ada batas waktu")
        elif state.sla_hours is not None:
            yield Fault((*here, "sla_hours"), f"“{state.key}” sudah akhir: tidak ada batas waktu")
        if state.key == flow.start:
            yield from _start(state, here)


def _start(state: State, here: tuple[str | int, ...]) -> Iterator[Fault]:
    if state.outcome is not None:
        yield Fault((*here, "outcome"), "keadaan awal tidak boleh sudah akhir")
    if state.slot is None:
        yield Fault(here, f"keadaan awal “{state.key}” perlu unit (slot) yang menerima")


def _open_state(state: State, leaving: tuple[Transition, ...], here: tuple[str | int, ...]) -> Iterator[Fault]:
    if not leaving:
        yield Fault(here, f"keadaan “{state.key}” tidak punya langkah keluar dan tidak punya hasil (outcome)")
        return
    movers = {step.by.partition(":")[0] for step in leaving if not step.optional}
    if state.waits_for == "citizen" and "citizen" not in movers:
        yield Fault(here, f"“{state.key}” menunggu warga, tetapi warga tidak punya langkah di sana")
    if state.waits_for == "staff" and not movers & {"staff", "event"}:
        yield Fault(here, f"“{state.key}” menunggu petugas, tetapi petugas tidak punya langkah di sana")
    if state.waits_for == "citizen" and state.sla_days is not None:
        yield Fault((*here, "sla_days"), f"“{state.key}” menunggu warga: waktunya berhenti, pakai timers")
    if state.sla_days is not None and state.sla_hours is not None:
        yield Fault((*here, "sla_hours"), f"“{state.key}” punya dua batas waktu: pilih sla_days atau sla_hours")


def _transitions(service: Service, permissions: frozenset[str]) -> Iterator[Fault]:
    flow = service.workflow
    states = {state.key for state in flow.states}
    demands = STEP_DEMANDS | {field.key for field in service.fields}
    seen: set[str] = set()
    for index, step in enumerate(flow.transitions):
        here = ("workflow", "transitions", index)
        if step.key in seen or step.key in {"remind", "escalate"}:
            yield Fault((*here, "key"), f"langkah “{step.key}” sudah ada")
        seen.add(step.key)
        for key in [key for key in step.source if key not in states]:
            yield Fault((*here, "from"), f"keadaan “{key}” tidak ada")
        if step.target not in states:
            yield Fault((*here, "to"), f"keadaan “{step.target}” tidak ada")
        if step.permission not in permissions:
            yield Fault((*here, "permission"), f"izin “{step.permission}” tidak dikenal")
        for key in [key for key in step.demands if key not in demands]:
            yield Fault((*here, "demands"), f"isian “{key}” tidak ada")
        if step.message is not None and step.message not in MESSAGES:
            yield Fault((*here, "message"), f"pesan “{step.message}” tidak dikenal: {', '.join(sorted(MESSAGES))}")
        if step.by.startswith("event:") and step.by.partition(":")[2] not in EVENT_NAMES:
            yield Fault((*here, "by"), f"peristiwa “{step.by.partition(':')[2]}” tidak dikenal")
        yield from _away(step, next((s for s in flow.states if s.key == step.target), None), here)
        if step.by == "timer" and not any(timer.do == step.key for timer in flow.timers):
            yield Fault(here, f"langkah “{step.key}” menunggu waktu, tetapi tidak ada timers untuknya")


def _away(step: Transition, target: State | None, here: tuple[str | int, ...]) -> Iterator[Fault]:
    """Nobody is sent away: who is competent is named by a person, from the list."""
    if target is None or target.outcome != "referred":
        return
    if step.by != "staff":
        yield Fault(
            (*here, "by"), f"langkah “{step.key}” mengalihkan laporan: hanya petugas yang bisa menyebut penerimanya"
        )
    elif "receiver" not in step.demands:
        yield Fault((*here, "demands"), f"langkah “{step.key}” mengalihkan laporan: minta penerimanya (receiver)")


def _timers(service: Service) -> Iterator[Fault]:
    flow = service.workflow
    states = {state.key: state for state in flow.states}
    steps = {step.key: step for step in flow.transitions}
    for index, timer in enumerate(flow.timers):
        here = ("workflow", "timers", index)
        if timer.state not in states or states[timer.state].outcome is not None:
            yield Fault((*here, "state"), f"“{timer.state}” bukan keadaan yang masih berjalan")
        if timer.do in {"remind", "escalate"}:
            continue
        step = steps.get(timer.do)
        if step is None or timer.state not in step.source:
            yield Fault((*here, "do"), f"langkah “{timer.do}” tidak ada dari keadaan “{timer.state}”")
        elif step.by != "timer":
            yield Fault((*here, "do"), f"langkah “{timer.do}” bukan untuk waktu (by: timer)")


def _reach(service: Service) -> Iterator[Fault]:
    """Unreachable states, and loops from which no end can be reached; optional steps count as switched off."""
    flow = service.workflow
    forward: dict[str, set[str]] = {state.key: set() for state in flow.states}
    certain: dict[str, set[str]] = {state.key: set() for state in flow.states}
    for step in flow.transitions:
        for source in step.source:
            forward[source].add(step.target)
            if not step.optional:
                certain[step.target].add(source)
    reached = _closure({flow.start}, forward)
    ending = _closure({state.key for state in flow.states if state.outcome}, certain)
    for index, state in enumerate(flow.states):
        if state.key not in reached:
            yield Fault(("workflow", "states", index), f"keadaan “{state.key}” tidak pernah tercapai")
        elif state.key not in ending:
            yield Fault(("workflow", "states", index), f"dari “{state.key}” tidak ada jalan ke akhir (berputar terus)")


def _closure(start: set[str], edges: dict[str, set[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for key in edges[waiting.pop()] - reached:
            reached.add(key)
            waiting.append(key)
    return reached
