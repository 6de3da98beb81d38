"""Runs from other programs' logs: TensorBoard's log folders, and Keras's CSVLogger.

from viewer.importers import import_csv, import_tensorboard

import_tensorboard("logs", "runs")
"""

from .csv_log import import_csv
from .imported import Imported
from .tensorboard import import_tensorboard

__all__ = ["Imported", "import_csv", "import_tensorboard"]
