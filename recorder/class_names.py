"""The names that the user gave the classes: of the one output, or of several by the output's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .json_values import plain_names, plain_text


def given_names(names: Sequence[str] | None) -> list[str] | None:
    """Names of the classes of one output, as a manifest holds them; None where none were given.

    Raises:
        ValueError: They are no sequence of strings.
    """
    return None if names is None else plain_names("class_names", names)


class ClassNames:
    """Names of classes, as they are wanted: by output.

    Args:
        given: names of the classes of the only output, or for each output by its name; None for none.

    Attributes:
        only: the names of the only output; None where there are none, or several lists.
        by_output: several lists, by output; None where there are none.

    Raises:
        ValueError: It is neither.
    """

    def __init__(self, given: Sequence[str] | Mapping[str, Sequence[str]] | None) -> None:
        self.only: list[str] | None = None
        self.by_output: dict[str, list[str]] | None = None
        if isinstance(given, Mapping):
            self.by_output = {}
            for output, names in given.items():
                name = plain_text("the name of an output in class_names", output)
                self.by_output[name] = plain_names(f"class_names[{name!r}]", names)
        else:
            self.only = given_names(given)

    def check(self, outputs: Iterable[str] | None) -> None:
        """Raises ValueError where names are given for what is none of these outputs; None where they are not known."""
        named = self.by_output or {}
        known = list(named if outputs is None else outputs)
        unknown = [name for name in named if name not in known]
        if unknown:
            raise ValueError(f"class_names must be of outputs of the model: {known}. Received: {unknown}")

    def of(self, output: str, number: int, *, alone: bool) -> tuple[list[str] | None, str]:
        """The names of an output's classes, and what is wrong with those that were given; None and "" for none.

        Args:
            output: its name; "" for one that needs none.
            number: of classes.
            alone: whether the model has no other.
        """
        names = self.only if alone else None
        if self.by_output:
            names = next(iter(self.by_output.values())) if alone and not output else self.by_output.get(output)
        if names is None or len(names) == number:
            return names, ""
        return None, f"class_names must be {number}, one a class. Received: {names}; left out."
