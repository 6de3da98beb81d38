"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# A shared machine may take its time: how long an example takes is no property of ours.
settings.register_profile("epochreel", deadline=None)
settings.load_profile("epochreel")
