"""YAML files: our own, which are trusted, and settings, which are checked key by key.

PyYAML is imported when a file is read, since importing it takes longer than reading a small file. It composes a file to
a tree of nodes, whose ``id`` is ``scalar``, ``sequence`` or ``mapping``.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aidec.common.errors import AidecError
from aidec.common.hints import did_you_mean

if TYPE_CHECKING:
    import yaml

BOOLEANS = ("true", "false")

_NULL = "tag:yaml.org,2002:null"
_SET = "--set "


def load_yaml(path: Path) -> Any:
    """The data of a YAML file of our own, as dictionaries, lists, texts and numbers."""
    import yaml

    return yaml.load(path.read_bytes(), _loader())  # noqa: S506 (it is one of the two safe loaders)


def is_null(node: Any) -> bool:
    """Whether a node is no value, or ``null``."""
    return bool(node.id == "scalar" and node.tag == _NULL)


class Conf:
    """The settings of a YAML file, which are taken out by their keys; an error names the file and the line.

    Args:
        path: the file, a mapping.
        error: the exception to raise, made of one line of text.
        overrides: settings that replace those of the file, ``KEY=VALUE``; KEY has dots where mappings nest, and VALUE
            is YAML. An error in one names ``--set KEY`` in place of the file and the line.
        text: what to read in place of the file, with as many lines.

    Attributes:
        prefix: the keys of the mappings around these settings, each followed by a dot.
        entries: the nodes of the values that were not taken yet, by key.
        known: the keys that were asked for.

    Raises:
        AidecError: the file, or an override, is malformed; the exception is an ``error``, as that of all methods is.
        OSError: the file can't be read.
    """

    def __init__(
        self, path: Path, error: type[AidecError], overrides: Sequence[str] = (), *, text: str | None = None
    ) -> None:
        import yaml

        self.path = path
        self.error = error
        self.prefix = ""
        try:
            root = yaml.compose(path.read_text("utf-8") if text is None else text, Loader=_loader())
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
        """Put a setting, ``KEY=VALUE``, into the tree of nodes."""
        import yaml

        key, is_there, text = override.partition("=")
        place = f"{_SET}{key}"
        if not (is_there and all(key.split("."))):
            raise self.error(f"{_SET}{override}: expected KEY=VALUE, such as seed=1 or limits.whole.max=32768")
        try:
            value = yaml.compose(_Named(text, place), Loader=_loader())
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
            if inner.id != "mapping":
                raise self.error(f"{place}: {name} is no mapping")
            node = inner
        node.value = [(k, v) for k, v in node.value if k.value != last] + [(_word(value, last), value)]

    def _place(self, where: Any) -> str:
        """The file and the line of a node, or of the number of a line; for an override its ``--set KEY``."""
        if isinstance(where, int):
            return f"{self.path}:{where}"
        mark = where.start_mark
        return mark.name if str(mark.name).startswith(_SET) else f"{self.path}:{mark.line + 1}"

    def fail(self, where: Any, message: str) -> AidecError:
        """The error to raise about a node, or about the line of a number."""
        return self.error(f"{self._place(where)}: {message}")

    def mapping(self, node: Any, what: str) -> dict[str, Any]:
        """The nodes of a mapping's values by key; ``what`` names the mapping in the error.

        Raises:
            AidecError: it is no mapping, a key is no word, or a key comes twice.
        """
        if node is None or node.id != "mapping":
            raise self.fail(node or 1, f"expected {what} to be a mapping, with a line 'key: value' for each key")
        entries: dict[str, Any] = {}
        for key, value in node.value:
            if key.id != "scalar":
                raise self.fail(key, "expected keys to be words")
            if key.value in entries:
                raise self.fail(key, f"{key.value!r} stands here twice")
            entries[key.value] = value
        return entries

    def where(self, key: str) -> Any:
        """What ``fail`` takes for a key: the node of its value, or line 1 where the file has no such key."""
        return self.entries.get(key, 1)

    def take(self, key: str) -> Any:
        """The node of a key's value, or None; the key counts as known, and as taken."""
        self.known.append(key)
        return self.entries.pop(key, None)

    def section(self, key: str) -> Conf:
        """The settings of the mapping under a key; no settings where the file has no such key."""
        return self._inside(self.take(key), f"{self.prefix}{key}.")

    def items(self, key: str) -> list[str | Conf]:
        """The items of the list under a key, or the one item there: each a text, or the settings of a mapping.

        Raises:
            AidecError: the file has no such key.
        """
        node = self.take(key)
        if node is None:
            raise self.fail(1, f"the key {self.prefix + key!r} is missing")
        return [
            item.value if item.id == "scalar" else self._inside(item, f"{self.prefix}{key}.") for item in _items(node)
        ]

    def _inside(self, node: Any, prefix: str) -> Conf:
        inner = copy(self)
        inner.prefix = prefix
        inner.known = []
        inner.entries = {} if node is None or is_null(node) else self.mapping(node, prefix.rstrip("."))
        return inner

    def text(self, key: str, default: str | None = None) -> str:
        """The text under a key, or the default.

        Raises:
            AidecError: the file has no such key, and there is no default; or it has no text there.
        """
        node = self.take(key)
        if node is None:
            if default is None:
                raise self.fail(1, f"the key {self.prefix + key!r} is missing")
            return default
        return self._scalar(node, key)

    def number(self, key: str, default: int | None = None) -> int:
        """The integer under a key, or the default.

        Raises:
            AidecError: as for ``text``; or the text is no integer.
        """
        where = self.where(key)
        value = self.text(key, None if default is None else str(default))
        try:
            return int(value)
        except ValueError:
            raise self.fail(where, f"{self.prefix}{key}: expected an integer, read {value!r}") from None

    def is_null(self, key: str) -> bool:
        """Whether a key has no value, or ``null``; then it is taken."""
        node = self.entries.get(key)
        if node is None or not is_null(node):
            return False
        self.take(key)
        return True

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """The word under a key, which is one of the choices, or the default.

        Raises:
            AidecError: as for ``text``; or the word is none of the choices.
        """
        where = self.where(key)
        value = self.text(key, default)
        if value not in choices and value != default:
            raise self.fail(where, f"{self.prefix}{key}: expected {' or '.join(choices)}, read {value!r}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """The Boolean under a key, ``true`` or ``false``, or the default."""
        return self.choice(key, BOOLEANS, str(default).lower()) == "true"

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The texts of the list under a key, or the one text there, or the default."""
        node = self.take(key)
        return default if node is None else tuple(self.texts_of(node, key))

    def choices(self, key: str, choices: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        """The words of the list under a key, each one of the choices, or the default.

        Raises:
            AidecError: a word is none of the choices; the error names its line.
        """
        node = self.take(key)
        if node is None:
            return default
        values = self.texts_of(node, key)
        for item, value in zip(_items(node), values, strict=True):
            if value not in choices:
                raise self.fail(item, f"{self.prefix}{key}: expected {' or '.join(choices)}, read {value!r}")
        return tuple(values)

    def texts_of(self, node: Any, key: str) -> list[str]:
        """The texts of a list's node, or of that of one text; ``key`` names it in the error.

        Raises:
            AidecError: an item is no text.
        """
        return [self._scalar(item, key) for item in _items(node)]

    def _scalar(self, node: Any, key: str) -> str:
        if node.id != "scalar":
            raise self.fail(node, f"{self.prefix}{key}: expected a text")
        value: str = node.value
        return value

    def refuse_the_rest(self) -> None:
        """Make sure that all keys were taken.

        Raises:
            AidecError: one was not; the error names the nearest key that is known.
        """
        for key, node in self.entries.items():
            raise self.fail(node, f"unknown key {self.prefix + key!r}{did_you_mean(key, self.known)}")


def _loader() -> type[yaml.SafeLoader]:
    """PyYAML's safe loader: that of libyaml, which is faster, where PyYAML was built with it."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _items(node: Any) -> list[Any]:
    """The nodes of a list's items; any other node is its own one item."""
    return list(node.value) if node.id == "sequence" else [node]


class _Named(io.StringIO):
    """A text with a name, which PyYAML puts into its marks."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


def _word(node: Any, text: str) -> Any:
    """The node of a key, with the place of another node."""
    import yaml

    return yaml.ScalarNode("tag:yaml.org,2002:str", text, node.start_mark, node.end_mark)
