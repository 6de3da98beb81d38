"""Long campaigns on what is safe: the power cut at any moment of any run, and processes that race for one run."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from recorder.runfile import EpochLine, RunFileWriter, begin_line, read_lines, read_records
from recorder.runfile import attempt_parts as storing
from recorder.runfile import merge as merging

from ..recorder.runfile.power import Disk
from ..recorder.runfile.run_files import assert_same, manifest, simple

pytestmark = pytest.mark.campaign

RACE = """
import sys
from pathlib import Path
from recorder.runfile import EpochRecord, RunBusyError, RunFileWriter, begin_line

folder = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
try:
    writer = RunFileWriter.resume(folder, begin_line())
except RunBusyError:
    print("busy", flush=True)
else:
    first = int(sys.argv[2])
    for epoch in range(first, first + 3):
        writer.append(EpochRecord(epoch=epoch, logs={"attempt": float(writer.attempt)}))
    print(writer.attempt, flush=True)
sys.stdin.readline()  # lives until it is killed
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which file a descriptor is of")
@pytest.mark.parametrize("seed", range(6))
def test_the_power_may_be_cut_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Whatever the size of parts, the pace and the order of writes: what was safe is read after every cut."""
    chance = random.Random(seed)
    size = chance.choice([2, 5, 9])
    monkeypatch.setattr(merging, "EPOCHS_IN_A_PART", size)
    monkeypatch.setattr(storing, "EPOCHS_IN_A_PART", size)
    writer = RunFileWriter.create(tmp_path, manifest(), begin_line())
    model = Disk(writer.folder, eager=bool(seed % 2))
    model.follow(monkeypatch)
    model.all_is_safe(0)
    for epoch in range(24):
        if epoch == 13 and chance.random() < 0.5:
            writer = RunFileWriter.resume(writer.folder, begin_line())
        writer.append(simple(epoch))
        if chance.random() < 0.3:
            model.all_is_safe(epoch + 1)
    writer.close()
    monkeypatch.undo()
    for number, cut in enumerate(chance.sample(model.cuts, min(40, len(model.cuts)))):
        left = cut.restore(tmp_path / f"cut-{number}")
        for _ in ("as it is", "after a resume"):
            there = {record.epoch: record for record in read_records(left, faults=[])}
            assert there.keys() >= cut.promised, f"after {cut.after}"
            for epoch in cut.promised:
                assert len(there[epoch].tallies) == len(there[epoch].samples) == 1, f"epoch {epoch}, {cut.after}"
                assert_same(there[epoch], simple(epoch))
            RunFileWriter.resume(left, begin_line()).close()


@pytest.mark.parametrize("seed", range(5))
def test_of_rivals_one_writes(tmp_path: Path, seed: int) -> None:
    """Again and again three processes race to go on with a run and are killed: no attempt has two writers."""
    writer = RunFileWriter.create(tmp_path, manifest(), begin_line())
    writer.append(simple(0))
    writer.close()
    folder, done = writer.folder, 1
    for _ in range(3):
        command = [sys.executable, "-c", RACE, str(folder), str(done)]
        rivals = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        for rival in rivals:
            assert rival.stdout is not None
            assert rival.stdout.readline() == "ready\n"
        random.Random(seed).shuffle(rivals)
        for rival in rivals:
            assert rival.stdin is not None
            rival.stdin.write("\n")
            rival.stdin.flush()
        said = [rival.stdout.readline().strip() for rival in rivals]
        for rival in rivals:
            rival.kill()
            rival.communicate()
        assert sorted(text == "busy" for text in said) == [False, True, True], said
        done += 3
    lines = [line for line in read_lines(folder) if isinstance(line, EpochLine)]
    assert [line.epoch for line in lines] == list(range(done))
    assert [line.attempt for line in lines] == sorted(line.attempt for line in lines)
    assert [record.epoch for record in read_records(folder)] == list(range(done))
