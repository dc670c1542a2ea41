"""An A4 page that reads well in black and white: headings, tables, short sentences. Built on fpdf2's core fonts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos

_MARGIN: Final = 15
_BODY: Final = 8.5
_PUNCTUATION: Final = str.maketrans(
    {"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " ", "→": "->"}
)


def plain(text: Any) -> str:
    """Text for the core fonts, which know Latin-1 only."""
    return str(text).translate(_PUNCTUATION).encode("latin-1", "replace").decode("latin-1")


class Paper(FPDF):
    """One A4 page. Its creation date is the moment it is about, so that the same figures give the same file."""

    def __init__(self, title: str, at: datetime, language: str = "id") -> None:
        super().__init__(format="A4")
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN)
        self.set_title(plain(title))
        self.set_lang(language)
        self.set_creation_date(at)
        self.add_page()

    def heading(self, text: str, size: float = 12) -> None:
        """A line in bold."""
        self.set_font("Helvetica", "B", size)
        self.multi_cell(0, size * 0.5, plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def line_of(self, text: str, size: float = _BODY) -> None:
        """A paragraph."""
        self.set_font("Helvetica", "", size)
        self.multi_cell(0, size * 0.5, plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rows(
        self, heads: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[int], right: Sequence[int] = ()
    ) -> None:
        """A table; `right`: numbers of columns that are set flush right."""
        self.set_font("Helvetica", "", _BODY)
        align = tuple("RIGHT" if n in right else "LEFT" for n in range(len(heads)))
        with self.table(
            col_widths=tuple(widths), text_align=align, line_height=4.2, borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            padding=(0.4, 1.2),
        ) as table:  # fmt: skip
            table.row([plain(head) for head in heads])
            for row in rows:
                table.row([plain(cell) for cell in row])
        self.ln(1.5)

    def data(self) -> bytes:
        """The finished file."""
        return bytes(self.output())
