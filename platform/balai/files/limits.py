"""How large, wide and long a file may be (decision 39). Checked before anything is parsed."""

from typing import Final

MIB: Final = 1024 * 1024
MAX_BYTES: Final = {"image": 12 * MIB, "pdf": 10 * MIB, "voice": 600 * 1000}

# JPEG is decoded at a reduced scale, so phones with 50-megapixel cameras are welcome; what must be decoded whole
# (PNG, WebP, progressive JPEG) takes up to 20 bytes a pixel for a moment.
MAX_PIXELS: Final = 64_000_000
MAX_PIXELS_WHOLE: Final = 17_000_000
IMAGE_SECONDS: Final = 10
IMAGE_MEMORY: Final = 1024 * MIB
MAX_SIDE_IN: Final = 16_000
MAX_SIDE_KEPT: Final = 2048
THUMBNAIL_SIDE: Final = 320
JPEG_QUALITY: Final = 82
THUMBNAIL_QUALITY: Final = 70

MAX_PAGES: Final = 60
MAX_PDF_OBJECTS: Final = 20_000
PDF_SECONDS: Final = 8
PDF_MEMORY: Final = 512 * MIB

MAX_VOICE_SECONDS: Final = 60
# A recorder that is stopped at 60 seconds writes its last packet a little later.
VOICE_GRACE: Final = 1.0
