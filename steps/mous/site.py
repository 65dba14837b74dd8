"""Settings of the site: site.toml in casapilot's configuration folders, the site's and the person's."""

from __future__ import annotations

import sys
from pathlib import Path

from platformdirs import site_config_path, user_config_path

from ..errors import MousError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["site_settings"]

FILE = "site.toml"


def site_settings() -> dict[str, str]:
    """Return the settings: name -> value; the person's go before the site's.

    Raises
    ------
    MousError
        A site.toml is no TOML, or holds something else than texts.
    """
    found: dict[str, str] = {}
    for folder in (site_config_path("casapilot"), user_config_path("casapilot")):
        found.update(_read(folder / FILE))
    return found


def _read(path: Path) -> dict[str, str]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise MousError(f"cannot be read: {error}", str(path), "Mend it, or move it away.") from error
    table = data.get("site", data)
    wrong = next((name for name, value in table.items() if not isinstance(value, str)), None)
    if wrong is not None:
        raise MousError(f"{wrong} is not a text", str(path), f'Write: {wrong} = "..."')
    return dict(table)
