"""Encrypted columns, blind indexes and tokens."""

import base64
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core import crypto
from core.mail import Mail, send_mail
from core.settings import Settings

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


class Keys:
    def __init__(self, *keys: bytes, secret: str = "a secret key of the tests, long enough") -> None:
        self.secret_key = secret
        self.encryption_keys = keys


@pytest.fixture(autouse=True)
def keyring():
    crypto.configure(Keys(OLD))


def test_it_works():
    sealed = crypto.encrypt("client.given_name", "Núria")
    assert "Núria" not in sealed
    assert crypto.decrypt("client.given_name", sealed) == "Núria"


def test_the_same_text_is_never_encrypted_alike():
    assert crypto.encrypt("a.b", "same") != crypto.encrypt("a.b", "same")


def test_a_value_moved_to_another_column_does_not_decrypt():
    sealed = crypto.encrypt("client.given_name", "Ruth")
    with pytest.raises(crypto.NotDecryptable):
        crypto.decrypt("client.family_name", sealed)


def test_any_flipped_byte_is_noticed():
    version, name, body = crypto.encrypt("a.b", "Ruth").split(".")
    raw = bytearray(base64.urlsafe_b64decode(body))
    for place in range(len(raw)):
        changed = bytes(byte ^ (1 if at == place else 0) for at, byte in enumerate(raw))
        with pytest.raises(crypto.NotDecryptable):
            crypto.decrypt("a.b", f"{version}.{name}.{base64.urlsafe_b64encode(changed).decode()}")


@pytest.mark.parametrize("value", ["", "plain text", "v1", "v1.", "v1.abc", "v2.00000000.AAAA", "v1.x.é"])
def test_what_is_not_ours_is_refused(value: str):
    with pytest.raises(crypto.NotDecryptable):
        crypto.decrypt("a.b", value)


def test_errors_never_quote_the_value():
    sealed = crypto.encrypt("a.b", "Ruth")
    with pytest.raises(crypto.NotDecryptable) as caught:
        crypto.decrypt("a.c", sealed)
    assert sealed not in str(caught.value) and caught.value.__cause__ is None


def test_a_new_key_encrypts_and_the_old_one_still_decrypts():
    before = crypto.encrypt("a.b", "Ruth")
    crypto.configure(Keys(NEW, OLD))
    after = crypto.encrypt("a.b", "Ruth")
    assert crypto.decrypt("a.b", before) == crypto.decrypt("a.b", after) == "Ruth"
    crypto.configure(Keys(NEW))
    assert crypto.decrypt("a.b", after) == "Ruth"
    with pytest.raises(crypto.NotDecryptable, match="not configured"):
        crypto.decrypt("a.b", before)


def test_a_passphrase_is_no_key():
    with pytest.raises(ValueError):
        crypto.configure(Keys(b"correct horse battery staple"))
    with pytest.raises(ValueError):
        crypto.configure(Keys())


def test_blind_index_ignores_how_a_name_is_written():
    organization = uuid4()
    plain = crypto.blind_index("client", organization, "Nunez-Li", "1990-02-03")
    assert crypto.blind_index("client", organization, " NÚÑEZ li ", "1990-02-03") == plain
    assert crypto.blind_index("client", organization, "Nunes-Li", "1990-02-03") != plain


def test_blind_index_tells_nothing_across_organizations_and_purposes():
    one, other = uuid4(), uuid4()
    indexes = {
        crypto.blind_index("client", one, "Ruth", "Ek"),
        crypto.blind_index("client", other, "Ruth", "Ek"),
        crypto.blind_index("household", one, "Ruth", "Ek"),
        crypto.blind_index("client", one, "RuthEk", ""),
    }
    assert len(indexes) == 4


def test_blind_index_depends_on_the_secret():
    before = crypto.blind_index("client", None, "Ruth")
    crypto.configure(Keys(OLD, secret="another secret key, long enough too"))
    assert crypto.blind_index("client", None, "Ruth") != before


def test_tokens():
    token = crypto.new_token()
    assert len(base64.urlsafe_b64decode(token + "=")) == 32 and token != crypto.new_token()
    assert crypto.hash_token(token) == crypto.hash_token(token) != token
    assert crypto.same(token, token) and not crypto.same(token, token + "x")
    code = crypto.new_code()
    assert len(code) == 6 and code.isdigit()


async def test_a_column_is_encrypted_in_the_database(db: AsyncSession, settings: Settings):
    id = await send_mail(db, to="omar@pantry.example", subject="A question", text="Can you help?")
    row = (await db.execute(text("SELECT to_address, text FROM mail"))).one()
    assert "omar" not in row[0] and "help" not in row[1]
    db.expire_all()
    mail = await db.get_one(Mail, id)
    assert (mail.to, mail.text) == ("omar@pantry.example", "Can you help?")
