"""A small module of Lightning and its loaders, for tests in one process and in two."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

from recorder.lightning import RunCallback

X, Y = (torch.as_tensor(each) for each in load_digits(return_X_y=True))
X = X.float() / 16
QUIET = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}
TARGETS = {"multiclass": Y, "binary": (Y == 8).long(), "multilabel": torch.stack([Y % 2 == 0, Y > 4], dim=1).float()}
WIDTH = {"multiclass": 10, "binary": 1, "multilabel": 2}


class Classifier(pl.LightningModule):
    """One layer; it keeps what each validation was given and gave."""

    def __init__(self, kind: str, rate: float = 0.1) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer, self.kind, self.rate = torch.nn.Linear(64, WIDTH[kind]), kind, rate
        self.kept: list[tuple[Any, Any]] = []
        self.points: list[tuple[int, Any, Any]] = []

    def loss(self, batch: Any) -> tuple[Any, Any]:
        x, y = batch
        logits = self.layer(x)
        if self.kind == "multiclass":
            return torch.nn.functional.cross_entropy(logits, y), logits
        logits = logits[:, 0] if self.kind == "binary" else logits
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, y.float()), logits

    def training_step(self, batch: Any, index: int) -> Any:
        loss, logits = self.loss(batch)
        self.log("loss", loss, on_step=False, on_epoch=True)
        return {"loss": loss, "preds": logits, "target": batch[1]}

    def validation_step(self, batch: Any, index: int, dataloader_idx: int = 0) -> Any:
        loss, logits = self.loss(batch)
        self.log("val_loss", loss)
        if dataloader_idx == 0:
            self.kept.append((logits, batch[1]))
        return {"preds": logits, "target": batch[1]}

    def on_validation_end(self) -> None:
        logits, labels = (torch.cat(each) for each in zip(*self.kept, strict=True))
        self.points.append((self.trainer.global_step, logits, labels))
        self.kept = []

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=self.rate)


def loader(kind: str, start: int, end: int, batch: int = 16) -> Any:
    return DataLoader(TensorDataset(X[start:end], TARGETS[kind][start:end]), batch_size=batch)


def trained(root: Path, kind: Any, *, rate: float = 0.1, sets: int = 1, run: Any = None, **options: Any) -> Any:
    """A training of 128 samples; validation sets of 37 and 20."""
    run = run or RunCallback(root, kind=kind, from_logits=True, verbose=0, name="small")
    model = Classifier(kind, rate)
    val = [loader(kind, 200, 237, 8), loader(kind, 300, 320, 8)][:sets]
    trainer = pl.Trainer(max_epochs=2, accelerator="cpu", callbacks=[run], **QUIET, **options)
    trainer.fit(model, loader(kind, 0, 128), val if sets > 1 else val[0])
    return run, model, trainer


def precise(tp: Any, fp: Any) -> Any:
    """Of what is called positive how much is; of several classes the mean."""
    return tp / (tp + fp)


def main(root: Path, kind: Any) -> None:
    """Two processes."""
    run = RunCallback(root, kind=kind, from_logits=True, verbose=0, name="small", derive={"precise": precise})
    trained(root, kind, rate=0.0, run=run, devices=2, strategy="ddp_spawn")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
