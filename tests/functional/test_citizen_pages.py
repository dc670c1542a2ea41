"""Every page for citizens, by the URL map: citizens' words, every string translatable, English whole, no account asked."""

import pytest

from balai.testing.citizen import DATA, addresses, furnish
from balai.testing.words import plain, untranslated


@pytest.fixture
def town(app, tenant):
    return furnish(app, tenant)


def pages(app, client, town, suffix=""):
    """(address, answer) of every page; redirects that aren't to sign-in are no pages."""
    for path in addresses(app, town):
        asked = path + (f"{'&' if '?' in path else '?'}{suffix}" if suffix else "")
        answer = client.get(asked)
        assert "/masuk" not in (answer.location or ""), f"{path} asks to sign in"
        assert answer.status_code in {200, 303, 404}, f"{path}: {answer.status_code}"
        if answer.mimetype == "text/html" and answer.status_code != 303:
            yield path, answer.text


def mine(client, town):
    assert client.get(f"/lacak/{town.code}?kunci={town.secret}").status_code == 303


@pytest.mark.parametrize("holds_the_link", [True, False])
def test_no_page_asks_for_an_account_or_uses_a_forbidden_word(app, client, town, holds_the_link):
    if holds_the_link:
        mine(client, town)
    seen = 0
    for path, text in pages(app, client, town):
        assert plain(text), path
        assert "⟦" not in text
        seen += 1
    assert seen >= 20


@pytest.mark.parametrize("holds_the_link", [True, False])
def test_every_string_of_every_page_can_be_translated(app, client, town, holds_the_link):
    if holds_the_link:
        mine(client, town)
    left = {
        path: found for path, text in pages(app, client, town, "bahasa=qps") if (found := untranslated(text, data=DATA))
    }
    assert left == {}


def test_a_stranger_with_the_code_learns_nothing_personal(app, client, town):
    for path, text in pages(app, client, town):
        for word in ("Rina", "rina@", "Tiang nomor berapa?"):
            assert word not in text, path


def test_english_is_english_everywhere(app, client, town):
    mine(client, town)
    for path, text in pages(app, client, town, "bahasa=en"):
        assert '<html lang="en">' in text, path
        for words in ("Langsung ke isi", "Menu utama", "Hubungi kami", "Layanan pemerintah"):
            assert words not in text, path
