"""A region takes its data along: complete, checkable, without secrets, nothing of a neighbour."""

import csv
import json
import shutil
import uuid
import zipfile
from io import BytesIO

import psycopg
import pytest
from PIL import Image
from sqlalchemy import text

from balai import audit, files, keys, privacy
from balai.admin.export import export_tenant, queries, verify_export
from balai.errors import Conflict, Forbidden
from balai.tenancy import tenant_scope

SECRETS = ("wrapped_data", "link_hash", '"claim"', "w1|", "v1|k", "b1|k")


def photo(color):
    out = BytesIO()
    Image.new("RGB", (60, 40), color).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def filled(app, tenant, other_tenant):
    """Two regions with data; answers what must and must not be found."""
    with app.app_context():
        for region, name in ((tenant, "Siti Aminah"), (other_tenant, "Tetangga Lain")):
            with tenant_scope(region) as session:
                privacy.save_profile(session, "s", name=name, phone="0812 3456 7890", email="siti@contoh.id")
                privacy.record_consent(session, who="w", purpose="p", given=True, wording="=Boleh?")
                files.store(session, photo("red"), purpose="case.attachment", filename="KTP Siti.png")
                files.store(session, photo("blue"), purpose="tenant.crest", filename="logo.png", visibility="public")
                audit.record(session, "test.done", data={"amount": 1})
        yield tenant


def lines(folder, table):
    return [json.loads(line) for line in (folder / "tables" / f"{table}.jsonl").read_text().splitlines()]


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def everything(folder):
    """All that leaves of the tables and files; the manifest itself names what stayed behind."""
    left = [path for path in sorted(folder.rglob("*.*")) if path.suffix in {".jsonl", ".csv", ".txt"}]
    return b"\n".join(path.read_bytes() for path in left).decode()


def test_every_table_of_the_catalogue_leaves_or_is_named(filled, tmp_path, database):
    with psycopg.connect(database.owner_url) as owner:
        with_tenant = {
            row[0]
            for row in owner.execute(
                "SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema = 'public'"
            )
        }
    export_tenant(filled, tmp_path / "out")
    told = manifest(tmp_path / "out")
    leaving = {table["name"] for table in told["tables"]}
    kept = {entry["table"] for entry in told["left_out"] if "column" not in entry}
    assert leaving | kept == with_tenant
    assert kept >= {"tenant_key", "session", "my_case"}
    assert leaving >= {"citizen_profile", "file", "audit_entry", "area", "tenant_profile", "cases"}


def test_personal_data_is_masked_unless_asked_for(filled, tmp_path, app):
    out = tmp_path / "masked"
    done = export_tenant(filled, out)
    assert verify_export(out) == []
    assert lines(out, "citizen_profile")[0]["name"] == "S*** A***"
    assert lines(out, "citizen_profile")[0]["phone"] == "+62812*****890"
    assert lines(out, "file")[0]["filename"] == "[disamarkan]"
    found = everything(out)
    for trace in ("Siti", "81234567890", "siti@contoh.id", "Tetangga", *SECRETS):
        assert trace not in found, trace
    told = manifest(out)
    assert (len(told["files"]), told["files_left_out"], told["personal"]) == (1, 1, False)
    assert done.files == 1
    assert done.rows == sum(table["rows"] for table in told["tables"])


def test_readable_personal_data_needs_a_reason_and_is_audited(filled, tmp_path):
    with pytest.raises(ValueError, match="reason"):
        export_tenant(filled, tmp_path / "out", personal=True, reason=" ")
    assert not (tmp_path / "out").exists()
    with audit.acting_as("cli", "root"):
        export_tenant(filled, tmp_path / "out", personal=True, reason="pindah sistem")
    out = tmp_path / "out"
    assert lines(out, "citizen_profile")[0]["name"] == "Siti Aminah"
    assert {file["filename"] for file in lines(out, "file")} == {"KTP Siti.png", "logo.png"}
    told = manifest(out)
    assert (len(told["files"]), told["files_left_out"]) == (2, 0)
    for file in told["files"]:
        with Image.open(out / file["path"]) as image:
            assert image.size == (60, 40)
    found = everything(out)
    for trace in ("Tetangga", *SECRETS):
        assert trace not in found, trace
    with tenant_scope(filled) as session:
        entry = audit.entries(session, action="export.made")[0]
    assert (entry.actor, entry.data["personal"], entry.data["reason"]) == ("root", True, "pindah sistem")
    assert told["made_by"] == {"kind": "cli", "name": "root"}


def test_inside_a_request_readable_data_needs_the_permission(app, filled, tmp_path, client_of):
    with app.test_request_context(base_url=f"http://{filled.slug}.localhost:8000/"), pytest.raises(Forbidden):
        export_tenant(filled, tmp_path / "out", personal=True, reason="x")


def test_both_forms_say_the_same_and_cells_run_nowhere(filled, tmp_path):
    export_tenant(filled, tmp_path / "out")
    for table in manifest(tmp_path / "out")["tables"]:
        rows = lines(tmp_path / "out", table["name"])
        with (tmp_path / "out" / "tables" / f"{table['name']}.csv").open(encoding="utf-8-sig", newline="") as source:
            cells = list(csv.DictReader(source))
        assert len(rows) == len(cells) == table["rows"]
        assert not any((cell or "").startswith(("=", "@", "\t")) for row in cells for cell in row.values())
    with (tmp_path / "out" / "tables" / "consent.csv").open(encoding="utf-8-sig", newline="") as source:
        assert next(csv.DictReader(source))["wording"] == "'=Boleh?"
    assert lines(tmp_path / "out", "consent")[0]["wording"] == "=Boleh?"


def test_a_plugin_that_is_not_installed_leaves_too(filled, tmp_path, database):
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "CREATE TABLE lama_titik (tenant_id int, id uuid, nama text, uang numeric, gambar bytea, PRIMARY KEY (tenant_id, id))"
        )
        owner.execute(
            "ALTER TABLE lama_titik ENABLE ROW LEVEL SECURITY; ALTER TABLE lama_titik FORCE ROW LEVEL SECURITY"
        )
        owner.execute(
            "CREATE POLICY a ON lama_titik TO balai_app USING (tenant_id = current_setting('app.tenant_id')::int)"
        )
        owner.execute("CREATE POLICY o ON lama_titik TO balai_owner USING (true)")
        owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON lama_titik TO balai_app")
        try:
            owner.execute("COMMENT ON COLUMN lama_titik.nama IS 'balai:sealed=name'")
            with tenant_scope(filled) as session:
                row_id = "01900000-0000-7000-8000-000000000001"
                sealed = keys.encrypt(session, "Budi", table="lama_titik", column="nama", row_id=row_id)
                session.execute(
                    text("INSERT INTO lama_titik VALUES (:t, :id, :nama, 1.50, 'abc')"),
                    {"t": filled.id, "id": row_id, "nama": sealed},
                )
            export_tenant(filled, tmp_path / "out")
        finally:
            owner.execute("DROP TABLE lama_titik")
    assert lines(tmp_path / "out", "lama_titik") == [
        {"tenant_id": filled.id, "id": row_id, "nama": "B***", "uang": "1.50", "gambar": "YWJj"}
    ]


def test_after_a_shred_the_rest_still_leaves(filled, tmp_path):
    with tenant_scope(filled) as session:
        keys.shred(session)
    export_tenant(filled, tmp_path / "out", personal=True, reason="tutup")
    assert lines(tmp_path / "out", "citizen_profile")[0]["name"] is None
    told = manifest(tmp_path / "out")
    assert (told["files"], told["files_left_out"]) == ([], 2)
    assert verify_export(tmp_path / "out") == []


def test_a_zip_holds_the_same_and_nothing_is_left_beside_it(filled, tmp_path):
    told = []
    done = export_tenant(filled, tmp_path / "out.zip", progress=lambda n, total: told.append((n, total)))
    assert verify_export(tmp_path / "out.zip") == []
    assert [path.name for path in tmp_path.iterdir()] == ["out.zip"]
    assert (tmp_path / "out.zip").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert "manifest.json" in archive.namelist()
    assert (len(told), told[-1][1]) == (done.rows, done.rows)


def test_a_failed_export_leaves_nothing_and_an_old_one_is_not_overwritten(filled, tmp_path, monkeypatch):
    export_tenant(filled, tmp_path / "out")
    with pytest.raises(Conflict):
        export_tenant(filled, tmp_path / "out")
    monkeypatch.setattr(queries, "count", lambda *_a: (_ for _ in ()).throw(RuntimeError("stop")))
    with pytest.raises(RuntimeError, match="stop"):
        export_tenant(filled, tmp_path / "again")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


HARMS = [
    (lambda out: (out / "tables" / "area.jsonl").write_text("{}\n"), "area.jsonl: was changed"),
    (lambda out: (out / "tables" / "area.csv").unlink(), "area.csv: is missing"),
    (lambda out: (out / "extra.txt").write_text("x"), "extra.txt: is not in the manifest"),
    (lambda out: (out / "manifest.json").write_text("[]"), "can't be read"),
    (lambda out: (out / "manifest.json").unlink(), "can't be read"),
    (lambda out: next((out / "files").iterdir()).write_bytes(b"x"), "was changed"),
    (lambda out: rewrite(out, "tables/area.csv", "../area.csv"), "leads out of the export"),
    (lambda out: rewrite(out, '"rows": 3', '"rows": 4'), "has 3 rows instead of 4"),
]


def rewrite(out, old, new):
    text_before = (out / "manifest.json").read_text()
    assert old in text_before
    (out / "manifest.json").write_text(text_before.replace(old, new))


def test_each_harm_to_an_export_is_found(filled, tmp_path):
    export_tenant(filled, tmp_path / "whole")
    assert verify_export(tmp_path / "whole") == []
    for number, (harm, says) in enumerate(HARMS):
        out = tmp_path / str(number)
        shutil.copytree(tmp_path / "whole", out)
        harm(out)
        assert any(says in fault for fault in verify_export(out)), verify_export(out)


def test_what_opens_a_case_as_its_reporter_stays(app, tenant, office, file_complaint, session, tmp_path):
    """A form's id is answered with the case's link: no export, not even one with personal data, may hold it."""
    client_id = uuid.uuid4()
    file_complaint(client_id=client_id)
    session.commit()
    export_tenant(tenant, tmp_path / "out", personal=True, reason="Pindah ke sistem lain.")
    assert len(lines(tmp_path / "out", "cases")) == 1
    assert str(client_id) not in everything(tmp_path / "out")
    told = {(entry["table"], entry.get("column")) for entry in manifest(tmp_path / "out")["left_out"]}
    assert {("cases", "client_id"), ("referral", "client_id"), ("case_follower", "client_id")} <= told
