"""Runs of what other programs wrote: TensorBoard's log folders, Keras's CSVLogger, tables of predictions.

from viewer.importers import import_csv, import_predictions, import_tensorboard

import_tensorboard("logs", "runs")
"""

from .csv_log import import_csv
from .imported import Imported
from .predictions import import_predictions
from .tensorboard import import_tensorboard

__all__ = ["Imported", "import_csv", "import_predictions", "import_tensorboard"]
