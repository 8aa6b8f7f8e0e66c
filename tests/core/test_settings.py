"""Settings: everything that is wrong is told at once, secrets are never shown, files can hold each value."""

import base64
from pathlib import Path

import pytest

from core.settings import Settings, SettingsError

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
GOOD = {"HANDRAIL_SECRET_KEY": "s" * 40, "HANDRAIL_ENCRYPTION_KEYS": KEY}


def test_it_works(tmp_path: Path) -> None:
    settings = Settings.from_env(GOOD | {"HANDRAIL_DATA_DIR": str(tmp_path)})
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/handrail.db"
    assert settings.encryption_keys == (bytes(range(32)),)
    assert not settings.demo


def test_everything_wrong_is_told_at_once() -> None:
    env = {
        "HANDRAIL_DATABASE_URL": "mysql://x",
        "HANDRAIL_BASE_URL": "ftp://x",
        "HANDRAIL_SMTP_URL": "http://x",
    }
    with pytest.raises(SettingsError) as wrong:
        Settings.from_env(env)
    told = " ".join(wrong.value.problems)
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "BASE_URL", "SMTP_URL"):
        assert f"HANDRAIL_{name}" in told


@pytest.mark.parametrize(
    "keys", ["short", "passphrase that is no key", f"{KEY},short", base64.b64encode(b"x" * 31).decode()]
)
def test_a_key_is_32_random_bytes(keys: str) -> None:
    with pytest.raises(SettingsError):
        Settings.from_env(GOOD | {"HANDRAIL_ENCRYPTION_KEYS": keys})


def test_each_value_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("f" * 40 + "\n")
    env = {"HANDRAIL_SECRET_KEY_FILE": str(file), "HANDRAIL_ENCRYPTION_KEYS": KEY}
    assert Settings.from_env(env).secret_key == "f" * 40
    with pytest.raises(SettingsError) as wrong:
        Settings.from_env(env | {"HANDRAIL_SECRET_KEY_FILE": str(tmp_path / "nothing")})
    assert "HANDRAIL_SECRET_KEY_FILE" in str(wrong.value)


def test_http_is_for_this_machine_only() -> None:
    with pytest.raises(SettingsError):
        Settings.from_env(GOOD | {"HANDRAIL_BASE_URL": "http://help.example"})
    assert Settings.from_env(GOOD | {"HANDRAIL_BASE_URL": "https://help.example"}).secure


def test_the_demo_makes_its_secrets_once(tmp_path: Path) -> None:
    env = {"HANDRAIL_DEMO": "1", "HANDRAIL_DATA_DIR": str(tmp_path)}
    first, second = Settings.from_env(env), Settings.from_env(env)
    assert first.secret_key == second.secret_key
    assert first.encryption_keys == second.encryption_keys
    assert (tmp_path / "demo-secret-key").stat().st_mode & 0o077 == 0


def test_a_demo_stays_one_for_commands_without_secrets(tmp_path: Path) -> None:
    folder = {"HANDRAIL_DATA_DIR": str(tmp_path)}
    with pytest.raises(SettingsError):
        Settings.from_env(folder)
    demo = Settings.from_env(folder | {"HANDRAIL_DEMO": "1"})
    later = Settings.from_env(folder)
    assert later.demo
    assert later.secret_key == demo.secret_key
    assert not Settings.from_env(folder | GOOD).demo


def test_secrets_are_not_shown() -> None:
    shown = repr(Settings.from_env(GOOD | {"HANDRAIL_SMTP_URL": "smtp://user:hidden@host"}))
    assert "ssss" not in shown
    assert "hidden" not in shown
