# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel in the 3D View's sidebar: clip, prompt, face, Generate."""

from __future__ import annotations

import bpy

from ..expclip_core.errors import InputError
from ..operators.generate import check, face_of
from ..preferences import runtime_state, worker_python
from ..scene.rig import obstacles, rig_of
from .words import wrapped


class EXPCLIP_PT_generate(bpy.types.Panel):
    bl_label = "ExpCLIP"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "ExpCLIP"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        settings = context.scene.expclip
        progress = context.window_manager.expclip
        _draw_runtime(context, layout)

        fields = layout.column()
        fields.enabled = not progress.running
        clip = fields.column(align=True)
        clip.label(text="Clip", icon="SPEAKER")
        clip.prop(settings, "clip", text="", placeholder="Speech, any sound file")
        prompt = fields.column(align=True)
        prompt.label(text="Prompt", icon="GREASEPENCIL")
        prompt.prop(settings, "prompt", text="", placeholder="sad, but trying to smile")
        prompt.prop(settings, "intensity", slider=True)
        _draw_face(context, fields)

        layout.separator(factor=0.5)
        if progress.running:
            _draw_progress(layout, progress)
            return
        if missing := _missing(context):
            wrapped(context, layout, missing, "INFO")
        button = layout.row()
        button.scale_y = 1.6
        button.operator("expclip.generate", icon="PLAY")
        if progress.message:
            icon = "ERROR" if progress.failed else "CHECKMARK"
            wrapped(context, layout, progress.message, icon, alert=progress.failed)


def _missing(context: bpy.types.Context) -> str:
    """What Generate still needs, as a sentence."""
    try:
        check(context)
    except InputError as error:
        return str(error)
    return ""


def _draw_runtime(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """What an animator sees first: what is missing, how big it is, where it goes, and two ways to get it."""
    try:
        worker_python()
        return
    except InputError:
        pass
    box = layout.box()
    wrapped(context, box, "The models need a Python of their own", "INFO")
    wrapped(context, box, runtime_state())
    column = box.column()
    column.scale_y = 1.3
    column.enabled = not context.window_manager.expclip.running
    column.operator("expclip.install_runtime", icon="IMPORT")
    existing = column.operator("preferences.addon_show", text="Use an Existing Python", icon="PREFERENCES")
    existing.module = __package__.rpartition(".")[0]


def _draw_face(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    settings = context.scene.expclip
    column = layout.column(align=True)
    column.label(text="Face", icon="USER")
    active = context.view_layer.objects.active
    row = column.row(align=True)
    row.prop(settings, "face", text="", placeholder=active.name if active and not settings.face else "Pick a face")
    row.operator("expclip.add_demo_face", text="", icon="ADD")
    try:
        rig = rig_of(face_of(context))
    except InputError:  # said above Generate
        return
    wrapped(context, column, rig.coverage, "INFO" if rig.missing else "CHECKMARK")
    for sentence in obstacles(rig):
        wrapped(context, column, sentence, "ERROR")


def _draw_progress(layout: bpy.types.UILayout, progress: bpy.types.PropertyGroup) -> None:
    row = layout.row(align=True)
    row.scale_y = 1.6
    row.progress(factor=progress.fraction, text=f"{progress.stage}   {progress.fraction:.0%}")
    row.operator("expclip.cancel", text="", icon="X")
