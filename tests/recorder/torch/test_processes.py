"""Several real processes of `torch.distributed` that count together: as one does that counts all."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import Counts
from recorder.runfile import read_manifest, read_records
from tests.recorder.tally_cases import check

torch = pytest.importorskip("torch", reason="needs torch")

FORMS = {"binary": 1, "multiclass": 4, "multilabel": 3}
MOST = 64
GROUP = 7  # samples of one group


def predictions(kind: str, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, scores, weights (whose sums are exact) of a data set."""
    rng = np.random.default_rng(number)
    width = FORMS[kind]
    scores = rng.dirichlet(np.ones(width), number) if kind == "multiclass" else rng.random((number, width))
    truth = rng.integers(0, width if kind == "multiclass" else 2, (number, width) if kind == "multilabel" else number)
    return truth, scores.astype(np.float32), rng.integers(1, 9, number) / 8


def sampler(number: int, rank: int, world: int, *, shuffled: bool) -> list[int]:
    """What the sampler of PyTorch gives a rank: positions, some of them to several ranks so that all have as many."""
    from torch.utils.data import DistributedSampler

    drawn = DistributedSampler(range(number), num_replicas=world, rank=rank, shuffle=shuffled, seed=3)
    return list(drawn)


def rank_main(folder: Path, rank: int, world: int) -> None:
    """One process: every kind and size, by PyTorch's tally and by `Counts`, into runs that one process writes."""
    from torch import distributed

    from recorder import RunWriter
    from recorder.torch import ConfusionTally, reduced

    distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=world)
    for kind in FORMS:
        for way in ("tally", "counts"):
            run = RunWriter(folder / f"{kind}-{way}", kind=kind)
            assert (run.folder is None) == (rank > 0)
            for epoch, number in enumerate((1, 10, 2500)):
                truth, scores, weight = predictions(kind, number)
                own: Any = (
                    ConfusionTally(kind, max_samples=MOST, dataset_size=number)
                    if way == "tally"
                    else Counts(kind, max_samples=MOST, groups=np.arange(number) // GROUP)
                )
                positions = np.array(sampler(number, rank, world, shuffled=epoch == 2))
                for rows in np.array_split(positions, -(-len(positions) // 300)):
                    arrays = (truth[rows], scores[rows], weight[rows], rows)
                    y, s, w, ids = map(torch.from_numpy, arrays) if way == "tally" else arrays
                    own.update(y, s, sample_weight=w, ids=ids)
                run.epoch(epoch, val=own if way == "tally" else reduced(own))
            run.close()
    empty = ConfusionTally("binary", max_samples=MOST)
    if rank == world - 1:  # the others were given nothing
        empty.update(torch.tensor([0, 1, 1]), torch.tensor([0.2, 0.9, 0.4]))
    found = empty.compute().counted("val")
    assert found.tally.histogram.sum() == 3
    assert len(found.samples.sample) == 3
    both = ConfusionTally("binary", max_samples=MOST)
    both.update(torch.tensor([rank % 2]), torch.tensor([0.5]))
    assert both.compute().counted("val").samples.sample.tolist() == list(range(world)), "numbered on from rank to rank"
    different = ConfusionTally("binary", thresholds=[0.5] if rank else None)
    different.update(torch.tensor([0]), torch.tensor([0.2]))
    with pytest.raises(ValueError, match="of one output"):
        different.compute()
    distributed.destroy_process_group()


def together(world: int, folder: Path) -> None:
    """Runs so many processes; fails with their errors where one does."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.recorder.torch.test_processes", str(folder)]
    root = Path(__file__).parents[3]
    ranks = [
        subprocess.Popen(
            [*command, str(rank), str(world)], env=environment, cwd=root, text=True, stderr=subprocess.PIPE
        )
        for rank in range(world)
    ]
    errors = [rank.communicate(timeout=240)[1] for rank in ranks]
    assert not any(rank.returncode for rank in ranks), "\n".join(errors)


@pytest.mark.campaign
@pytest.mark.parametrize("world", [2, 3])
def test_several_processes_count_as_one(world: int) -> None:
    """Of 1, 10 and 2,500 samples, which do not divide, each counts once, samples are those of the whole, in one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        together(world, folder)
        for kind in FORMS:
            for way in ("tally", "counts"):
                (run,) = (folder / f"{kind}-{way}").iterdir()
                assert read_manifest(run).outputs[0].weighted
                for record, number in zip(read_records(run), (1, 10, 2500), strict=True):
                    truth, scores, weight = predictions(kind, number)
                    one = Counts(kind, max_samples=MOST, groups=np.arange(number) // GROUP)
                    one.update(truth, scores, sample_weight=weight, ids=np.arange(number))
                    wanted = one.counted("val")
                    (tally,), (samples,) = record.tallies, record.samples
                    check(tally, wanted.tally)
                    if way == "counts":
                        assert (tally.group_counts.ravel() == wanted.tally.group_counts.ravel()).all()
                    for column in ("sample", "y_true", "y_score", "weight"):
                        np.testing.assert_array_equal(getattr(samples, column), getattr(wanted.samples, column))


if __name__ == "__main__":
    rank_main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))


def test_a_thread_of_gloo_is_never_the_last_to_let_work_go(tmp_path: Path) -> None:
    """It would wait for Python's lock, and a process that frees its group at its end for the thread: for ever.

    What is gathered is what was given; nothing of it stays in memory with the work that does.
    """
    from recorder.torch import processes

    distributed = torch.distributed
    store = distributed.FileStore(str(tmp_path / "store"), 1)
    distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        group = processes.TorchGroup()
        processes._DONE.clear()
        assert group.gather({"a": [1, "two"], "b": b"\0" * 300}) == [{"a": [1, "two"], "b": b"\0" * 300}]
        np.testing.assert_array_equal(group.sum(np.arange(6).reshape(2, 3)), np.arange(6).reshape(2, 3))
        assert len(processes._DONE) == 3
        assert all(tensor.numel() == 0 for work in processes._DONE for tensor in work.result())
    finally:
        distributed.destroy_process_group()
