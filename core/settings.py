"""What a deployment may set: environment variables, read once, all problems told at once."""

import base64
import binascii
import os
import secrets
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec

DEMO_SECRET = "demo-secret-key"


class SettingsError(Exception):
    """The environment does not make a working installation; `problems` has one sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Handrail cannot start:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


class GeocoderAddress(NamedTuple):
    """Where a geocoder that speaks Nominatim's protocol listens, and how often it may be asked."""

    scheme: str
    domain: str
    """Host with port and path, as in "geo.example.org/nominatim"."""
    per_second: float

    @property
    def host(self) -> str:
        """Its host alone, as it is remembered beside what it found."""
        return self.domain.partition("/")[0]

    @classmethod
    def read(cls, text: str) -> "GeocoderAddress | None":
        """Read `HANDRAIL_GEOCODER`: None for `offline`; raises `ValueError` with a sentence for what is neither."""
        if text == "offline":
            return None
        parts = urlsplit(text.strip())
        scheme = parts.scheme.removeprefix("nominatim+")
        try:
            port = parts.port
            rates = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
            rate = float(rates.pop("rate", ["1"])[-1])
        except ValueError:
            raise ValueError(_GEOCODER_FORM) from None
        strange = rates or parts.fragment or parts.username is not None or port == 0
        if not parts.scheme.startswith("nominatim+") or scheme not in {"http", "https"} or strange:
            raise ValueError(_GEOCODER_FORM)
        if not parts.hostname or not 0.01 <= rate <= 1000:
            raise ValueError(_GEOCODER_FORM)
        if scheme == "http" and not _is_near(parts.hostname):
            raise ValueError(
                "HANDRAIL_GEOCODER must use https: what people type would go through the internet in clear."
            )
        return cls(scheme, (parts.netloc + parts.path).rstrip("/"), rate)


_GEOCODER_FORM = (
    "HANDRAIL_GEOCODER must be 'offline' or look like nominatim+https://geo.example.org/nominatim or "
    "nominatim+http://127.0.0.1:8080?rate=10 (requests a second, 1 unless said)."
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of a running installation. Secrets are left out of its representation."""

    data_dir: Path
    database_url: str
    search_url: str = ""
    search_key: str = ""
    secret_key: str
    encryption_keys: tuple[bytes, ...]
    base_url: str = "http://127.0.0.1:8000"
    smtp_url: str = ""
    geocoder: str = "offline"
    tiles_url: str = ""
    publisher: str = "Handrail"
    """Who publishes the listings, in the words of the open data."""
    near_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    demo: bool = False

    def __repr__(self) -> str:
        database = urlsplit(self.database_url)
        return f"Settings(data_dir={self.data_dir}, database={database.scheme}, demo={self.demo})"

    @property
    def secure(self) -> bool:
        """Whether pages are served over https, which decides the cookies' `Secure` flag and HSTS."""
        return self.base_url.startswith("https://")

    @property
    def mail_dir(self) -> Path:
        """Where mails are written as `.eml` files when no SMTP server is set."""
        return self.data_dir / "mail"

    @property
    def index_dir(self) -> Path:
        """Where the embedded search engine keeps its index; may be deleted at any time."""
        return self.data_dir / "index"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings, or raise `SettingsError` naming everything that is missing or wrong.

        Each `HANDRAIL_NAME` can also be given as `HANDRAIL_NAME_FILE`, the path of a file that holds it. In demo
        mode missing secrets are made once and kept in the data folder.
        """
        return _Reader(env).settings()


class _Reader:
    """Collects problems while it reads, so that an operator mends them in one go."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.problems: list[str] = []

    def value(self, name: str, default: str = "") -> str:
        file = self.env.get(f"HANDRAIL_{name}_FILE")
        if file:
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                self.problems.append(f"HANDRAIL_{name}_FILE cannot be read: {error.strerror}.")
                return default
        return self.env.get(f"HANDRAIL_{name}", "").strip() or default

    def settings(self) -> Settings:
        data_dir = Path(self.value("DATA_DIR", "./var")).absolute()
        secret, keys = self.value("SECRET_KEY"), self.value("ENCRYPTION_KEYS")
        demo = self.value("DEMO").lower() in {"1", "true", "yes"}
        # A folder that began as a demo stays one for commands that are given no secrets of another installation.
        demo = demo or (not secret and not keys and (data_dir / DEMO_SECRET).exists())
        if demo:
            secret = secret or _kept(data_dir / DEMO_SECRET, lambda: secrets.token_urlsafe(48))
            keys = keys or _kept(data_dir / "demo-encryption-key", _new_encryption_key)
        settings = Settings(
            data_dir=data_dir,
            database_url=self.database_url(data_dir),
            search_url=self.search_url(),
            search_key=self.value("SEARCH_KEY"),
            secret_key=self.secret_key(secret),
            encryption_keys=self.encryption_keys(keys),
            base_url=self.base_url(),
            smtp_url=self.smtp_url(),
            geocoder=self.value("GEOCODER", "offline"),
            tiles_url=self.tiles_url(),
            publisher=self.value("PUBLISHER") or str(urlsplit(self.base_url()).hostname),
            near_networks=self.near_networks(),
            demo=demo,
        )
        if settings.search_url and not settings.search_key and not is_loopback(settings.search_url):
            self.problems.append("HANDRAIL_SEARCH_KEY is missing: the key of the Meilisearch server.")
        try:
            GeocoderAddress.read(settings.geocoder)
        except ValueError as error:
            self.problems.append(str(error))
        if not demo and not settings.secure and not is_loopback(settings.base_url):
            self.problems.append(
                "HANDRAIL_BASE_URL must begin with https:// (http only on this machine itself)."
            )
        if self.problems:
            raise SettingsError(self.problems)
        return settings

    def database_url(self, data_dir: Path) -> str:
        url = self.value("DATABASE_URL") or f"sqlite+aiosqlite:///{data_dir / 'handrail.db'}"
        if url.startswith("sqlite:///"):
            url = url.replace("sqlite:", "sqlite+aiosqlite:", 1)
        if url.startswith("postgresql://"):
            url = url.replace("postgresql:", "postgresql+psycopg:", 1)
        if not url.startswith(("sqlite+aiosqlite://", "postgresql+psycopg://")):
            self.problems.append("HANDRAIL_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://.")
        return url

    def secret_key(self, secret: str) -> str:
        if not secret:
            self.problems.append("HANDRAIL_SECRET_KEY is missing: at least 32 random characters.")
        elif len(secret) < 32:
            self.problems.append("HANDRAIL_SECRET_KEY is too short: at least 32 random characters.")
        return secret

    def encryption_keys(self, text: str) -> tuple[bytes, ...]:
        if not text:
            self.problems.append(
                "HANDRAIL_ENCRYPTION_KEYS is missing: 32 random bytes in base64, newest first."
            )
        keys = []
        for number, part in enumerate(filter(None, (p.strip() for p in text.split(","))), start=1):
            try:
                key = base64.urlsafe_b64decode(
                    part.replace("+", "-").replace("/", "_") + "=" * (-len(part) % 4)
                )
            except (binascii.Error, ValueError):
                key = b""
            if len(key) != 32:
                self.problems.append(f"HANDRAIL_ENCRYPTION_KEYS: key {number} is not 32 bytes in base64.")
            keys.append(key)
        return tuple(keys)

    def base_url(self) -> str:
        url = self.value("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
            self.problems.append("HANDRAIL_BASE_URL must look like https://help.example.org, without a path.")
        return url

    def search_url(self) -> str:
        url = self.value("SEARCH_URL").rstrip("/")
        parts = urlsplit(url)
        # Nothing but scheme, host and port: a key belongs into HANDRAIL_SEARCH_KEY.
        if url and (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or url != f"{parts.scheme}://{parts.netloc}"
            or "@" in parts.netloc
        ):
            self.problems.append("HANDRAIL_SEARCH_URL must look like http://search.example.org:7700.")
        return url

    def tiles_url(self) -> str:
        url = self.value("TILES_URL")
        if url and not (
            url.startswith(("http://", "https://")) and all(f"{{{name}}}" in url for name in "zxy")
        ):
            self.problems.append(
                "HANDRAIL_TILES_URL must look like https://tiles.example.org/{z}/{x}/{y}.png."
            )
        return url

    def near_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        networks = []
        for part in filter(None, (part.strip() for part in self.value("NEAR_NETWORKS").split(","))):
            try:
                networks.append(ip_network(part))
            except ValueError:
                self.problems.append(
                    "HANDRAIL_NEAR_NETWORKS must be networks such as 10.20.0.0/16,127.0.0.1/32: "
                    "private ones that listings may be pulled from."
                )
                break
        return tuple(networks)

    def smtp_url(self) -> str:
        url = self.value("SMTP_URL")
        if url and urlsplit(url).scheme not in {"smtp", "smtps"}:
            self.problems.append(
                "HANDRAIL_SMTP_URL must look like smtp://user:password@host:587 or smtps://…"
            )
        return url


def is_loopback(url: str) -> bool:
    """Tell whether an address leads to this very machine."""
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


def _is_near(host: str) -> bool:
    """Whether a host is this machine, a neighbour in a private network, or a container named without a dot."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))


def _new_encryption_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _kept(path: Path, make: Callable[[], str]) -> str:
    """Return the secret kept in `path`, making it (readable by its owner alone) the first time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip()
