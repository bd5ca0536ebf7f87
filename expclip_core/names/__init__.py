# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shape keys of a rig carry which ARKit channel, whatever the rig calls them. Standard library only."""

from .adjusting import (
    Adjustment,
    Adjustments,
    Shaping,
    adjusted_mapping,
    adjusted_weights,
    adjustments_in,
    closed_by_jaw,
    preset_of,
    read_preset,
    write_preset,
)
from .matching import Mapping, Target, match

__all__ = [
    "Adjustment", "Adjustments", "Mapping", "Shaping", "Target", "adjusted_mapping", "adjusted_weights", "adjustments_in",
    "closed_by_jaw", "match", "preset_of", "read_preset", "write_preset",
]  # fmt: skip
