# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel in the 3D View's sidebar: face, clip, prompt, Generate."""

from __future__ import annotations

import bpy

from .. import preview
from ..expclip_core.errors import InputError
from ..expclip_core.runtime import stale
from ..operators.generate import check, face_of
from ..operators.runtime import may_download
from ..preferences import RUNTIME_SIZE, has_runtime, install_label, readable, runtime_folder
from ..scene.checks import REMEDIES, obstacles
from ..scene.rig import linked_meshes, rig_of
from ..scene.sound import all_strips
from ..scene.source import strips_scene
from ..translations import OURS
from .progress import draw_progress
from .prompts import draw_prompt_buttons
from .words import wrapped


class EXPCLIP_PT_generate(bpy.types.Panel):
    bl_label = "ExpCLIP"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "ExpCLIP"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        progress = context.window_manager.expclip
        ready = has_runtime()
        fields = layout.column()
        fields.enabled = not progress.running
        if ready:
            _draw_fields(context, fields)
        elif not progress.running:
            _draw_setup(context, fields)
        layout.separator(factor=0.5)
        if progress.running:
            draw_progress(context, layout, progress)
            return
        if ready:
            _draw_button(context, layout)
        if progress.message:
            icon = "ERROR" if progress.failed else "CHECKMARK"
            wrapped(context, layout, progress.message, icon, alert=progress.failed)


def _draw_fields(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    _draw_face(context, layout)
    settings = context.scene.expclip
    clip = layout.column(align=True)
    clip.label(text="Clip", icon="SPEAKER")
    file = clip.row(align=True)
    file.active = not settings.strip
    file.prop(settings, "clip", text="", placeholder="Speech, any sound file")
    if settings.strip or all_strips(strips_scene(context.scene, context.workspace)):
        row = clip.row(align=True)
        row.prop(settings, "strip", text="", icon="SEQUENCE", placeholder="Or a strip of the sequencer")
        row.operator("expclip.use_strip", text="", icon="EYEDROPPER")
    row = clip.row(align=True)
    words = row.row(align=True)
    words.active = settings.transcript_block is None
    words.prop(settings, "transcript", text="", placeholder="What is said, if you know")
    if bpy.data.texts:
        row.prop(settings, "transcript_block", text="")
    prompt = layout.column(align=True)
    prompt.label(text="Prompt", icon="GREASEPENCIL")
    row = prompt.row(align=True)
    row.prop(settings, "prompt", text="", placeholder="sad, but trying to smile")
    draw_prompt_buttons(context, row)
    row.operator("expclip.preview", text="", icon="HIDE_OFF", depress=preview.active())
    prompt.prop(settings, "intensity", slider=True)


def _draw_button(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    if missing := _missing(context):
        wrapped(context, layout, missing, "INFO")
    button = layout.row()
    button.scale_y = 1.6
    button.operator("expclip.generate", icon="PLAY")


def _missing(context: bpy.types.Context) -> str:
    """What Generate still needs, as a sentence."""
    try:
        check(context)
    except InputError as error:
        return str(error)
    return ""


def _draw_setup(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """What an animator sees first: what is missing, how big it is, where it goes, and two ways to get it."""
    column = layout.column()
    if stale(runtime_folder()):
        wrapped(context, column, "The Python of the models' runtime is gone, as when Blender was moved.", "ERROR")
    else:
        wrapped(context, column, f"The models need their runtime once: {RUNTIME_SIZE}. It goes to", "IMPORT")
    wrapped(context, column, readable(runtime_folder()), "FILE_FOLDER")
    if not may_download():
        wrapped(context, column, "Installing it needs the network:", "INFO")
        column.prop(context.preferences.system, "use_online_access")
    buttons = layout.column()
    buttons.scale_y = 1.4
    buttons.operator("expclip.install_runtime", text=install_label(), icon="IMPORT")
    buttons.operator("expclip.use_python", icon="FILE_FOLDER")
    layout.operator("preferences.addon_show", text="More Choices", icon="PREFERENCES").module = __package__.rpartition(
        "."
    )[0]


def _draw_face(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    settings = context.scene.expclip
    column = layout.column(align=True)
    column.label(text="Face", text_ctxt=OURS, icon="USER")
    active = context.view_layer.objects.active
    row = column.row(align=True)
    row.prop(settings, "face", text="", placeholder=active.name if active and not settings.face else "Pick a face")
    row.operator("expclip.add_demo_face", text="", icon="ADD")
    try:
        rig = rig_of(face_of(context))
    except InputError:  # said above Generate
        face = face_of(context)
        if face and linked_meshes(face):
            column.operator("expclip.make_editable", icon="LIBRARY_DATA_OVERRIDE")
        return
    wrapped(context, column, rig.coverage, "INFO" if rig.missing else "CHECKMARK")
    for obstacle in obstacles(rig):
        wrapped(context, column, obstacle.sentence, "ERROR")
        if obstacle.remedy:
            mend = column.operator("expclip.remedy", text=REMEDIES[obstacle.remedy].label, icon="TOOL_SETTINGS")
            mend.remedy = obstacle.remedy
