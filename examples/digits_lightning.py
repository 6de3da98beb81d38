"""Lightning: a small network reads handwritten digits, validated twice an epoch.

python examples/digits_lightning.py
"""

from __future__ import annotations

import argparse
import warnings

import pytorch_lightning as lightning
import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

from recorder.lightning import RunCallback

warnings.filterwarnings("ignore", ".*does not have many workers.*")


class Classifier(lightning.LightningModule):
    """Two layers; its steps return what `RunCallback` counts."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))

    def training_step(self, batch, index):
        """The loss, and the predictions that it is of."""
        x, y = batch
        logits = self.layers(x)
        loss = torch.nn.functional.cross_entropy(logits, y)
        self.log("loss", loss, on_step=False, on_epoch=True)
        return {"loss": loss, "preds": logits, "target": y}

    def validation_step(self, batch, index):
        """Predictions and labels."""
        x, y = batch
        logits = self.layers(x)
        self.log("val_loss", torch.nn.functional.cross_entropy(logits, y))
        return {"preds": logits, "target": y}

    def configure_optimizers(self):
        """Adam."""
        return torch.optim.Adam(self.parameters(), lr=0.01)


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    lightning.seed_everything(7)
    images, digits = (torch.as_tensor(each) for each in load_digits(return_X_y=True))
    images = images.float() / 16
    train = DataLoader(TensorDataset(images[:1200], digits[:1200]), batch_size=64, shuffle=True)
    val = DataLoader(TensorDataset(images[1200:], digits[1200:]), batch_size=256)
    run = RunCallback(options.runs, name="digits-lightning", kind="multiclass", from_logits=True)
    trainer = lightning.Trainer(
        max_epochs=options.epochs,
        val_check_interval=0.5,
        callbacks=[run],
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Classifier(), train, val)
    print(f"Look at it: epochreel export {run.folder} --to digits-lightning.png")


if __name__ == "__main__":
    main()
