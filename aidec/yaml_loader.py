"""PyYAML's safe loader, in the form that libyaml speeds up where it is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    SafeLoader = yaml.SafeLoader
else:
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(path: Path) -> Any:
    """What a YAML file of our own holds."""
    return yaml.load(path.read_bytes(), SafeLoader)  # noqa: S506 (both of them are safe)
