"""`RunCallback`: what validation batches predict is counted on the device, and each validation is a point of a run."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Unpack

# Of the two packages the one that the user trains with: they know nothing of each other.
if "lightning" in sys.modules or ("pytorch_lightning" not in sys.modules and find_spec("lightning") is not None):
    from lightning.pytorch import Callback, LightningModule, Trainer
else:
    from pytorch_lightning import Callback, LightningModule, Trainer

from ..callback_run import CallbackRun, RunArguments
from ..chief import torch_distributed
from ..derived import Functions, checked_derive
from ..ending import reason_of
from ..logged import scalars
from ..torch import ConfusionTally
from ..torch.shapes import check_tensors
from .sampling import BatchIds, size_of, tells_ids

Predict = Callable[[Any, Any], tuple[Any, ...] | Mapping[str, Any] | None]
NOTHING = (
    'validation_step must return {"preds": ..., "target": ...} (and "weight", if there is one), or predict= must find '
    "(y_true, y_score) in what it returns; without these, logs alone are recorded."
)


class RunCallback(Callback):
    """Records each validation of a `Trainer` at its `global_step`.

    ```python
    class Classifier(LightningModule):
        def validation_step(self, batch, index):
            x, y = batch
            return {"preds": self(x), "target": y}

    Trainer(callbacks=[RunCallback("runs", kind="multiclass", from_logits=True)]).fit(Classifier(), train, val)
    ```

    Batches are counted on the device, without waiting for it, in memory that does not grow. The sanity check is left
    out; so are `validate` and `test` outside of `fit`. Where `training_step` returns the same beside its "loss", the
    steps since the last point are counted as "train". All that is logged by then joins the point (`on_epoch` values of
    training once its epoch is over). Several validation loaders are the splits "val", "val_1", "val_2", ...

    Of several processes (DDP) counts are summed, and the first writes. A sample that a sampler repeats to fill the last
    batch is counted once: the `DistributedSampler` that Lightning puts there tells which they are, where a sample is
    one row of scores; `predict` may give ids of its own, positions in the data set.

    Args:
        root: folder of runs.
        predict: `f(outputs, batch) -> (y_true, y_score)`, or with sample weights as a third, of what `validation_step`
            returned; or a mapping with "target", "preds", "weight", "ids". None leaves a batch out.
        from_logits: whether scores are logits: sigmoid or softmax is applied.
        derive: functions of some of tp, fp, tn, fn and matrix, by name. What each makes of the counts of "val" is
            logged as `val_NAME`, so that `EarlyStopping("val_NAME", mode="max")` and `ModelCheckpoint` may follow it.
        arguments: what `RunWriter` takes: `name`, `group`, `config`, `kind`, `class_names`, `thresholds`, ...

    Raises:
        ValueError: An argument breaks its rule.
        TypeError: There is no argument of that name, or a function takes what there is none of.
    """

    def __init__(
        self,
        root: str | Path = "runs",
        *,
        predict: Predict | None = None,
        from_logits: bool = False,
        derive: Functions | None = None,
        **arguments: Unpack[RunArguments],
    ) -> None:
        self._derive = checked_derive(derive)
        self._run = CallbackRun(root, arguments, packages=("pytorch-lightning", "lightning", "torch"))
        self._predict, self._from_logits = predict, from_logits
        self._tallies: dict[str, ConfusionTally] = {}
        self._fed: set[str] = set()  # splits that were given a batch since the last point
        self._ids: dict[str, BatchIds] = {}
        self._seconds: dict[str, float] = {}
        self._since, self._point_in = 0.0, -1

    def __repr__(self) -> str:
        return f"RunCallback({self._run!r})"

    def __getstate__(self) -> dict[str, Any]:
        """A copy has not started."""
        return vars(self) | {"_tallies": {}, "_ids": {}, "_fed": set()}

    @property
    def folder(self) -> Path | None:
        """The run; None before training, and where another process writes."""
        return self._run.folder

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The run begins, once the processes have found each other."""
        self._forget()
        planned = trainer.max_steps if (trainer.max_steps or -1) > 0 else None
        self._run.begin(planned=planned)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """A validation begins: of training, unless it is the sanity check."""
        self._ids, self._since = {}, time.perf_counter()

    def on_validation_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:  # fmt: skip
        """A batch was predicted."""
        if _of_training(trainer):
            split = f"val_{dataloader_idx}" if dataloader_idx else "val"
            loader = _loader(trainer, dataloader_idx)
            self._run.guard.step(f"counting {split}", self._count, split, outputs, batch, pl_module, loader, batch_idx)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Where a training step gives predictions beside its loss, they are counted."""
        if isinstance(outputs, Mapping) and {"preds", "target"} <= set(outputs):
            self._run.guard.step("counting train", self._count, "train", outputs, batch, pl_module)

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """What the user derives is logged, before other callbacks look at the end of the validation."""
        if self._derive and _of_training(trainer) and "val" in self._fed:
            self._run.guard.step("deriving", self._log_derived, pl_module)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """A validation within an epoch is a point at once, one at its end when what the epoch logs is known."""
        if _of_training(trainer):
            self._seconds = {"val": time.perf_counter() - self._since}
            if not trainer.is_last_batch:
                self._point(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The epoch is over: a point, with or without a validation, unless it has had its points within."""
        if self._seconds or self._point_in != trainer.current_epoch:
            self._point(trainer)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The run ends; stopping early is an end like any other."""
        self._run.end("finished")

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """The run ends with what was recorded."""
        self._run.end(reason_of(exception))

    def _forget(self) -> None:
        self._tallies, self._ids, self._seconds = {}, {}, {}
        self._fed, self._point_in = set(), -1

    def _count(
        self, split: str, outputs: Any, batch: Any, module: LightningModule, loader: Any = None, index: int = 0
    ) -> None:
        found = self._found(outputs, batch)
        if found is None:
            return
        target, scores, weight, ids = found
        check_tensors(target, scores)
        if split not in self._tallies:
            options: dict[str, Any] = {"from_logits": self._from_logits, "dataset_size": size_of(loader)}
            self._tallies[split] = ConfusionTally(**self._run.of_counts(), **options).to(module.device)
        if ids is None and scores.ndim <= 2 and tells_ids(loader):
            each = self._ids.setdefault(split, BatchIds(loader)).of(index)
            ids = each.to(module.device) if len(each) == len(scores) else None
        if torch_distributed() is not None:
            self._fed.add(split)  # also where it fails here: the other processes wait for this one's counts
        self._tallies[split].update(target.detach(), scores.detach(), sample_weight=weight, ids=ids)
        self._fed.add(split)

    def _log_derived(self, module: LightningModule) -> None:
        """Every process comes here, and has the same counts."""
        counted = self._tallies["val"].counted("val", max_samples=0)
        for name, value in self._run.derived(self._derive, counted).items():
            module.log(f"val_{name}", value, sync_dist=True)

    def _found(self, outputs: Any, batch: Any) -> tuple[Any, Any, Any, Any] | None:
        """Labels, scores, weights and ids of a batch; None where there are none."""
        found = outputs if self._predict is None else self._predict(outputs, batch)
        if isinstance(found, Mapping) and {"preds", "target"} <= set(found):
            return found["target"], found["preds"], found.get("weight"), found.get("ids")
        if isinstance(found, tuple) and len(found) in (2, 3):
            return (*found, None, None)[:4]
        if self._predict is None or found is not None:
            self._run.guard.once("nothing", NOTHING)
        return None

    def _point(self, trainer: Trainer) -> None:
        """Every process comes here, as counts are summed over all."""
        logs = self._run.guard.users("logs", scalars, trainer.callback_metrics) or {}
        seconds, self._seconds = self._seconds, {}
        self._point_in = trainer.current_epoch
        fed = {split: self._tallies[split] for split in sorted(self._fed)}
        self._fed = set()
        self._run.point(trainer.global_step, epoch=trainer.current_epoch, logs=logs, seconds=seconds, **fed)


def _of_training(trainer: Trainer) -> bool:
    return bool(trainer.state.fn == "fit" and not trainer.sanity_checking)


def _loader(trainer: Trainer, index: int) -> Any:
    loaders = trainer.val_dataloaders
    return loaders[index] if isinstance(loaders, list | tuple) else loaders
