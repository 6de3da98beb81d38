"""A search by Optuna, each trial a run with its parameters; those it gives up end as pruned.

python examples/optuna_search.py
"""

from __future__ import annotations

import argparse

import optuna
from sklearn.datasets import make_classification
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import matthews_corrcoef
from sklearn.model_selection import train_test_split

from recorder import RunWriter
from recorder.optuna import trial_settings


def main() -> None:
    """Searches for the learning rate and the penalty of a linear model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--runs", default="runs")
    options = parser.parse_args()

    x, y = make_classification(4_000, n_features=20, n_informative=8, weights=[0.85], flip_y=0.03, random_state=0)
    x, x_val, y, y_val = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)

    def objective(trial: optuna.Trial) -> float:
        rate = trial.suggest_float("rate", 1e-5, 1.0, log=True)
        alpha = trial.suggest_float("alpha", 1e-6, 1e-1, log=True)
        model = SGDClassifier("log_loss", alpha=alpha, learning_rate="constant", eta0=rate, random_state=0)
        score = 0.0
        with RunWriter(options.runs, epochs=options.epochs, **trial_settings(trial)) as run:
            for epoch in range(options.epochs):
                model.partial_fit(x, y, classes=[0, 1])
                scores = model.predict_proba(x_val)[:, 1]
                run.epoch(epoch, val=(y_val, scores))
                score = float(matthews_corrcoef(y_val, scores > 0.5))
                trial.report(score, epoch)
                if trial.should_prune():
                    raise optuna.TrialPruned
        return score

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=2)
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(study_name="linear", direction="maximize", pruner=pruner, sampler=sampler)
    study.optimize(objective, n_trials=options.trials)
    states = [trial.state.name.lower() for trial in study.trials]
    print(f"{states.count('complete')} trials are complete, {states.count('pruned')} pruned; best: {study.best_params}")
    print(
        f"Look at them: epochreel list {options.runs} --sort 'best(val:mcc)' -m 'best(val:mcc)' "
        "-m config.rate -m config.alpha"
    )


if __name__ == "__main__":
    main()
