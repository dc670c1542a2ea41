"""Voice notes: which container, what is in it, how long. Staff only; at most 600 KB, so everything fits in memory."""

from dataclasses import dataclass

from balai.files import limits
from balai.files.checks import mp4, ogg, webm
from balai.files.checks.fault import Fault


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice note that may be kept: its bytes (descriptions inside an MP4 blanked), media type, length in seconds."""

    content: bytes
    media_type: str
    seconds: float


def read_voice(form: str, data: bytes) -> Voice:
    """The voice note in Opus (WebM, Ogg) or AAC (MP4) bytes; Fault when it is anything else or too long."""
    try:
        seconds = {"webm": webm.seconds, "ogg": ogg.seconds, "mp4": mp4.seconds}[form](data)
    except (IndexError, ValueError, OverflowError) as fault:
        raise Fault("damaged") from fault
    if seconds > limits.MAX_VOICE_SECONDS + limits.VOICE_GRACE:
        raise Fault("too_long", limit=limits.MAX_VOICE_SECONDS)
    if seconds <= 0:
        raise Fault("damaged")
    content = mp4.without_descriptions(data) if form == "mp4" else data
    return Voice(content, f"audio/{form}", round(seconds, 2))
