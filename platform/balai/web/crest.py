"""The region's crest: taken as a picture, kept as three small re-encoded ones. Never SVG (decision 39)."""

import io
from typing import BinaryIO

from sqlalchemy import delete, select

from balai.clock import now
from balai.db import TenantSession, new_id
from balai.errors import Invalid, TooLarge
from balai.tenancy import TenantProfile
from balai.web.i18n import gettext as _
from balai.web.models import LookImage

MAX_BYTES = 4 * 1024 * 1024
MAX_PIXELS = 20_000_000
# name -> (longest side in pixels, Pillow format, media type)
RENDITIONS = {
    "small": (144, "WEBP", "image/webp"),
    "icon": (64, "PNG", "image/png"),
    "large": (512, "PNG", "image/png"),
}


def save_crest(session: TenantSession, stream: BinaryIO) -> None:
    """Re-encode the picture and make it the region's crest. Raises Invalid or TooLarge naming field `crest`."""
    body = stream.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise TooLarge(_("Gambar lambang paling besar 4 MB."))
    renditions = render_crest(body)
    profile = session.scalars(select(TenantProfile)).one()
    session.execute(delete(LookImage))
    for name, content in renditions.items():
        session.add(LookImage(id=new_id(), name=name, media_type=RENDITIONS[name][2], content=content))
    # The profile's id is what page addresses carry: a new picture is a new address.
    profile.crest_file = new_id()
    profile.updated_at = now()


def render_crest(body: bytes) -> dict[str, bytes]:
    """The renditions of one uploaded picture (JPEG, PNG or WebP), transparency kept. Raises Invalid."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(body), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Invalid.field("crest", _("Gambar terlalu lebar: paling banyak 20 juta titik."))
            pixels = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, ValueError, SyntaxError):
        raise Invalid.field("crest", _("Berkas ini bukan gambar JPEG, PNG, atau WebP yang bisa dibaca.")) from None
    made = {}
    for name, (side, kind, _media_type) in RENDITIONS.items():
        copy = pixels.copy()
        copy.thumbnail((side, side), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        if kind == "WEBP":
            copy.save(out, kind, quality=82, method=6)
        else:
            copy.quantize(128, method=Image.Quantize.FASTOCTREE).save(out, kind, optimize=True)
        made[name] = out.getvalue()
    return made
