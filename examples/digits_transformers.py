"""Hugging Face's Trainer: a small BERT, from scratch, reads handwritten digits, each as 16 tokens of ink.

python examples/digits_transformers.py
"""

from __future__ import annotations

import argparse
import tempfile

from sklearn.datasets import load_digits
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

from recorder.transformers import RunCallback


def main() -> None:
    """Trains and records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    set_seed(7)
    images, digits = load_digits(return_X_y=True)
    ink = images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).round().astype(int).reshape(-1, 16)
    examples = [{"input_ids": tokens, "labels": digit} for tokens, digit in zip(ink, digits, strict=True)]
    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "initializer_range": 0.2}
    model = BertForSequenceClassification(
        BertConfig(vocab_size=17, num_labels=10, max_position_embeddings=16, **size, **still)
    )
    run = RunCallback(options.runs, name="digits-bert", class_names=[str(digit) for digit in range(10)])
    with tempfile.TemporaryDirectory() as checkpoints:
        arguments = TrainingArguments(
            checkpoints,
            num_train_epochs=options.epochs,
            per_device_train_batch_size=64,
            per_device_eval_batch_size=200,
            learning_rate=1e-2,
            eval_strategy="steps",
            eval_steps=10,
            logging_steps=10,
            batch_eval_metrics=True,  # each batch is counted as it comes: no logits are kept
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        Trainer(
            model,
            arguments,
            train_dataset=examples[:1200],
            eval_dataset=examples[1200:],
            callbacks=[run],
            compute_metrics=run.compute_metrics,
        ).train()
    print(f"Look at it: epochreel export {run.folder} --to digits-bert.png")


if __name__ == "__main__":
    main()
