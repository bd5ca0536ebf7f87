# SPDX-License-Identifier: GPL-3.0-or-later
"""Object, Pose and Mesh ▸ ExpCLIP, Add ▸ ExpCLIP Demo Face, File ▸ Import and File ▸ Export: what stands in a menu is found with F3."""

from __future__ import annotations

import bpy

_GROUPS = (
    ("expclip.generate", "expclip.preview", "expclip.use_strip"),
    ("expclip.generate_lines", "expclip.add_strip_lines", "expclip.import_lines", "expclip.export_lines"),
    ("expclip.add_timed_prompt", "expclip.favourite_prompt", "expclip.take_pose", "expclip.describe_pose"),
    (
        "expclip.redo",
        "expclip.compare_takes",
        "expclip.duplicate_take",
        "expclip.push_down_take",
        "expclip.delete_take",
    ),
    ("expclip.import_capture", "expclip.export_take"),
    ("expclip.find_aims", "expclip.key_motion"),
    ("expclip.reset_edits", "expclip.reset_mix"),
    ("expclip.edit_mapping", "expclip.save_mapping_preset", "expclip.load_mapping", "expclip.save_mapping"),
    ("expclip.make_editable",),
    ("expclip.install_runtime", "expclip.use_python", "expclip.test_worker", "expclip.free_memory", "expclip.open_log"),
)


class EXPCLIP_MT_menu(bpy.types.Menu):
    bl_label = "ExpCLIP"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        for number, group in enumerate(_GROUPS):
            if number:
                layout.separator()
            for name in group:
                layout.operator(name)


def _in_mode_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    menu.layout.separator()
    menu.layout.menu("EXPCLIP_MT_menu")


def _in_add_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    menu.layout.operator("expclip.add_demo_face", text="ExpCLIP Demo Face", icon="USER")


def _in_import_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    menu.layout.operator("expclip.import_capture", text="Face Capture (.csv/.json/.npz)")


def _in_export_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    menu.layout.operator("expclip.export_take", text="ExpCLIP Take (.csv/.json/.npz)")


def _modes() -> tuple[type[bpy.types.Menu], ...]:
    """What stands in the header in Object, Pose and Edit Mode: F3 finds what is in the one that is there."""
    return bpy.types.VIEW3D_MT_object, bpy.types.VIEW3D_MT_pose, bpy.types.VIEW3D_MT_edit_mesh


def append() -> None:
    bpy.types.TOPBAR_MT_file_import.append(_in_import_menu)
    bpy.types.TOPBAR_MT_file_export.append(_in_export_menu)
    for menu in _modes():
        menu.append(_in_mode_menu)
    bpy.types.VIEW3D_MT_add.append(_in_add_menu)


def remove() -> None:
    bpy.types.TOPBAR_MT_file_export.remove(_in_export_menu)
    bpy.types.TOPBAR_MT_file_import.remove(_in_import_menu)
    bpy.types.VIEW3D_MT_add.remove(_in_add_menu)
    for menu in _modes():
        menu.remove(_in_mode_menu)
