"""Maps on pages: what they are drawn on. `balai/map.html` draws areas, the portal's form a pin; both load only when asked for."""

from urllib.parse import urlsplit

from balai.settings import current_settings
from balai.web.headers import allow_images


def map_tiles() -> tuple[str, str]:
    """(address, credit) of the map's tiles, and leave for this page to load them; ("", "") = a blank map."""
    settings = current_settings()
    if settings.tiles_url:
        parts = urlsplit(settings.tiles_url.replace("{s}.", "*."))
        allow_images(f"{parts.scheme}://{parts.netloc}")
    return settings.tiles_url, settings.tiles_credit
