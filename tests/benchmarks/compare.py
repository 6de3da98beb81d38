"""Two files of `history`, beside each other: which numbers have moved beyond their spread.

make bench-compare A=0.1.0 B=unreleased
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median

from scipy.stats import ttest_ind

from .measured import Results
from .results import HISTORY, load
from .rivals.table import BARE, ratios

RATIOS = ("wall", "processor", "memory", "exit")  # of them the ratio to the bare training of the same file is compared
OF_THE_MACHINE = "machine"  # whatever else it did
LEVEL = 0.05


def main() -> None:
    """Prints what is in both."""
    parser = argparse.ArgumentParser(prog="make bench-compare", description=__doc__)
    parser.add_argument("first", help="a file, or the name of a release that is kept")
    parser.add_argument("second")
    options = parser.parse_args()
    paths = [path_of(name) for name in (options.first, options.second)]
    (one, about_one), (two, about_two) = map(load, paths)
    for name in ("cpu_model", "cpu_count", "python"):
        first, second = (sorted({str(each.get(name)) for each in about.values()}) for about in (about_one, about_two))
        if first != second:
            print(f"not the same {name}: {', '.join(first)}; {', '.join(second)}: trust the ratios alone")
    print(f"{'':64}{paths[0].stem:>12}{paths[1].stem:>12}{'second / first':>16}")
    for name, before, after in pairs(one, two):
        ratio = median(after) / median(before)
        print(f"{name:64}{median(before):12.4g}{median(after):12.4g}{ratio:14.2f}x  {verdict(before, after)}")


def path_of(name: str) -> Path:
    """Of a release or a file.

    Raises:
        SystemExit: There is none.
    """
    found = next((path for path in (HISTORY / f"{name}.json", Path(name)) if path.is_file()), None)
    if found is None:
        known = ", ".join(sorted(path.stem for path in HISTORY.glob("*.json")))
        raise SystemExit(f"a comparison needs a file or one of: {known}. Received: {name}")
    return found


def pairs(one: Results, two: Results) -> list[tuple[str, list[float], list[float]]]:
    """What is in both: the name, with "/ bare" where ratios are compared, and the values of each."""
    found = []
    for name in one:
        workload, way, quantity = (*name.split(" / "), "", "")[:3]
        if name not in two or quantity == OF_THE_MACHINE:
            continue
        if quantity in RATIOS and way != BARE:
            before, after = (ratios(each, workload, way, quantity) for each in (one, two))
            found.append((f"{name} / bare", before, after))
        else:
            found.append((name, list(one[name].values), list(two[name].values)))
    return [row for row in found if row[1] and row[2]]


def verdict(before: list[float], after: list[float]) -> str:
    """Whether they differ by more than chance, by Welch's t-test; of single values it cannot be said."""
    if len(before) < 2 or len(after) < 2:
        return "one round: no spread"
    if max(before) == min(before) and max(after) == min(after):
        return "" if before[0] == after[0] else "moved"
    p = ttest_ind(before, after, equal_var=False).pvalue
    return f"moved (p {p:.2g})" if p < LEVEL else ""


if __name__ == "__main__":
    main()
