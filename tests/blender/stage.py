# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests put on Blender's stage, and how they look at it."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path

import bpy

from tools.blender_module import MODULE, extension

__all__ = ["MODULE", "curves_of", "extension", "generate", "make_mesh", "message", "snapshot", "write_clip"]


def write_clip(path: Path, seconds: float = 2.0, rate: int = 16000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", [0, 3000, 0, -3000] * int(seconds * rate / 4)).tobytes())
    return path


def make_mesh(name: str, keys: tuple[str, ...], parent=None):
    """A small mesh with a shape key a name, each of which moves a vertex."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    made = bpy.data.objects.new(name, mesh)
    made.parent = parent
    bpy.context.scene.collection.objects.link(made)
    for key in ("Basis", *keys) if keys else ():
        block = made.shape_key_add(name=key, from_mix=False)
        block.data[0].co.z += 0.0 if key == "Basis" else 1.0
        block.value = 0.0  # Blender 5.0 adds shape keys at 1
    return made


def snapshot() -> dict:
    """What a failed Generate must leave as it was."""
    counts = {
        name: len(getattr(bpy.data, name))
        for name in dir(bpy.data)
        if isinstance(getattr(bpy.data, name), bpy.types.bpy_prop_collection)
    }
    animation = {
        keys.name: (keys.animation_data and keys.animation_data.action, [block.value for block in keys.key_blocks])
        for keys in bpy.data.shape_keys
    }
    scene = bpy.context.scene
    return (
        counts
        | animation
        | {
            "range": (scene.frame_start, scene.frame_end, scene.frame_current, scene.sync_mode),
            "strips": len(scene.sequence_editor.strips_all if hasattr(scene.sequence_editor, "strips_all") else ()),
        }
    )


def curves_of(shape_keys) -> dict:
    """Shape key name → its F-curve, as assigned, on Blender with or without slots."""
    animation = shape_keys.animation_data
    if hasattr(animation, "action_slot"):
        strip = animation.action.layers[0].strips[0]
        fcurves = strip.channelbag(animation.action_slot).fcurves
    else:
        fcurves = animation.action.fcurves
    return {curve.data_path.split('"')[1]: curve for curve in fcurves}


def generate(clip: Path | str, prompt: str = "", face=None, density: str = "DENSE", **settings) -> set[str]:
    """Press Generate, with a key a frame unless said otherwise. Raises RuntimeError with the error an animator would see."""
    scene = bpy.context.scene.expclip
    scene.keying.density = density
    scene.clip, scene.prompt, scene.face = str(clip), prompt, face
    for name, value in settings.items():
        setattr(scene, name, value)
    return bpy.ops.expclip.generate()


def message() -> str:
    return bpy.context.window_manager.expclip.message
