"""Names in layers: what a file has registered can be taken back whole."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
BASE = ""


class Layers(MutableMapping[str, T]):
    """A mapping whose entries lie in layers; those of a later layer cover earlier ones of the same name.

    What is put goes into the lowest layer, and between the ends of `with layers.layer(key)` into that one.
    """

    def __init__(self) -> None:
        self._layers: dict[str, dict[str, T]] = {BASE: {}}
        self._open = BASE
        self.version = 0

    def __getitem__(self, name: str) -> T:
        for layer in reversed(self._layers.values()):
            if name in layer:
                return layer[name]
        raise KeyError(name)

    def __setitem__(self, name: str, item: T) -> None:
        self._layers[self._open][name] = item
        self.version += 1

    def __delitem__(self, name: str) -> None:
        for layer in reversed(self._layers.values()):
            if name in layer:
                del layer[name]
                self.version += 1
                return
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for layer in self._layers.values() for name in layer))

    def __len__(self) -> int:
        return len(list(iter(self)))

    @contextmanager
    def layer(self, key: str) -> Iterator[None]:
        """What is put inside makes up the layer `key` from now on; after an error it is what it was before."""
        before, outside = self._layers.get(key), self._open
        self._layers[key], self._open = {}, key
        self.version += 1
        try:
            yield
        except BaseException:
            self._layers[key] = before or {}
            self.version += 1
            raise
        finally:
            self._open = outside

    def drop(self, key: str) -> None:
        """Takes a layer away; what it covered shows again."""
        self._layers.pop(key, None)
        self.version += 1
