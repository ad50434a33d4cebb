"""YAML files: PyYAML's safe loader, in the form that libyaml speeds up where it is there, and strict settings."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from aidec.errors import AidecError

if TYPE_CHECKING:
    SafeLoader = yaml.SafeLoader
else:
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

BOOLEANS = ("true", "false")


def load_yaml(path: Path) -> Any:
    """What a YAML file of our own holds."""
    return yaml.load(path.read_bytes(), SafeLoader)  # noqa: S506 (both of them are safe)


class Conf:
    """A file of settings: its keys are taken out one by one; what is wrong is told with its line.

    Args:
        path: the YAML file, a mapping.
        error: the exception that tells what is wrong, made of one line of text.
    """

    def __init__(self, path: Path, error: type[AidecError]) -> None:
        self.path = path
        self.error = error
        try:
            root = yaml.compose(path.read_text("utf-8"), Loader=SafeLoader)
        except UnicodeDecodeError as problem:
            raise error(f"{path}: expected UTF-8: {problem.reason} at byte {problem.start}") from None
        except yaml.MarkedYAMLError as problem:
            line = problem.problem_mark.line + 1 if problem.problem_mark else 1
            raise error(f"{path}:{line}: not YAML: {problem.problem}") from None
        except yaml.reader.ReaderError as problem:
            line = path.read_bytes().count(b"\n", 0, problem.position) + 1
            raise error(f"{path}:{line}: not YAML: {problem.reason}") from None
        self.entries = self.mapping(root, "the file")
        self.known: list[str] = []

    def fail(self, line: int, message: str) -> AidecError:
        """The error for something in a line."""
        return self.error(f"{self.path}:{line}: {message}")

    def mapping(self, node: Any, what: str) -> dict[str, Any]:
        """The values of a mapping by key, each still a node that knows its line."""
        if not isinstance(node, yaml.MappingNode):
            line = node.start_mark.line + 1 if node else 1
            raise self.fail(line, f"expected {what} to be a mapping, with a line 'key: value' for each key")
        entries: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fail(key.start_mark.line + 1, "expected keys to be words")
            if key.value in entries:
                raise self.fail(key.start_mark.line + 1, f"{key.value!r} stands here twice")
            entries[key.value] = value
        return entries

    def line(self, key: str) -> int:
        """The line of a key's value, counted from 1; 1 where the key is not there."""
        return self.entries[key].start_mark.line + 1 if key in self.entries else 1

    def take(self, key: str) -> Any:
        """The node of a key, or None."""
        self.known.append(key)
        return self.entries.pop(key, None)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required where there is no default."""
        node = self.take(key)
        if node is None:
            if default is None:
                raise self.fail(1, f"the key {key!r} is missing")
            return default
        return self._scalar(node, key)

    def number(self, key: str, default: int | None = None) -> int:
        """An integer; required where there is no default."""
        line = self.line(key)
        value = self.text(key, None if default is None else str(default))
        try:
            return int(value)
        except ValueError:
            raise self.fail(line, f"{key}: expected an integer, read {value!r}") from None

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of several words."""
        line = self.line(key)
        value = self.text(key, default)
        if value not in choices and value != default:
            raise self.fail(line, f"{key}: expected {' or '.join(choices)}, read {value!r}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        return self.choice(key, BOOLEANS, str(default).lower()) == "true"

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts, or one."""
        node = self.take(key)
        return default if node is None else tuple(self.texts_of(node, key))

    def choices(self, key: str, choices: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of some of several words."""
        node = self.take(key)
        if node is None:
            return default
        values = self.texts_of(node, key)
        for item, value in zip(node.value if isinstance(node, yaml.SequenceNode) else [node], values, strict=True):
            if value not in choices:
                line = item.start_mark.line + 1
                raise self.fail(line, f"{key}: expected {' or '.join(choices)}, read {value!r}")
        return tuple(values)

    def texts_of(self, node: Any, key: str) -> list[str]:
        """The texts of a list, or of one text."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return [self._scalar(item, key) for item in nodes]

    def _scalar(self, node: Any, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(node.start_mark.line + 1, f"{key}: expected a text")
        value: str = node.value
        return value

    def refuse_the_rest(self) -> None:
        """Raise for keys that nobody took out."""
        for key, node in self.entries.items():
            near = get_close_matches(key, self.known, 1)
            hint = f"did you mean {near[0]}?" if near else f"expected one of: {', '.join(self.known)}"
            raise self.fail(node.start_mark.line + 1, f"unknown key {key!r}; {hint}")
