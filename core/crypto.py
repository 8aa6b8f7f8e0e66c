"""Keys and what is done with them: columns encrypted at rest, blind indexes, token hashes. No other module does this.

| use | primitive | key |
|---|---|---|
| encrypted columns | AES-256-GCM, random 96-bit nonce, table and column as associated data | `HANDRAIL_ENCRYPTION_KEYS` |
| blind index, token hashes, audit chain | HMAC-SHA-256 | HKDF-SHA-256 of `HANDRAIL_SECRET_KEY`, one per use |
| tokens | 256 random bits of the operating system | none |

The keyring belongs to the process: `configure(settings)` sets it when the app, a worker or a command starts.
"""

import base64
import hashlib
import hmac
import os
import secrets
import unicodedata
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_VERSION = "v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class Keys(Protocol):
    """What `configure` needs of the settings."""

    @property
    def secret_key(self) -> str:
        """The text that all keys but the encryption keys are derived from."""

    @property
    def encryption_keys(self) -> tuple[bytes, ...]:
        """Keys of 32 random bytes, newest first: the first encrypts, all decrypt."""


class NotDecryptable(Exception):
    """A stored value was changed, stands in the wrong column, or was encrypted with a key that is not configured."""


class _Keyring:
    """The keys of this process."""

    def __init__(self) -> None:
        self.secret = b""
        self.newest = ""
        self.ciphers: dict[str, AESGCM] = {}


_keyring = _Keyring()


def configure(settings: Keys) -> None:
    """Take the keys from the settings; raises `ValueError` for a key that is not 32 bytes, or when there is none."""
    if not settings.secret_key or not settings.encryption_keys:
        raise ValueError("a secret key and at least one encryption key are needed")
    if any(len(key) != _KEY_BYTES for key in settings.encryption_keys):
        raise ValueError("encryption keys are 32 random bytes each, never a passphrase")
    ids = [key_id(key) for key in settings.encryption_keys]
    _keyring.secret = settings.secret_key.encode()
    _keyring.newest = ids[0]
    _keyring.ciphers = {name: AESGCM(key) for name, key in zip(ids, settings.encryption_keys, strict=True)}
    _derived.cache_clear()


def key_id(key: bytes) -> str:
    """Return the short public name of an encryption key, which stands in every value it encrypted."""
    return hashlib.sha256(b"handrail encryption key\x00" + key).hexdigest()[:8]


@lru_cache(maxsize=32)
def _derived(use: str) -> bytes:
    if not _keyring.secret:
        raise RuntimeError("core.crypto.configure(settings) was not called")
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"handrail {use}".encode()).derive(_keyring.secret)


def encrypt(column: str, text: str) -> str:
    """Return `text` encrypted for `column` ("table.column") with the newest key."""
    if not _keyring.ciphers:
        raise RuntimeError("core.crypto.configure(settings) was not called")
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _keyring.ciphers[_keyring.newest].encrypt(
        nonce, text.encode(), _bound_to(column, _keyring.newest)
    )
    return f"{_VERSION}.{_keyring.newest}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(column: str, value: str) -> str:
    """Return the text of a value made by `encrypt`; raises `NotDecryptable`, whose message never holds the value."""
    version, _dot, rest = value.partition(".")
    name, _dot, body = rest.partition(".")
    if version != _VERSION:
        raise NotDecryptable(f"{column}: not an encrypted value")
    if name not in _keyring.ciphers:
        raise NotDecryptable(f"{column}: encrypted with key {name[:8]!r}, which is not configured")
    try:
        raw = base64.b64decode(body.encode(), altchars=b"-_", validate=True)
        plain = _keyring.ciphers[name].decrypt(
            raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(column, name)
        )
    except (InvalidTag, ValueError):
        raise NotDecryptable(f"{column}: changed, or moved here from another column") from None
    return plain.decode()


def _bound_to(column: str, name: str) -> bytes:
    return f"{_VERSION}\x00{name}\x00{column}".encode()


class Encrypted(TypeDecorator[str]):
    """A column that holds text encrypted at rest: `mapped_column(Encrypted("client.given_name"))`.

    The name given is bound into every value, so that a value copied into another column does not decrypt. Such a
    column can be neither searched nor sorted by the database: keep a `blind_index` beside it to look it up.
    """

    impl = Text
    cache_ok = True

    def __init__(self, column: str) -> None:
        super().__init__()
        if column.count(".") != 1:
            raise ValueError("name the column as table.column")
        self.column = column

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt what is stored."""
        return None if value is None else encrypt(self.column, value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Decrypt what is read; raises `NotDecryptable`."""
        return None if value is None else decrypt(self.column, value)


def normalized(value: str) -> str:
    """Return `value` as it counts in a blind index: without case, accents, punctuation and spaces ("nunezli")."""
    decomposed = unicodedata.normalize("NFKD", value).casefold()
    return "".join(character for character in decomposed if character.isalnum())


def blind_index(purpose: str, organization_id: UUID | None, *values: str) -> str:
    """Return a keyed hash to look an encrypted value up by, as 64 hexadecimal digits.

    The same values give the same hash only within one organization and one purpose. Combine several values (name and
    birth date): a single one with few possibilities could be guessed by whoever can make the program hash.
    """
    parts = (str(organization_id or ""), *(normalized(value) for value in values))
    return keyed_hash(f"blind index {purpose}", *parts)


def keyed_hash(use: str, *parts: str) -> str:
    """Return an HMAC over `parts` with the key of `use`, as 64 hexadecimal digits; parts cannot run into each other."""
    message = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
    return hmac.new(_derived(use), message, hashlib.sha256).hexdigest()


def new_token() -> str:
    """Return a secret for a link or a cookie: 256 random bits, safe in an address."""
    return secrets.token_urlsafe(32)


def new_code(digits: int = 6) -> str:
    """Return a random number to type, as text with leading zeros."""
    return "".join(secrets.choice("0123456789") for _ in range(digits))


def hash_token(token: str) -> str:
    """Return what is stored of a token or typed code; keyed, so that even a six-digit code cannot be found from it."""
    return keyed_hash("token", token)


def same(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
