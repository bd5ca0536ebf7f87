# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window: does what an animator does, step by step, and photographs it.

blender --python drive.py -- FOLDER CLIP PROMPT
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from clocks import module
from hands import add_face, arguments, in_view, open_sidebar, photograph, place_clip, play, press, redraw

folder, clip, prompt = arguments()
report: dict = {"blender": bpy.app.version_string}


def actions() -> int:
    return len(bpy.data.actions)


def steps() -> Iterator[float]:
    """One step of the story at a time; yields the seconds until the next."""
    scene = bpy.context.scene
    progress = bpy.context.window_manager.expclip
    for each in list(bpy.data.objects):
        bpy.data.objects.remove(each)
    yield 0.5
    python = os.environ.pop("EXPCLIP_PYTHON")
    yield from open_sidebar()
    yield 1.0
    photograph(folder / "0-first-day.png")
    bpy.ops.expclip.use_python("EXEC_DEFAULT", filepath=python)  # as the file browser does
    report["waited_for_the_python"] = not progress.running
    while progress.running:
        yield 0.1
    settings = bpy.context.preferences.addons["bl_ext.user_default.expclip"].preferences
    report["python"], settings.python = settings.python, ""
    os.environ["EXPCLIP_PYTHON"] = python
    view_settings = bpy.context.preferences.view
    view_settings.language = "de_DE"
    report["german"] = [
        bpy.app.translations.pgettext_iface("Generate", "Operator"),
        bpy.app.translations.pgettext_tip("Stop; the scene stays as it is"),
        bpy.app.translations.pgettext_iface("Face", "ExpCLIP"),  # a mesh's faces have another word
    ]
    redraw()
    yield 1.0
    photograph(folder / "0-german.png")
    view_settings.language = "en_US"
    redraw()
    yield 1.0
    photograph(folder / "1-nothing-yet.png")
    with in_view():
        bpy.ops.ed.undo_push(message="Start")
    report["face"] = add_face().name
    redraw()
    yield 1.0
    photograph(folder / "2-no-clip.png")
    scene.expclip.clip = place_clip(folder, clip, "steady")
    scene.expclip.prompt = prompt or "sad, but trying to smile"
    redraw()
    yield 1.0
    photograph(folder / "3-ready.png")
    yield from previewed_and_undone()
    scene = bpy.context.scene  # undo has made another one of it
    yield from cancelled_by_esc()
    before = actions()
    with in_view():
        bpy.ops.ed.undo_push(message="Ready")
        started = time.monotonic()
        report["invoked"] = list(bpy.ops.expclip.generate("INVOKE_DEFAULT", True))
        report["invoke_seconds"] = time.monotonic() - started
    photographed = False
    while progress.running:
        if progress.fraction > 0.4 and not photographed:
            yield 0.2
            photograph(folder / "4-running.png")
            photographed = True
        yield 0.02
    report["photographed_running"] = photographed
    report["seconds"] = time.monotonic() - started
    report["message"], report["failed"] = progress.message, progress.failed
    yield 0.5
    scene.frame_set((scene.frame_start + scene.frame_end) // 2)
    yield 1.0
    photograph(folder / "5-done.png")
    keys = scene.expclip.face.data.shape_keys
    report["actions_made"] = actions() - before
    report["range"] = [scene.frame_start, scene.frame_end]
    report["jaw"] = [round(jaw_at(keys, frame), 3) for frame in range(scene.frame_start, scene.frame_end + 1)]
    report["strips"] = strips()
    with in_view():
        bpy.ops.ed.undo()
    yield 0.5
    report["actions_after_one_undo"] = actions() - before
    bpy.context.scene.expclip.clip = str(folder / "gone.wav")
    with in_view():
        try:
            bpy.ops.expclip.generate("INVOKE_DEFAULT", True)
        except RuntimeError as error:
            report["missing_file"] = str(error)
    redraw()
    yield 1.0
    photograph(folder / "6-failed.png")
    bpy.ops.preferences.addon_show(module="bl_ext.user_default.expclip")
    yield 1.0
    photograph(folder / "7-preferences.png")


def cancelled_by_esc() -> Iterator[float]:
    before, progress = actions(), bpy.context.window_manager.expclip
    with in_view():
        bpy.ops.expclip.generate("INVOKE_DEFAULT", True)
    while progress.running and progress.fraction < 0.2:
        yield 0.05
    press("ESC")
    while progress.running:
        yield 0.05
    report["esc"] = {
        "message": progress.message,
        "actions_made": actions() - before,
        "strips": strips(),
    }


def strips() -> int:
    editor = bpy.context.scene.sequence_editor
    return len(editor.strips if hasattr(editor, "strips") else editor.sequences) if editor else 0


def previewed_and_undone() -> Iterator[float]:
    """What undo and redo bring back was kept while a prompt was previewed; the face must be what it was all the same."""
    wanted = bpy.context.scene.expclip.prompt
    shape("browInnerUp").value = 0.3
    yield from pushed("Posed")
    rest = pose()
    with in_view():
        bpy.ops.expclip.preview()
    faces = []
    for text in ("smile", "smile, less"):
        bpy.context.scene.expclip.prompt = text
        bpy.context.scene.expclip.intensity = 1.0 if text == "smile" else 0.5
        yield from answered()
        yield from pushed(text)
        faces.append(pose())
    report["previews"] = [face["mouthSmileLeft"] for face in faces]
    with in_view():
        bpy.ops.ed.undo()
    yield from answered()
    report["preview_follows_undo"] = pose() == faces[0]
    with in_view():
        bpy.ops.ed.redo()
    yield from answered()
    with in_view():
        bpy.ops.expclip.preview()
    report["face_after_preview"] = [pose() == rest]
    for travel in (bpy.ops.ed.undo, bpy.ops.ed.redo, bpy.ops.ed.undo, bpy.ops.ed.undo):
        with in_view():
            travel()
        yield 0.5
        report["face_after_preview"].append(pose() == rest)
    shape("browInnerUp").value = 0.0
    bpy.context.scene.expclip.prompt, bpy.context.scene.expclip.intensity = wanted, 1.0


def answered() -> Iterator[float]:
    """Until the face shows what was asked for."""
    yield 0.2
    while bpy.app.timers.is_registered(module("preview")._look):
        yield 0.05


def pushed(name: str) -> Iterator[float]:
    with in_view():
        bpy.ops.ed.undo_push(message=name)
    yield 0.2


def shape(name: str) -> bpy.types.ShapeKey:
    return bpy.context.scene.expclip.face.data.shape_keys.key_blocks[name]


def pose() -> dict[str, float]:
    return {block.name: round(block.value, 4) for block in shape("jawOpen").id_data.key_blocks}


def jaw_at(keys: bpy.types.Key, frame: int) -> float:
    bpy.context.scene.frame_set(frame)
    return keys.key_blocks["jawOpen"].value


play(steps(), report, folder)
