"""Charts as SVG, drawn on the server. Each is an image of its own: its styles stay inside it, and a table with the same figures
stands beside it on the page.
"""

import re
import sys
from collections.abc import Sequence
from typing import Any, Final

from balai.web.formats import angka

# Dark on white, told apart by dash and marker as well as by colour: readable in black and white.
_SCRIPT: Final = re.compile(r"<script\b.*?</script>", re.DOTALL)
_COLOURS: Final = ("#1f5f56", "#a8481c", "#44546a")
# Pixels that a page leaves a picture on a screen of 360.
NARROW: Final = 328
_LABEL: Final = 20


def _pygal() -> Any:
    """The library, without the import hook that it leaves behind: one of Python 2's shape, at which later imports stumble."""
    import pygal

    sys.meta_path[:] = [hook for hook in sys.meta_path if type(hook).__module__ != "pygal"]
    return pygal


def _style(title_size: int) -> Any:
    return _pygal().style.Style(
        background="white", plot_background="white", foreground="#333", foreground_strong="#111", foreground_subtle="#666",
        colors=_COLOURS, font_family="sans-serif", label_font_size=14, major_label_font_size=14, legend_font_size=16,
        value_font_size=14, value_label_font_size=14, title_font_size=title_size, stroke_width=3,
    )  # fmt: skip


def _options(title: str, *, narrow: bool) -> dict[str, Any]:
    # On a phone a wide drawing would be shrunk until nobody can read its letters: there it is drawn as wide as the screen.
    size = {"width": NARROW, "height": 300, "margin": 6} if narrow else {"width": 800, "height": 360}
    return {
        "style": _style(16 if narrow else 18), "js": (), "title": title, "show_y_guides": True, "legend_at_bottom": True,
        "disable_xml_declaration": True, "explicit_size": True, "human_readable": False, "include_x_axis": True,
        "no_prefix": True, "pretty_print": False, "value_formatter": lambda value: angka(value, 1), **size,
    }  # fmt: skip


def _still(drawn: str) -> bytes:
    """The drawing without the library's own script: nothing in it runs."""
    return _SCRIPT.sub("", drawn).encode()


def months(
    title: str, labels: Sequence[str], lines: Sequence[tuple[str, Sequence[float | None]]], *, narrow: bool = False
) -> bytes:
    """Lines over months; a missing figure leaves a gap. narrow: for a phone, with every fourth month named."""
    few = {"x_labels_major_every": 4, "show_minor_x_labels": False, "legend_at_bottom_columns": 1} if narrow else {}
    chart = _pygal().Line(x_label_rotation=0, truncate_label=-1, **few, **_options(title, narrow=narrow))
    chart.x_labels = list(labels)
    for number, (name, values) in enumerate(lines):
        chart.add(name, list(values), stroke_style={"width": 3, "dasharray": (None, "6, 4", "2, 3")[number % 3]})
    return _still(chart.render(is_unicode=True))


def bars(title: str, rows: Sequence[tuple[str, float]], *, narrow: bool = False) -> bytes:
    """Horizontal bars, the longest first as given; each is named with its number, so that a short one says it too."""
    options = _options(title, narrow=narrow) | {"height": max(160, 44 * len(rows) + 90), "show_legend": False}
    # A narrow drawing has no room for a scale below the bars.
    options |= {"show_x_labels": False, "show_x_guides": False, "show_y_guides": False} if narrow else {}
    chart = _pygal().HorizontalBar(truncate_label=-1, **options)
    chart.x_labels = [f"{_short(label) if narrow else label}: {angka(value, 1)}" for label, value in reversed(rows)]
    chart.add(title, [round(value, 1) for _label, value in reversed(rows)])
    return _still(chart.render(is_unicode=True))


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else label[: _LABEL - 1].rstrip() + "…"
