"""YAML files: PyYAML's safe loader, in the form that libyaml speeds up where it is there, and strict settings."""

from __future__ import annotations

import io
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from aidec.common.errors import AidecError
from aidec.common.hints import did_you_mean

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
        overrides: settings that replace those of the file, ``KEY=VALUE``; KEY has dots where mappings nest, and VALUE
            is YAML. What is wrong with one is told with ``--set KEY`` in place of a line.
    """

    def __init__(self, path: Path, error: type[AidecError], overrides: Sequence[str] = ()) -> None:
        self.path = path
        self.error = error
        self.prefix = ""
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
        for override in overrides:
            self._override(root, override)
        if overrides:
            self.entries = self.mapping(root, "the file")
        self.known: list[str] = []

    def _override(self, root: Any, override: str) -> None:
        """Put a setting into the tree of nodes."""
        key, is_there, text = override.partition("=")
        place = f"{_SET}{key}"
        if not (is_there and all(key.split("."))):
            raise self.error(f"{_SET}{override}: expected KEY=VALUE, such as seed=1 or limits.whole.max=32768")
        try:
            value = yaml.compose(_Named(text, place), Loader=SafeLoader)
        except yaml.YAMLError as problem:
            raise self.error(f"{place}: not YAML: {getattr(problem, 'problem', problem)}") from None
        if value is None:
            mark = yaml.Mark(place, 0, 0, 0, None, 0)
            value = yaml.ScalarNode(_NULL, "", mark, mark)
        node = root
        *outer, last = key.split(".")
        for name in outer:
            inner = next((v for k, v in node.value if k.value == name and v.tag != _NULL), None)
            if inner is None:
                inner = yaml.MappingNode("tag:yaml.org,2002:map", [], value.start_mark, value.end_mark)
                node.value = [(k, v) for k, v in node.value if k.value != name] + [(_word(value, name), inner)]
            if not isinstance(inner, yaml.MappingNode):
                raise self.error(f"{place}: {name} is no mapping")
            node = inner
        node.value = [(k, v) for k, v in node.value if k.value != last] + [(_word(value, last), value)]

    def _place(self, where: Any) -> str:
        """Where a node, or a line of the file, stands."""
        if isinstance(where, int):
            return f"{self.path}:{where}"
        mark = where.start_mark
        return mark.name if str(mark.name).startswith(_SET) else f"{self.path}:{mark.line + 1}"

    def fail(self, where: Any, message: str) -> AidecError:
        """The error for something in a line, or for a node."""
        return self.error(f"{self._place(where)}: {message}")

    def mapping(self, node: Any, what: str) -> dict[str, Any]:
        """The values of a mapping by key, each still a node that knows its line."""
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node or 1, f"expected {what} to be a mapping, with a line 'key: value' for each key")
        entries: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fail(key, "expected keys to be words")
            if key.value in entries:
                raise self.fail(key, f"{key.value!r} stands here twice")
            entries[key.value] = value
        return entries

    def where(self, key: str) -> Any:
        """The node of a key's value, for ``fail``; line 1 where the key is not there."""
        return self.entries.get(key, 1)

    def take(self, key: str) -> Any:
        """The node of a key, or None."""
        self.known.append(key)
        return self.entries.pop(key, None)

    def section(self, key: str) -> Conf:
        """The settings of a mapping under a key; none where it is not there."""
        return self._inside(self.take(key), f"{self.prefix}{key}.")

    def items(self, key: str) -> list[str | Conf]:
        """The texts and the mappings of a list, or the one that stands in its place; required."""
        node = self.take(key)
        if node is None:
            raise self.fail(1, f"the key {self.prefix + key!r} is missing")
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return [
            item.value if isinstance(item, yaml.ScalarNode) else self._inside(item, f"{self.prefix}{key}.")
            for item in nodes
        ]

    def _inside(self, node: Any, prefix: str) -> Conf:
        inner = copy(self)
        inner.prefix = prefix
        inner.known = []
        is_absent = node is None or (isinstance(node, yaml.ScalarNode) and node.tag == _NULL)
        inner.entries = {} if is_absent else self.mapping(node, prefix.rstrip("."))
        return inner

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required where there is no default."""
        node = self.take(key)
        if node is None:
            if default is None:
                raise self.fail(1, f"the key {self.prefix + key!r} is missing")
            return default
        return self._scalar(node, key)

    def number(self, key: str, default: int | None = None) -> int:
        """An integer; required where there is no default."""
        where = self.where(key)
        value = self.text(key, None if default is None else str(default))
        try:
            return int(value)
        except ValueError:
            raise self.fail(where, f"{self.prefix}{key}: expected an integer, read {value!r}") from None

    def is_null(self, key: str) -> bool:
        """Whether a key has no value, or ``null``; then it is taken."""
        node = self.entries.get(key)
        if not (isinstance(node, yaml.ScalarNode) and node.tag == _NULL):
            return False
        self.take(key)
        return True

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of several words."""
        where = self.where(key)
        value = self.text(key, default)
        if value not in choices and value != default:
            raise self.fail(where, f"{self.prefix}{key}: expected {' or '.join(choices)}, read {value!r}")
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
                raise self.fail(item, f"{self.prefix}{key}: expected {' or '.join(choices)}, read {value!r}")
        return tuple(values)

    def texts_of(self, node: Any, key: str) -> list[str]:
        """The texts of a list, or of one text."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return [self._scalar(item, key) for item in nodes]

    def _scalar(self, node: Any, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(node, f"{self.prefix}{key}: expected a text")
        value: str = node.value
        return value

    def refuse_the_rest(self) -> None:
        """Raise for keys that nobody took out."""
        for key, node in self.entries.items():
            raise self.fail(node, f"unknown key {self.prefix + key!r}{did_you_mean(key, self.known)}")


class _Named(io.StringIO):
    """A text that PyYAML names in its marks."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


def _word(node: Any, text: str) -> Any:
    """A key that stands where a node does."""
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, node.start_mark, node.end_mark)


_NULL = "tag:yaml.org,2002:null"
_SET = "--set "
