"""A training loop of PyTorch, recorded: counts and predictions of each validation, on one process or several.

python examples/pytorch_loop.py
torchrun --nproc-per-node 2 examples/pytorch_loop.py
"""

from __future__ import annotations

import argparse
import os

import torch
from torch import distributed, nn
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from recorder import RunWriter
from recorder.torch import ConfusionTally


def data(number: int, seed: int) -> TensorDataset:
    """Inputs, labels of which one in ten is positive, and positions: the ids of the samples."""
    rng = torch.Generator().manual_seed(seed)
    inputs = torch.randn(number, 20, generator=rng)
    hidden = inputs[:, 0] * inputs[:, 1] + 0.5 * inputs[:, 2:5].sum(dim=1) + torch.randn(number, generator=rng)
    return TensorDataset(inputs, (hidden > 2.1).float(), torch.arange(number))


def loader(dataset: TensorDataset, *, shuffle: bool) -> DataLoader:
    """Batches; of several processes each gets its share, and so that all get as many, some samples come twice."""
    if not distributed.is_initialized():
        return DataLoader(dataset, batch_size=64, shuffle=shuffle)
    return DataLoader(dataset, batch_size=64, sampler=DistributedSampler(dataset, shuffle=shuffle))


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()
    if "RANK" in os.environ:
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))

    torch.manual_seed(7)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train, val = data(4_000, seed=0), data(1_501, seed=1)
    model: nn.Module = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1)).to(device)
    if distributed.is_initialized():
        model = nn.parallel.DistributedDataParallel(model)
    optimizer, loss_of = torch.optim.Adam(model.parameters(), lr=3e-3), nn.BCEWithLogitsLoss()
    trained = ConfusionTally("binary", from_logits=True, max_samples=0)
    validated = ConfusionTally("binary", from_logits=True, dataset_size=len(val))

    with RunWriter(options.runs, name="pytorch-loop", epochs=options.epochs) as run:
        for epoch in range(options.epochs):
            model.train()
            for inputs, labels, _ in loader(train, shuffle=True):
                logits = model(inputs.to(device))
                loss = loss_of(logits[:, 0], labels.to(device))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                trained.update(labels.to(device), logits)
            model.eval()
            with torch.inference_mode():
                for inputs, labels, ids in loader(val, shuffle=False):
                    validated.update(labels.to(device), model(inputs.to(device)), ids=ids)
            run.epoch(epoch, logs={"loss": loss.item()}, train=trained, val=validated)  # on every process; one writes
            trained.reset()
            validated.reset()
    if run.folder is not None:
        print(f"Look at it: epochreel export {run.folder} --to pytorch_loop.png")
    if distributed.is_initialized():
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
