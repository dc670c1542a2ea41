"""`PUT /api/v1/water/bills`: the table that another billing system sends every night."""

import msgspec
from flask import Response, request

from balai.api import ApiBlueprint, TooLarge, gettext, reply, session, signed_in
from balai_water.bills import external
from balai_water.sheets import MOST_BYTES

blueprint = ApiBlueprint(
    "water_bills_api", "balai_water", url_prefix="/api/v1/water/bills", tag="water",
    description="Tagihan air dari sistem yang sudah ada.",
)  # fmt: skip


class Taken(msgspec.Struct):
    """What became of a table. total: lines; changed: bills that are new or different; same: bills that were here already;
    left_out: lines that were wrong, each in `faults` (the first hundred) with line and column.
    """

    total: int
    changed: int
    same: int
    left_out: int
    faults: list[str]


@blueprint.route("", methods=["PUT"])
@blueprint.requires("water.bill")
@blueprint.answers(
    Taken,
    summary="Kirim tabel tagihan",
    description="Isi permintaan: CSV atau XLSX. Semua baris masuk, atau tidak satu pun;"
    " dengan ?tanpa=ya baris yang salah dilewati. Tabel yang sama boleh dikirim lagi.",
    problems=(413, 422),
)
def put_bills() -> Response:
    """All of it or nothing, unless the sender agrees to leave out what is wrong."""
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge(gettext("Berkas terlalu besar. Paling besar %(limit)s KB.", limit=MOST_BYTES // 1024))
    data, only_good = request.stream.read(MOST_BYTES + 1), request.args.get("tanpa") == "ya"
    reading, done = external.take(session(), data, only_good=only_good, member_id=signed_in().member_id)
    return reply(Taken(reading.total, done["changed"], done["same"], done["left_out"], reading.told()))
