"""Cards of samples: what each is called, its truth, its score and its history; of one run, or of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from recorder.runfile.names import shown

from ..run import Run, usual_split
from ..run.sample_history import SamplesSoFar, samples_so_far
from ..run.sample_pairs import SamplePair, paired
from ..statistics.sample_lists import LISTS, ONLY_A, ONLY_B
from ..statistics.thinned import thinned
from ..statistics.tracks import UNKNOWN
from .show_process import Asked

Array = npt.NDArray[Any]
TITLES = {
    "hardest": "hardest",
    "forgotten": "forgotten",
    "flipped": "flipped",
    "suspects": "label suspects",
    ONLY_A: "only A right",
    ONLY_B: "only B right",
}
ASK_OF = LISTS | {
    ONLY_A: "the first run is right, the second wrong; widest apart first",
    ONLY_B: "the second run is right, the first wrong; widest apart first",
}


class Standing(msgspec.Struct, kw_only=True, frozen=True):
    """How a sample stands with one run at its epoch.

    Args:
        predicted: the class decided for; "" where the epoch has no prediction.
        right: whether that is the true one; None where there is none.
        score: probability of the true class; None where there is none.
        confidence: its mean over the epochs.
        variability: its deviation over them.
        correctness: share of the epochs in which the sample was right.
        forgotten: how often it was right and then wrong.
        flips: how often its predicted class changed.
        suggested: the class that the label may have to be; "" for no suspect.
        history: probability of the true class over the epochs, thinned; None for a gap.
    """

    predicted: str
    right: bool | None
    score: float | None
    confidence: float | None
    variability: float | None
    correctness: float | None
    forgotten: int
    flips: int
    suggested: str
    history: list[float | None]


class Card(msgspec.Struct, kw_only=True, frozen=True):
    """A sample.

    Args:
        sample: its position in the data set.
        name: what it is called: the user's own id, else its position; a number behind #.
        label: of a multi-label output, which label it is about; "" of others.
        truth: its true class.
        standings: with one run, or with A and with B.
    """

    sample: int
    name: str
    label: str
    truth: str
    standings: list[Standing]

    @property
    def words(self) -> str:
        """The card in a sentence."""
        about = f", {self.label}" if self.label else ""
        return f"sample {self.name}{about}: truth {self.truth}; " + "; ".join(map(_words, self.standings))


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """The samples of a run, or of two on the same samples, in lists of those worth a look.

    Args:
        found: of the run, or of A.
        pair: of two runs.
        suspects: whether cards say which label is suspect; it is read from the disk anew for each epoch.
    """

    found: SamplesSoFar
    pair: SamplePair | None = None
    suspects: bool = True

    @property
    def lists(self) -> list[str]:
        """The names of the lists that there are."""
        return [*LISTS, *([] if self.pair is None else [ONLY_A, ONLY_B])]

    @property
    def recorded(self) -> int:
        """How many samples there are; of a multi-label output each has several places."""
        return len(np.unique(self.found.tracks.sample))

    @property
    def labels(self) -> int:
        """How many labels each has of its own; 0 where that is none."""
        return 0 if self.found.tracks.label is None else len(self.found.output.classes)

    def places(self, which: str, label: int | None = None) -> Array:
        """int64: where the samples of a list stand, the most telling first.

        Args:
            which: one of `lists`.
            label: only samples of this true class; of a multi-label output, only this label of each.

        Raises:
            ValueError: There is no such list.
        """
        tracks = self.found.tracks
        if self.pair is not None and which in (ONLY_A, ONLY_B):
            places = self.pair.listed(which)[0]
        else:
            places = self.found.listed(which)
        about = tracks.y_true if tracks.label is None else tracks.label
        return places if label is None else places[about[places] == label]

    def cards(self, places: Sequence[int] | Array) -> list[Card]:
        """The cards of samples; those that the second run has too say how they stand with it."""
        return [self._card(int(place)) for place in places]

    def asked(self, card: Card) -> Asked:
        """What is asked of the user's file for a card."""
        return Asked(sample=card.sample, split=self.found.split, id=_called(self.found, card.sample))

    def _card(self, place: int) -> Card:
        found, tracks = self.found, self.found.tracks
        other = self._beside.get(place)
        return Card(
            sample=int(tracks.sample[place]),
            name=named(_called(found, int(tracks.sample[place]))),
            label="" if tracks.label is None else shown(found.output.classes[int(tracks.label[place])]),
            truth=shown(found.truths[int(tracks.y_true[place])]),
            standings=[
                self._standing(found, place),
                *([] if self.pair is None or other is None else [self._standing(self.pair.b, other)]),
            ],
        )

    def _standing(self, found: SamplesSoFar, place: int) -> Standing:
        tracks, told = found.tracks, found.told
        predicted = int(tracks.predicted[-1][place])
        suspect = self.suspects and not np.isnan(found.margin[place])
        return Standing(
            predicted="" if predicted == UNKNOWN else shown(found.truths[predicted]),
            right=None if predicted == UNKNOWN else predicted == int(tracks.y_true[place]),
            score=_number(tracks.confidence[-1][place]),
            confidence=_number(told.confidence[place]),
            variability=_number(told.variability[place]),
            correctness=_number(told.correctness[place]),
            forgotten=int(told.forgotten[place]),
            flips=int(told.flips[place]),
            suggested=shown(found.truths[int(found.suggested[place])]) if suspect else "",
            history=[_number(value, digits=4) for value in thinned(tracks.confidence[:, place].astype(np.float64))],
        )

    @cached_property
    def _beside(self) -> dict[int, int]:
        """By place in A, the place in B."""
        return {} if self.pair is None else dict(zip(self.pair.at_a.tolist(), self.pair.at_b.tolist(), strict=True))


def gallery_of(
    run: Run, other: Run | None = None, *, split: str | None = None, output: str | None = None, epoch: int | None = None
) -> Gallery:
    """The samples of a run as they stood at an epoch, the newest if None; held against another run's newest ones.

    Args:
        run: whose samples.
        other: the run it is held against.
        split: of them; validation where there is any if None.
        output: of the model; the first one if None.
        epoch: of `run`.

    Raises:
        ValueError: No samples were recorded, or the two runs have none in common.
    """
    whose = split or usual_split(run.splits(output)) or "val"
    found = samples_so_far(run, whose, output=output, epoch=epoch)
    pair = None if other is None else paired(found, samples_so_far(other, whose, output=output))
    return Gallery(found=found, pair=pair)


def place_of(found: SamplesSoFar, sample: int, label: int | None = None) -> int | None:
    """Where a sample stands, of a multi-label output its label, the first if None; None where it was not recorded."""
    tracks = found.tracks
    there = tracks.sample == sample
    if label is not None and tracks.label is not None:
        there &= tracks.label == label
    places = np.flatnonzero(there)
    return int(places[0]) if len(places) else None


def _called(found: SamplesSoFar, sample: int) -> int | str:
    """The user's own id of a sample; its position where they gave none."""
    name = found.run.called(np.array([sample]), found.split)[0]
    return name if isinstance(name, str) else int(name)


def named(called: Any) -> str:
    """What a sample is called, as it is shown: a number behind #."""
    return shown(called) if isinstance(called, str) else f"#{called}"


def _number(value: Any, digits: int = 9) -> float | None:
    """A number; of a curve, four digits are enough, and half the bytes."""
    return None if value is None or np.isnan(value) else round(float(value), digits)


def _words(standing: Standing) -> str:
    if standing.score is None:
        return "no prediction there"
    right = "right" if standing.right else "wrong"
    return f"predicted {standing.predicted}, {right}, {standing.score:.3f} for the truth"
