# SPDX-License-Identifier: GPL-3.0-or-later
"""A take's keys follow the sliders of its mix."""

from __future__ import annotations

import bpy


def on_change(settings: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    """A slider of a mix or of a mapping has another value."""
