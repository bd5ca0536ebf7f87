# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences in a narrow sidebar: Blender cuts a label off, it does not wrap it."""

from __future__ import annotations

import re

import blf
import bpy

from ..translations import translated

_BESIDE = 90  # pixels that the tabs, the panel's margins and an icon take of the region's width, at scale 1

_WIDE = 340  # pixels of the region, at scale 1


def wrapped(
    context: bpy.types.Context, layout: bpy.types.UILayout, sentence: str, icon: str = "NONE", alert: bool = False
) -> None:
    """Draw a sentence over as many lines as the region's width asks for."""
    scale = context.preferences.system.ui_scale
    column = layout.column(align=True)
    column.alert = alert
    column.scale_y = 0.8
    for line in lines_of(translated(sentence), context.region.width - _BESIDE * scale, scale):
        column.label(text=line, icon=icon, translate=False)
        icon = "BLANK1" if icon != "NONE" else icon


def wide(context: bpy.types.Context) -> bool:
    """Is there room for a second column of words?"""
    return context.region.width > _WIDE * context.preferences.system.ui_scale


def lines_of(sentence: str, width: float, scale: float) -> list[str]:
    """The sentence cut at spaces and a path's slashes into lines of at most `width` pixels, a word at least."""
    blf.size(0, 11.0 * scale)
    lines: list[str] = []
    for word in re.findall(r"[^\s/\\]*[\s/\\]*", sentence):
        longer = (lines[-1] if lines else "") + word
        if lines and blf.dimensions(0, longer.rstrip())[0] <= width:
            lines[-1] = longer
        elif word:
            lines.append(word)
    return [line.rstrip() for line in lines]
