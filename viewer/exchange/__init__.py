"""Runs from and for other programs: TensorBoard's log folders, and Keras's CSVLogger.

from viewer.exchange import export_tensorboard, import_csv, import_tensorboard

import_tensorboard("logs", "runs")
export_tensorboard(viewer.open_run(RUN), "logs", metrics=["f1", "mcc"])
"""

from .from_csv import import_csv
from .from_tensorboard import import_tensorboard
from .imported import Imported
from .to_tensorboard import export_tensorboard

__all__ = ["Imported", "export_tensorboard", "import_csv", "import_tensorboard"]
