"""Recording from scikit-learn: calls of `partial_fit`, or the iterations of an estimator that has callbacks.

from recorder.sklearn import RunCallback, recorded

with recorded(model, "runs", val=(x_val, y_val)):
    for x, y in batches:
        model.partial_fit(x, y, classes=classes)

LogisticRegression().set_callbacks(RunCallback("runs", val=(x_val, y_val))).fit(x, y)
"""

from .callback import RunCallback
from .recorded import recorded

__all__ = ["RunCallback", "recorded"]
