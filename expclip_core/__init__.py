# SPDX-License-Identifier: GPL-3.0-or-later
"""ExpCLIP: speech and a prompt become 52 ARKit blendshape curves. Knows nothing of Blender."""

__version__ = "0.1.0"
