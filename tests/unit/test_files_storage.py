"""The folder in which blobs lie."""

import uuid

import pytest

from balai.files.storage import THUMBNAIL, LocalStorage, MissingBlobError, storage_key

TENANT, FILE = uuid.uuid4(), uuid.uuid4()
KEY = storage_key(TENANT, FILE)


def test_blobs_come_back_and_go(tmp_path):
    storage = LocalStorage(tmp_path)
    storage.put(KEY, b"satu")
    storage.put(KEY + THUMBNAIL, b"kecil")
    storage.put(KEY, b"dua")
    assert storage.get(KEY) == b"dua"
    assert [key for key, _at in storage.keys(str(TENANT))] == [KEY, KEY + THUMBNAIL]
    assert (tmp_path / KEY).stat().st_mode & 0o077 == 0
    assert (tmp_path / KEY).parent.stat().st_mode & 0o077 == 0
    storage.delete(KEY)
    storage.delete(KEY)
    with pytest.raises(MissingBlobError):
        storage.get(KEY)
    assert list(storage.keys(str(uuid.uuid4()))) == []


@pytest.mark.parametrize(
    "key",
    ["../../etc/passwd", "/etc/passwd", "a/b", KEY + "/../x", KEY.upper() + "é", KEY + ".exe", "", KEY + "\n"],
    # Keys are random; xdist wants the same names in every process.
    ids=["up", "absolute", "short", "dots", "upper", "suffix", "empty", "newline"],
)
def test_only_keys_of_our_own_making_are_taken(tmp_path, key):
    storage = LocalStorage(tmp_path)
    for act in (lambda: storage.put(key, b""), lambda: storage.get(key), lambda: storage.delete(key)):
        with pytest.raises(ValueError):
            act()


def test_a_failed_write_leaves_the_old_blob_and_no_rubbish(tmp_path, monkeypatch):
    storage = LocalStorage(tmp_path)
    storage.put(KEY, b"lama")
    monkeypatch.setattr("os.fsync", lambda _fd: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        storage.put(KEY, b"baru")
    assert storage.get(KEY) == b"lama"
    assert len(list((tmp_path / KEY).parent.iterdir())) == 1


def test_what_a_crash_left_can_be_listed_and_deleted(tmp_path):
    storage = LocalStorage(tmp_path)
    storage.put(KEY, b"x")
    left = (tmp_path / KEY).with_name(f".{FILE}.0123abcd")
    left.write_bytes(b"half")
    names = [key for key, _at in storage.keys(str(TENANT))]
    assert len(names) == 2
    for name in names:
        storage.delete(name)
    assert not left.exists()
