"""What is wrong with a run: its files held against what its lines say of them.

report = verify(folder)  # every checksum
report = examine(folder)  # everything that can be wrong, in words
mended = repair(folder, Path("repaired"))  # in a copy
"""

from .examine import Report, examine
from .finding import Finding
from .repair import Mended, repair
from .verify import Verified, verify

__all__ = ["Finding", "Mended", "Report", "Verified", "examine", "repair", "verify"]
