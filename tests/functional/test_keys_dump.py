"""A dump of the database, and a copy of the folder of files, tell nobody's name."""

from pathlib import Path

import psycopg
from psycopg import sql

from balai import files, keys, privacy

MEDIA = Path(__file__).parents[1] / "data" / "media"
PLAIN = ("Nurtetty", "Simanjuntak-Uli", "81371552903", "nurtetty@contoh.id", "Keluarga Nurtetty", "sub-nurtetty")


def dump(owner):
    """Every table's content as pg_dump would write it, all schemas."""
    query = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    text = []
    for schema, table in owner.execute(query).fetchall():
        with owner.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table))) as copy:
            text += [bytes(block).decode() for block in copy]
    return "\n".join(text)


def test_neither_dump_nor_folder_holds_a_personal_value(session, settings, tenant, database):
    profile = privacy.save_profile(
        session, "sub-nurtetty", name="Nurtetty Simanjuntak-Uli", phone="0813-7155-2903", email="nurtetty@contoh.id"
    )
    kept = files.store(
        session,
        (MEDIA / "voice.ogg").read_bytes(),
        purpose="uji.suara",
        filename="Kartu Keluarga Nurtetty.ogg",
        kinds=files.STAFF,
    )
    session.commit()
    with psycopg.connect(database.superuser_url) as owner:
        found = dump(owner)
        marked = owner.execute(
            "SELECT c.relname, a.attname FROM pg_description d JOIN pg_class c ON c.oid = d.objoid"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid WHERE d.description LIKE 'balai:sealed=%'"
        ).fetchall()
        for table, column in marked:
            bad = sql.SQL("SELECT count(*) FROM {t} WHERE {c} IS NOT NULL AND {c} !~ '^v1[|]k[0-9]+[|]'").format(
                t=sql.Identifier(table), c=sql.Identifier(column)
            )
            assert owner.execute(bad).fetchone() == (0,), f"{table}.{column} holds something in the clear"
    assert str(profile.id) in found
    assert [trace for trace in PLAIN if trace in found] == []
    assert len(marked) >= 10
    for path in (settings.files_path / str(tenant.key)).rglob("*"):
        if path.is_file():
            assert b"OggS" not in path.read_bytes()
    assert files.content(session, kept).startswith(b"OggS")
    assert keys.reveal(session, profile, "name") == "Nurtetty Simanjuntak-Uli"
