"""Addresses in words that the public reads: nobody is led anywhere by somebody else's report.

Pages never make a link of text, so nothing is clickable; an address that is typed over or read aloud shouldn't work either.
"""

import re
from typing import Final

_SCHEME = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,20}:(?://)+|(?:javascript|data|mailto|tel|intent):)", re.IGNORECASE)
_TLDS = "id|com|net|org|info|biz|xyz|top|site|online|shop|store|club|link|live|click|app|dev|io|co|me|tv|cc|gg|ly|to|ru|cn|my|sg"
# A dot between two labels, the last of which is a domain people register; "selesai.Lampu" is no address.
_HOST = re.compile(
    rf"(?<![\w@.])((?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.)+(?:{_TLDS}))(?=[/:?#]|\b(?!\.\w))", re.IGNORECASE
)
DOT: Final = "[.]"


def defang(text: str) -> str:
    """The text with every address written so that it leads nowhere: "https://a.com/x" becomes "a[.]com/x". Idempotent."""
    plain = _SCHEME.sub("", text)
    return _HOST.sub(lambda found: found.group(1).replace(".", DOT), plain)
