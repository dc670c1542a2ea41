"""How a column says that it is encrypted: in its comment, inside the database itself.

Rotation, export, the dump test and `balai doctor` walk the live catalogue, so they also see the columns of a plugin whose
package is absent. Models and migrations use the two helpers below; the comment is the only declaration.
"""

from typing import Any, Final

from sqlalchemy import Column, Text
from sqlalchemy.orm import MappedColumn, mapped_column

from balai.keys.masks import MASKS

# `balai:sealed=phone`: holds v1 values; masked as a phone wherever it may not be read.
SEALED: Final = "balai:sealed="
# `balai:kid`: names the tenant key that something outside the database (a file) was encrypted with.
KID: Final = "balai:kid"


def sealed_comment(mask: str) -> str:
    """The comment that marks a column as encrypted; mask is one of MASKS (`secret`: never shown nor exported)."""
    if mask not in MASKS:
        raise ValueError(f"no mask {mask!r}: one of {', '.join(MASKS)}")
    return SEALED + mask


def sealed_column(mask: str) -> MappedColumn[Any]:
    """An encrypted column of a model: `phone: Mapped[str | None] = keys.sealed_column("phone")`.

    It holds ciphertext; write it with `keys.seal`, read it with `keys.reveal`.
    """
    return mapped_column(Text, comment=sealed_comment(mask))


def sealed(name: str, mask: str, *, nullable: bool = True) -> Column[Any]:
    """The same column in a migration."""
    return Column(name, Text(), nullable=nullable, comment=sealed_comment(mask))
