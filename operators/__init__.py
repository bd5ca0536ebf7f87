# SPDX-License-Identifier: GPL-3.0-or-later
"""One file per thing an animator does."""

import bpy

from .cancel import EXPCLIP_OT_cancel
from .capture import EXPCLIP_OT_export_take, EXPCLIP_OT_import_capture
from .clip import EXPCLIP_FH_clip, EXPCLIP_OT_drop_clip, EXPCLIP_OT_use_strip
from .demo_face import EXPCLIP_OT_add_demo_face
from .generate import EXPCLIP_OT_generate
from .lines import (
    EXPCLIP_OT_add_line,
    EXPCLIP_OT_add_strip_lines,
    EXPCLIP_OT_export_lines,
    EXPCLIP_OT_generate_lines,
    EXPCLIP_OT_import_lines,
    EXPCLIP_OT_move_line,
    EXPCLIP_OT_remove_line,
)
from .make_editable import EXPCLIP_OT_make_editable
from .mapping import (
    EXPCLIP_OT_add_target,
    EXPCLIP_OT_delete_mapping_preset,
    EXPCLIP_OT_edit_mapping,
    EXPCLIP_OT_load_mapping,
    EXPCLIP_OT_remove_target,
    EXPCLIP_OT_reset_mapping,
    EXPCLIP_OT_save_mapping,
    EXPCLIP_OT_save_mapping_preset,
    EXPCLIP_OT_use_mapping_preset,
)
from .mix import EXPCLIP_OT_add_mix_shape, EXPCLIP_OT_remove_mix_shape, EXPCLIP_OT_reset_mix
from .motion import EXPCLIP_OT_find_aims, EXPCLIP_OT_key_motion
from .open_log import EXPCLIP_OT_open_log
from .poses import EXPCLIP_OT_describe_pose, EXPCLIP_OT_remove_pose, EXPCLIP_OT_take_pose
from .preview import EXPCLIP_OT_preview
from .prompts import (
    EXPCLIP_OT_add_timed_prompt,
    EXPCLIP_OT_favourite_prompt,
    EXPCLIP_OT_remove_timed_prompt,
    EXPCLIP_OT_use_prompt,
)
from .redo import EXPCLIP_OT_redo, EXPCLIP_OT_reset_edits
from .remedy import EXPCLIP_OT_remedy
from .runtime import (
    EXPCLIP_OT_free_memory,
    EXPCLIP_OT_install_runtime,
    EXPCLIP_OT_remove_runtime,
    EXPCLIP_OT_use_python,
)
from .takes import (
    EXPCLIP_OT_compare_takes,
    EXPCLIP_OT_delete_take,
    EXPCLIP_OT_duplicate_take,
    EXPCLIP_OT_load_take_settings,
    EXPCLIP_OT_push_down_take,
)
from .test_worker import EXPCLIP_OT_test_worker

CLASSES = (
    EXPCLIP_OT_generate,
    EXPCLIP_OT_cancel,
    EXPCLIP_OT_use_strip,
    EXPCLIP_OT_drop_clip,
    EXPCLIP_FH_clip,
    EXPCLIP_OT_add_line,
    EXPCLIP_OT_add_strip_lines,
    EXPCLIP_OT_remove_line,
    EXPCLIP_OT_move_line,
    EXPCLIP_OT_import_lines,
    EXPCLIP_OT_export_lines,
    EXPCLIP_OT_generate_lines,
    EXPCLIP_OT_add_demo_face,
    EXPCLIP_OT_test_worker,
    EXPCLIP_OT_preview,
    EXPCLIP_OT_make_editable,
    EXPCLIP_OT_edit_mapping,
    EXPCLIP_OT_add_target,
    EXPCLIP_OT_remove_target,
    EXPCLIP_OT_reset_mapping,
    EXPCLIP_OT_save_mapping,
    EXPCLIP_OT_load_mapping,
    EXPCLIP_OT_save_mapping_preset,
    EXPCLIP_OT_use_mapping_preset,
    EXPCLIP_OT_delete_mapping_preset,
    EXPCLIP_OT_remedy,
    EXPCLIP_OT_use_prompt,
    EXPCLIP_OT_favourite_prompt,
    EXPCLIP_OT_add_timed_prompt,
    EXPCLIP_OT_remove_timed_prompt,
    EXPCLIP_OT_take_pose,
    EXPCLIP_OT_remove_pose,
    EXPCLIP_OT_describe_pose,
    EXPCLIP_OT_compare_takes,
    EXPCLIP_OT_duplicate_take,
    EXPCLIP_OT_delete_take,
    EXPCLIP_OT_push_down_take,
    EXPCLIP_OT_load_take_settings,
    EXPCLIP_OT_import_capture,
    EXPCLIP_OT_export_take,
    EXPCLIP_OT_find_aims,
    EXPCLIP_OT_key_motion,
    EXPCLIP_OT_redo,
    EXPCLIP_OT_reset_edits,
    EXPCLIP_OT_add_mix_shape,
    EXPCLIP_OT_remove_mix_shape,
    EXPCLIP_OT_reset_mix,
    EXPCLIP_OT_open_log,
    EXPCLIP_OT_install_runtime,
    EXPCLIP_OT_remove_runtime,
    EXPCLIP_OT_use_python,
    EXPCLIP_OT_free_memory,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
