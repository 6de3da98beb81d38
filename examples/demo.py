"""What `make demo` does: a real training in one process, the viewer beside it in another, a film at the end."""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
from pathlib import Path

from viewer.surfaces.pipe import receive

HERE = Path(__file__).parent


def main() -> None:
    """Trains, watches, exports, and says where everything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--out", type=Path, default=Path("demo"))
    options = parser.parse_args()
    runs = options.out / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    before = set(runs.iterdir())

    watched_training(options.epochs, runs, options.out / "live.png")
    (run,) = set(runs.iterdir()) - before
    for name in ("dashboard.png", "film.mp4"):
        command = [sys.executable, "-P", "-m", "viewer", "export", str(run), "--to", str(options.out / name)]
        subprocess.run(command, check=True)
    print(
        f"\nThe run is     {run}\nthe picture    {options.out / 'dashboard.png'}"
        f"\nthe film       {options.out / 'film.mp4'}\n"
        f"\nTry next:\n  .venv/bin/epochreel metrics {run} -m 'tn / (tn + fn)' -m f1@0.3"
        f"\n  .venv/bin/epochreel replay {run}\n  .venv/bin/epochreel list {runs}"
    )


def watched_training(epochs: int, runs: Path, picture: Path) -> None:
    """Trains in one process while another one draws; the last picture stays."""
    drawn: list[bytes] = []
    viewer = subprocess.Popen([sys.executable, "-P", "-m", "viewer", "frames", str(runs)], stdout=subprocess.PIPE)
    reader = threading.Thread(target=collect, args=(viewer, drawn), daemon=True)
    reader.start()
    print(f"Training for {epochs} epochs; the viewer draws beside it in process {viewer.pid}.", flush=True)
    train = [sys.executable, str(HERE / "imbalanced.py"), "--epochs", str(epochs), "--runs", str(runs)]
    subprocess.run([*train, "--verbose", "2"], check=True)
    viewer.terminate()
    viewer.wait()
    reader.join()
    print(f"The viewer drew {len(drawn)} pictures while it trained; the last one is {picture}.")
    if drawn:
        picture.write_bytes(drawn[-1])


def collect(viewer: subprocess.Popen[bytes], drawn: list[bytes]) -> None:
    """Takes in the pictures until the viewer is gone."""
    assert viewer.stdout is not None
    while (picture := receive(viewer.stdout)) is not None:
        if picture:
            drawn.append(picture)


if __name__ == "__main__":
    main()
