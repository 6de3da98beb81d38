"""Recording from XGBoost: `xgboost.train` and its scikit-learn classes.

from recorder.xgboost import RunCallback

xgboost.train(params, train, evals=[(val, "val")], callbacks=[RunCallback("runs", val=val)])
XGBClassifier(callbacks=[RunCallback("runs", val=(x_val, y_val))]).fit(x, y)
"""

from .callback import RunCallback

__all__ = ["RunCallback"]
