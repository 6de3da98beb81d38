"""Recording from LightGBM: `lightgbm.train` and its scikit-learn classes.

from recorder.lightgbm import RunCallback

lightgbm.train(params, train, valid_sets=[val], callbacks=[RunCallback("runs")])
LGBMClassifier().fit(x, y, eval_set=[(x_val, y_val)], callbacks=[RunCallback("runs")])
"""

from .callback import RunCallback

__all__ = ["RunCallback"]
