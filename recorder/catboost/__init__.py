"""Recording from CatBoost.

from recorder.catboost import RunCallback

with RunCallback("runs") as run:
    model = CatBoostClassifier(eval_metric=run.metric)
    model.fit(x, y, eval_set=(x_val, y_val), callbacks=[run])
"""

from .callback import RunCallback

__all__ = ["RunCallback"]
