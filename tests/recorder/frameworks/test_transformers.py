"""Hugging Face's Trainer: what its own evaluations predict is what was counted."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import f1_score

from recorder.runfile import EndLine, read_lines, read_manifest

from .oracle import check_counts, records_of

torch = pytest.importorskip("torch", reason="needs torch")
transformers = pytest.importorskip("transformers", reason="needs transformers")
pytest.importorskip("accelerate", reason="needs transformers")

from recorder.transformers import RunCallback  # noqa: E402 - where it is installed

IMAGES, DIGITS = load_digits(return_X_y=True)
PIXELS, WIDTH = 16, {"multiclass": 10, "binary": 2, "multilabel": 3}
LABELS = {
    "multiclass": DIGITS,
    "binary": (DIGITS == 8).astype(int),
    "multilabel": np.stack([DIGITS % 2 == 0, DIGITS > 4, DIGITS % 3 == 0], axis=1).astype(np.float32),
}


def examples(labels: Any, start: int, end: int) -> list[dict[str, Any]]:
    """Every fourth pixel of some digits, as tokens."""
    tokens = IMAGES[:, ::4].astype(int)
    return [{"input_ids": tokens[row], "labels": labels[row]} for row in range(start, end)]


def config(labels: int, **more: Any) -> Any:
    small = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    return transformers.BertConfig(vocab_size=17, max_position_embeddings=PIXELS, num_labels=labels, **small, **more)


def trainer_of(root: Path, model: Any, labels: Any, run: RunCallback, *, evaluated: Any = None, **more: Any) -> Any:
    """A Trainer of 4 steps that evaluates after every second, and what each evaluation predicted."""
    batchwise = more.pop("batchwise", True)
    args = transformers.TrainingArguments(
        str(root / "checkpoints"), max_steps=4, eval_strategy="steps", eval_steps=2, logging_steps=1, report_to=[],
        save_strategy="no", use_cpu=True, per_device_train_batch_size=8, per_device_eval_batch_size=16,
        batch_eval_metrics=batchwise, disable_tqdm=True, learning_rate=0.05, **more,
    )  # fmt: skip
    seen: list[list[tuple[Any, Any]]] = [[]]

    def metrics(predicted: Any, compute_result: bool = True) -> dict[str, float]:
        seen[-1].append((torch.as_tensor(predicted.predictions), torch.as_tensor(predicted.label_ids)))
        seen.extend([[]] if compute_result else [])
        given = {"compute_result": compute_result} if batchwise else {}
        return run.compute_metrics(predicted, **given) | {"batches": float(len(seen))}

    trainer = transformers.Trainer(
        model, args, train_dataset=examples(labels, 0, 64), eval_dataset=evaluated or examples(labels, 64, 111),
        callbacks=[run], compute_metrics=metrics,
    )  # fmt: skip
    trainer.train()
    return trainer, [[torch.cat(each) for each in zip(*batches, strict=True)] for batches in seen if batches]


@pytest.mark.parametrize("kind", list(LABELS))
@pytest.mark.parametrize("batchwise", [True, False])
def test_counts_equal_those_of_scikit_learn(tmp_path: Path, kind: Any, batchwise: bool) -> None:
    """Of each kind, whether batches are counted as they come or all at the end: equal at every threshold and step."""
    problem = {"problem_type": "multi_label_classification"} if kind == "multilabel" else {}
    model = transformers.BertForSequenceClassification(config(WIDTH[kind], **problem))
    run = RunCallback(tmp_path / "runs", name="tiny", verbose=0)
    _, seen = trainer_of(tmp_path, model, LABELS[kind], run, batchwise=batchwise)
    records = records_of(run.folder)
    assert [record.epoch for record in records] == [2, 4]
    assert len(seen) == 2
    for record, (logits, labels) in zip(records, seen, strict=True):
        scores = logits.sigmoid() if kind == "multilabel" else logits.softmax(dim=-1)
        check_counts(record, run.folder, labels, scores)
        assert {"loss", "val_loss", "learning_rate", "val_batches"} <= set(record.logs)
    assert read_manifest(run.folder).outputs[0].kind == kind
    assert isinstance(read_lines(run.folder)[-1], EndLine)


def test_tokens_with_a_label_of_minus_100_are_left_out(tmp_path: Path) -> None:
    """Token classification: each token counts once, and what the loss ignores is counted as ignored."""
    labels = np.where(IMAGES[:, ::4] > 8, 1, np.where(IMAGES[:, ::4] > 0, 0, 2))
    labels[:, ::3] = -100
    run = RunCallback(tmp_path / "runs", kind="multiclass", verbose=0)
    model = transformers.BertForTokenClassification(config(3))
    _, seen = trainer_of(tmp_path, model, labels, run)
    for record, (logits, given) in zip(records_of(run.folder), seen, strict=True):
        kept = given.flatten() != -100
        check_counts(record, run.folder, given.flatten()[kept], logits.softmax(-1).flatten(0, 1)[kept])
        assert record.tallies[0].ignored == int((~kept).sum())


def test_several_evaluation_sets_are_splits_of_one_point(tmp_path: Path) -> None:
    """By their names, at the step that they were evaluated at; `evaluate` afterwards records nothing."""
    labels = LABELS["binary"]
    evaluated = {"near": examples(labels, 64, 90), "far": examples(labels, 90, 140)}
    run = RunCallback(tmp_path / "runs", verbose=0)
    trainer, _ = trainer_of(
        tmp_path, transformers.BertForSequenceClassification(config(2)), labels, run, evaluated=evaluated
    )
    trainer.evaluate()
    trainer.predict(evaluated["near"])
    records = records_of(run.folder)
    assert [record.epoch for record in records] == [2, 4]
    for record in records:
        assert {tally.split: int(tally.histogram.sum()) for tally in record.tallies} == {"near": 26, "far": 50}
        assert "val_far_loss" in record.logs


def test_what_cannot_be_counted_is_one_warning(tmp_path: Path) -> None:
    """Predictions that break a rule stop no training, and its logs are recorded all the same."""
    run = RunCallback(
        tmp_path / "runs", predictions=lambda predicted: (predicted.label_ids[:3], "no scores"), verbose=0
    )
    model = transformers.BertForSequenceClassification(config(2))
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        trainer_of(tmp_path, model, LABELS["binary"], run)
    assert len([each for each in met if "counting failed and is left out" in str(each.message)]) == 1
    records = records_of(run.folder)
    assert [record.tallies for record in records] == [(), ()]
    assert all("val_loss" in record.logs for record in records)
    with pytest.raises(TypeError, match=r"arguments must be among name, group, .*\. Received: nam$"):
        RunCallback(tmp_path, nam="x")


@pytest.mark.parametrize("batchwise", [True, False])
def test_a_derived_value_is_a_metric_of_the_trainer(tmp_path: Path, batchwise: bool) -> None:
    """It equals scikit-learn's of each evaluation, stands in the logs of the run, and chooses the best checkpoint."""
    derive = {"f1": lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn), "broken": lambda tp: tp / [1, 2, 3]}
    run = RunCallback(tmp_path / "runs", derive=derive, verbose=0)
    with pytest.warns(RuntimeWarning, match=r"derive\['broken'\] failed"):
        trainer, seen = trainer_of(
            tmp_path, transformers.BertForSequenceClassification(config(2)), LABELS["binary"], run,
            batchwise=batchwise, metric_for_best_model="f1", greater_is_better=True,
        )  # fmt: skip
    wanted = [f1_score(labels, logits.argmax(-1), zero_division=np.nan) for logits, labels in seen]
    logs = [each["eval_f1"] for each in trainer.state.log_history if "eval_f1" in each]
    np.testing.assert_allclose(logs, wanted)
    np.testing.assert_allclose([record.logs["val_f1"] for record in records_of(run.folder)], wanted)
    np.testing.assert_allclose(trainer.evaluate()["eval_f1"], wanted[-1])  # after the training too
    assert len(records_of(run.folder)) == 2
    with pytest.raises(TypeError, match="derive functions must take some of tp"):
        RunCallback(tmp_path, derive={"f1": lambda true: true})


def test_a_regression_has_its_logs_alone(tmp_path: Path) -> None:
    """No counts are made of numbers that are no classes, and there is no warning; `kind` says that they are some."""
    run, asked = (RunCallback(tmp_path / name, kind=kind, verbose=0) for name, kind in (("a", None), ("b", "binary")))
    for each in (run, asked):
        model = transformers.BertForSequenceClassification(config(1))
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "epochreel")
            trainer_of(tmp_path, model, LABELS["binary"].astype(np.float32), each)
    assert [record.tallies for record in records_of(run.folder)] == [(), ()]
    assert all("val_loss" in record.logs for record in records_of(run.folder))
    assert all(record.tallies for record in records_of(asked.folder))


def test_half_of_what_the_trainer_takes_is_told_of(tmp_path: Path) -> None:
    """A callback without its metric, and the metric without its callback."""
    run = RunCallback(tmp_path / "runs", verbose=0)
    args = transformers.TrainingArguments(
        str(tmp_path), max_steps=1, eval_strategy="steps", eval_steps=1, report_to=[], save_strategy="no",
        use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    parts = {"train_dataset": examples(LABELS["binary"], 0, 8), "eval_dataset": examples(LABELS["binary"], 8, 16)}
    model = transformers.BertForSequenceClassification(config(2))
    with pytest.warns(RuntimeWarning, match=r"Trainer\(compute_metrics=run\.compute_metrics\)"):
        transformers.Trainer(model, args, callbacks=[run], **parts).train()
    other = RunCallback(tmp_path / "runs", verbose=0)
    with pytest.warns(RuntimeWarning, match=r"Trainer\(callbacks=\[run\]\)"):
        transformers.Trainer(model, args, compute_metrics=other.compute_metrics, **parts).train()
    assert other.folder is None


@pytest.mark.parametrize("batchwise", [True, False])
def test_classes_in_place_of_scores_are_refused(tmp_path: Path, batchwise: bool) -> None:
    """What `preprocess_logits_for_metrics` makes of logits to save memory has no scores: no text is of 16 labels."""
    labels = (IMAGES[:, ::4] > 8).astype(int)
    run = RunCallback(tmp_path / "runs", verbose=0)
    args = transformers.TrainingArguments(
        str(tmp_path), max_steps=1, eval_strategy="steps", eval_steps=1, report_to=[], save_strategy="no",
        use_cpu=True, disable_tqdm=True, batch_eval_metrics=batchwise,
    )  # fmt: skip
    trainer = transformers.Trainer(
        transformers.BertForTokenClassification(config(2)), args, train_dataset=examples(labels, 0, 8),
        eval_dataset=examples(labels, 8, 24), callbacks=[run], compute_metrics=run.compute_metrics,
        preprocess_logits_for_metrics=lambda logits, labels: logits.argmax(dim=-1),
    )  # fmt: skip
    with pytest.warns(RuntimeWarning, match=r"predictions must be scores.*\(\d+, 16\).*int64, as argmax in preprocess"):
        trainer.train()
    assert [record.tallies for record in records_of(run.folder)] == [()]
