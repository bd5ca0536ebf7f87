# SPDX-License-Identifier: GPL-3.0-or-later
"""One file per panel; they draw and decide nothing."""

import bpy

from . import menus
from .generate import EXPCLIP_PT_generate
from .keys import EXPCLIP_PT_keys
from .lines import EXPCLIP_MT_lines, EXPCLIP_PT_lines, EXPCLIP_UL_lines
from .mapping import EXPCLIP_MT_delete_mapping, EXPCLIP_MT_mappings, EXPCLIP_PT_mapping, EXPCLIP_UL_shapes
from .menus import EXPCLIP_MT_menu
from .mix import EXPCLIP_PT_mix, EXPCLIP_PT_mix_shapes, EXPCLIP_UL_mixed_shapes
from .motion import EXPCLIP_PT_motion
from .placement import EXPCLIP_PT_placement
from .prompts import (
    EXPCLIP_MT_prompts,
    EXPCLIP_PT_poses,
    EXPCLIP_PT_prompts_over_time,
    EXPCLIP_UL_timed_prompts,
)
from .takes import EXPCLIP_PT_redo, EXPCLIP_PT_takes, EXPCLIP_UL_takes

CLASSES = (
    EXPCLIP_UL_shapes,
    EXPCLIP_MT_delete_mapping,
    EXPCLIP_MT_mappings,
    EXPCLIP_UL_takes,
    EXPCLIP_UL_lines,
    EXPCLIP_MT_lines,
    EXPCLIP_UL_mixed_shapes,
    EXPCLIP_UL_timed_prompts,
    EXPCLIP_MT_prompts,
    EXPCLIP_PT_generate,
    EXPCLIP_PT_prompts_over_time,
    EXPCLIP_PT_poses,
    EXPCLIP_PT_takes,
    EXPCLIP_PT_redo,
    EXPCLIP_PT_mix,
    EXPCLIP_PT_mix_shapes,
    EXPCLIP_PT_lines,
    EXPCLIP_PT_placement,
    EXPCLIP_PT_keys,
    EXPCLIP_PT_motion,
    EXPCLIP_PT_mapping,
    EXPCLIP_MT_menu,
)

_register, _unregister = bpy.utils.register_classes_factory(CLASSES)


def register() -> None:
    _register()
    menus.append()


def unregister() -> None:
    menus.remove()
    _unregister()
