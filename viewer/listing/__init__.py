"""Many runs as a table: their fields, configurations and last or best values, sorted and filtered.

import viewer

viewer.list_runs("runs", ["f1", "best(val:mcc)"], where="config.lr < 0.001 and status == 'finished'", sort="val:mcc")

`live.LiveRuns` is the same table for whoever keeps looking at it: it follows the disk, and reads first what is on
screen.
"""

from .table import Listing, list_runs, listing_of

__all__ = ["Listing", "list_runs", "listing_of"]
