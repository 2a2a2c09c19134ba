"""Settings of serving come from the environment that is passed in; a wrong one is named with its remedy."""

from pathlib import Path

import pytest

from icp_fit.models.errors import SettingsError
from icp_fit.serving.settings import read_settings

HOME = {"ICP_FIT_HOME": "/srv/icp"}


def test_settings_of_another_name_have_a_database_of_their_own() -> None:
    settings = read_settings({**HOME, "ICP_FIT_NAME": "emea"})
    assert settings.name == "emea"
    assert settings.database_url == "sqlite:////srv/icp/names/emea/predictions.db"
    assert settings.store_paths.folder == Path("/srv/icp/names/emea")


def test_settings_default_to_sqlite_in_the_home_and_to_loopback() -> None:
    settings = read_settings(HOME)
    assert settings.store_paths.folder == Path("/srv/icp")
    assert settings.database_url == "sqlite:////srv/icp/predictions.db"
    assert (settings.host, settings.is_loopback, settings.retention_days) == ("127.0.0.1", True, None)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_used_through_psycopg_however_it_is_spelled(scheme: str) -> None:
    settings = read_settings({**HOME, "ICP_FIT_DATABASE_URL": f"{scheme}://me@db/icp"})
    assert settings.database_url == "postgresql+psycopg://me@db/icp"


def test_settings_are_read_from_their_variables() -> None:
    settings = read_settings(
        {
            **HOME,
            "ICP_FIT_HOST": "0.0.0.0",
            "ICP_FIT_PORT": "8080",
            "ICP_FIT_RETENTION_DAYS": "365",
            "ICP_FIT_RATE_LIMIT": "2.5",
            "ICP_FIT_MAX_BODY": "1_000_000",
            "ICP_FIT_TIMEOUT": "5",
        }
    )
    assert (settings.host, settings.port, settings.is_loopback) == ("0.0.0.0", 8080, False)
    assert (settings.retention_days, settings.rate_limit, settings.rate_burst) == (365, 2.5, 5)
    assert (settings.max_body, settings.timeout) == (1_000_000, 5)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ICP_FIT_PORT", "http", r"`ICP_FIT_PORT` must be a whole number from 1 to 65535, got `http`. Unset it"),
        ("ICP_FIT_PORT", "0", "from 1 to 65535"),
        ("ICP_FIT_PORT", "70000", "from 1 to 65535"),
        ("ICP_FIT_RETENTION_DAYS", "-1", "at least 0"),
        ("ICP_FIT_RATE_LIMIT", "nan", "at least 0"),
        ("ICP_FIT_TIMEOUT", "inf", r"at least 0\.1"),
        ("ICP_FIT_MAX_BODY", "²", "at least 1,024"),
        ("ICP_FIT_DATABASE_URL", "mysql://host/db", "sqlite:/// or postgresql://"),
    ],
)
def test_wrong_setting_is_named_with_its_value_and_remedy(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        read_settings({**HOME, name: value})
    assert name in str(caught.value)


def test_database_address_that_is_wrong_is_not_repeated_with_its_password() -> None:
    with pytest.raises(SettingsError, match="got `mysql`") as caught:
        read_settings({**HOME, "ICP_FIT_DATABASE_URL": "mysql://me:hunter2@host/db"})
    assert "hunter2" not in str(caught.value)
