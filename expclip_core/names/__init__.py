# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shape keys of a rig carry which ARKit channel, whatever the rig calls them. Standard library only."""

from .matching import Mapping, Target, match

__all__ = ["Mapping", "Target", "match"]
