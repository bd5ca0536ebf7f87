# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the running work is; for the sidebar and the preferences."""

from __future__ import annotations

import bpy

from .words import wrapped


def draw_progress(
    context: bpy.types.Context, layout: bpy.types.UILayout, progress: bpy.types.PropertyGroup, height: float = 1.6
) -> None:
    """A bar with a cross to stop; what is being done stands below, where a narrow sidebar has room for it."""
    row = layout.row(align=True)
    row.scale_y = height
    row.progress(factor=progress.fraction, text=f"{progress.fraction:.0%}")
    row.operator("expclip.cancel", text="", icon="X")
    wrapped(context, layout, progress.stage)
