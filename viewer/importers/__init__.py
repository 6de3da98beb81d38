"""Runs of what other programs wrote: trackers, TensorBoard's log folders, Keras's CSVLogger, tables of predictions.

from viewer.importers import import_csv, import_mlflow, import_predictions, import_tensorboard

import_tensorboard("logs", "runs")
"""

from .csv_log import import_csv
from .imported import Imported
from .mlflow import import_mlflow
from .neptune import import_neptune
from .predictions import import_predictions
from .tensorboard import import_tensorboard
from .trackio import import_trackio
from .wandb import import_wandb

__all__ = [
    "Imported",
    "import_csv",
    "import_mlflow",
    "import_neptune",
    "import_predictions",
    "import_tensorboard",
    "import_trackio",
    "import_wandb",
]
