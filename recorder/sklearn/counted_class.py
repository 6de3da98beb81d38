"""A class that derives from a model's own, and tells of the calls of one very model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any


def counted_class(model: Any, names: Iterable[str], called: Callable[[], None]) -> type:
    """The class for `model` while its calls are counted; copies, clones and pickles of it are of its own class.

    Args:
        model: the one; another one of this class is as of its own.
        names: of methods that are counted; what these call of one another does not count.
        called: after each call that has not raised.
    """
    kind: Any = type(model)
    within = False

    def counted(name: str) -> Any:
        @functools.wraps(getattr(kind, name))
        def call(one: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal within
            method = getattr(super(counting, one), name)
            if one is not model or within:
                return method(*args, **kwargs)
            within = True
            try:
                result = method(*args, **kwargs)
            finally:
                within = False
            called()
            return result

        return call

    def reduced(one: Any, _protocol: int) -> Any:
        found = kind.__reduce_ex__(one, 1)  # of later ones pickle insists that the class be the one that a model has
        if isinstance(found, str):
            return found
        made, arguments, *state = found
        return made, tuple(kind if each is counting else each for each in arguments), *state

    def cloned(one: Any) -> Any:
        found = kind.__sklearn_clone__(one)
        if type(found) is counting:
            found.__class__ = kind
        return found

    methods: dict[str, Any] = {name: getattr(kind, name) for name in ("__module__", "__qualname__", "__doc__")}
    methods |= {name: counted(name) for name in names} | {"__reduce_ex__": reduced}
    if hasattr(kind, "__sklearn_clone__"):
        methods["__sklearn_clone__"] = cloned
    counting = type(kind.__name__, (kind,), methods)
    return counting
