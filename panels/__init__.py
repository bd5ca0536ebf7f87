# SPDX-License-Identifier: GPL-3.0-or-later
"""One file per panel; they draw and decide nothing."""

import bpy

from .generate import EXPCLIP_PT_generate
from .mapping import EXPCLIP_PT_mapping, EXPCLIP_UL_shapes
from .placement import EXPCLIP_PT_placement

CLASSES = (EXPCLIP_UL_shapes, EXPCLIP_PT_generate, EXPCLIP_PT_placement, EXPCLIP_PT_mapping)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
