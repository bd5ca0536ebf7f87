# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window: every panel in every state, narrow and wide, in the dark and the light theme.

blender --python portraits.py -- FOLDER CLIP PROMPT
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    add_face,
    arguments,
    clear_stage,
    in_view,
    photograph,
    place_clip,
    play,
    press,
    redraw,
    sidebar,
    widen_sidebar,
    write_clip,
)

WIDTHS = {"narrow": 270, "wide": 420}
THEMES = {"dark": "Blender_Dark", "light": "Blender_Light"}
_LONG = 1800.0  # seconds of a clip that takes the models long enough to be photographed
MODULE = "bl_ext.user_default.expclip"

_numbers = count(1)
_newest: dict[str, str] = {}  # a panel's name → the name under which it was registered last

folder, clip, prompt = arguments()
report: dict = {"blender": bpy.app.version_string, "states": []}


def portraits(state: str) -> Iterator[float]:
    """The state at all widths, in all themes."""
    report["states"].append(state)
    for width, pixels in WIDTHS.items():
        yield from widen_sidebar(pixels)
        for theme in THEMES:
            yield from dress(theme)
            bar = sidebar()
            photograph(folder / f"{state}-{width}-{theme}.png", (bar.x, bar.y, bar.width, bar.height))


def preferences_portraits(state: str) -> Iterator[float]:
    """The preferences' window in all themes."""
    report["states"].append(state)
    for theme in THEMES:
        yield from dress(theme)
        shown = bpy.context.window_manager.windows[-1]
        photograph(folder / f"{state}-{theme}.png", (shown.x, shown.y, shown.width, shown.height))


def dress(theme: str) -> Iterator[float]:
    preset = bpy.utils.preset_find(THEMES[theme], "interface_theme", ext=".xml")
    bpy.ops.script.execute_preset(filepath=preset, menu_idname="USERPREF_MT_interface_theme_presets")
    redraw()
    yield 0.6


def panels() -> list[type[bpy.types.Panel]]:
    """Our panels, parents before their children."""
    classes = sys.modules[f"{MODULE}.panels"].CLASSES
    return [cls for cls in classes if issubclass(cls, bpy.types.Panel)]


@contextmanager
def opened(name: str) -> Iterator[None]:
    """A panel and those around it as clicks on their headers show them; Blender offers no way to open one from Python."""
    parents = {cls.__name__: getattr(cls, "bl_parent_id", "") for cls in panels()}
    open_ones = {name}
    while parent := parents[name]:
        open_ones.add(name := parent)
    twins = [_twin(cls, cls.__name__ in open_ones, parents[cls.__name__]) for cls in panels()]
    _replace(panels(), twins)
    yield
    _replace(twins, panels())


def _twin(cls: type[bpy.types.Panel], is_open: bool, parent: str) -> type[bpy.types.Panel]:
    """The panel again under another name, as Blender remembers by the name which ones are closed."""
    names = {"bl_idname": f"{cls.__name__}_{next(_numbers)}"} | ({"bl_parent_id": _newest[parent]} if parent else {})
    options = set() if is_open else set(getattr(cls, "bl_options", ()))
    _newest[cls.__name__] = names["bl_idname"]
    return type(names["bl_idname"], (cls,), names | {"bl_options": options})


def _replace(old: list[type[bpy.types.Panel]], new: list[type[bpy.types.Panel]]) -> None:
    for cls in reversed(old):
        bpy.utils.unregister_class(cls)
    for cls in new:
        bpy.utils.register_class(cls)


def all_panels_opened(state: str) -> Iterator[float]:
    for name in [cls.__name__ for cls in panels()[1:]]:
        with opened(name):
            yield 0.3
            yield from portraits(f"{state}-{name.removeprefix('EXPCLIP_PT_').replace('_', '-')}")


def steps() -> Iterator[float]:
    scene = bpy.context.scene
    python = os.environ.pop("EXPCLIP_PYTHON")
    yield from clear_stage()
    yield from portraits("01-offline")
    bpy.context.preferences.system.use_online_access = True
    yield from portraits("02-no-runtime")
    bpy.ops.preferences.addon_show(module=MODULE)
    yield 1.0
    yield from preferences_portraits("03-preferences-no-runtime")
    bpy.context.preferences.system.use_online_access = False
    os.environ["EXPCLIP_PYTHON"] = python
    yield from preferences_portraits("04-preferences")
    bpy.context.preferences.addons[MODULE].preferences.python = python
    yield from test_the_worker()
    yield from preferences_portraits("05-preferences-tested")
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[-1]):
        bpy.ops.wm.window_close()
    bpy.context.window_manager.expclip.end("")
    yield 0.5
    yield from portraits("10-no-face")
    face = add_face()
    yield from portraits("11-no-clip")
    scene.expclip.clip = speech = place_clip(folder, clip, "line")
    scene.expclip.prompt = prompt
    yield from portraits("12-ready")
    with opened("EXPCLIP_PT_takes"):
        yield from portraits("13-no-takes")
    scene.expclip.clip = f"//{write_clip(folder / 'long-line.wav', _LONG).name}"
    yield from generate()
    yield from portraits("14-running")
    with in_view():
        bpy.ops.expclip.cancel()
    yield from until_done()
    yield from portraits("15-cancelled")
    scene.expclip.clip = speech
    yield from generate()
    yield from until_done()
    yield from portraits("16-done")
    fill_the_panels(face)
    yield from all_panels_opened("17-done")
    with in_view():
        bpy.ops.expclip.preview()
    yield from portraits("17-previewing")
    with in_view():
        bpy.ops.expclip.preview()
        bpy.ops.expclip.edit_mapping()
    with opened("EXPCLIP_PT_mapping"):
        yield from portraits("18-mapping-editor")
    face.expclip.active = face.expclip.shapes.find("jawOpen")
    with in_view():
        bpy.ops.expclip.add_target(key="mouthFunnel", gain=0.2)
        bpy.ops.expclip.add_target(key="mouthShrugLower", gain=-0.1)
    with opened("EXPCLIP_PT_mapping"):
        yield from portraits("18-mapping-several-keys")
    (folder / "notes.wav").write_text("not a sound")
    scene.expclip.clip = "//notes.wav"
    yield from generate()
    yield from until_done()
    press("ESC")  # the message that pops up at the mouse
    yield 0.5
    yield from portraits("19-failed")
    scene.expclip.clip = speech
    bpy.context.window_manager.expclip.end("")
    for name in ("mouthPucker", "tongueOut", "cheekPuff"):
        face.shape_key_remove(face.data.shape_keys.key_blocks[name])
    with in_view():
        bpy.ops.expclip.reset_mapping()
    yield from portraits("20-some-missing")
    face.data.shape_keys.key_blocks["jawOpen"].mute = True
    yield from portraits("21-muted")
    face.data.shape_keys.key_blocks["jawOpen"].mute = False
    face.shape_key_remove(face.data.shape_keys.key_blocks["mouthClose"])
    yield from portraits("22-unsealed")
    action = face.data.shape_keys.animation_data.action
    action.expclip.clip = "//moved.wav"
    with opened("EXPCLIP_PT_takes"):
        yield from portraits("23-clip-moved")
    action.expclip.clip = speech
    yield from linked()
    bpy.context.preferences.view.language = "de_DE"
    yield from portraits("30-german")
    with opened("EXPCLIP_PT_mix"):
        yield from portraits("31-german-mix")


def linked() -> Iterator[float]:
    """The character as it comes from a library, and once it was made editable."""
    scene, own = bpy.context.scene, bpy.context.scene.expclip.face
    library = str(folder / "library.blend")
    bpy.data.libraries.write(library, {own})
    with bpy.data.libraries.load(library, link=True) as (_, here):
        here.objects = [own.name]
    (stranger,) = here.objects
    scene.collection.objects.link(stranger)
    scene.expclip.face = stranger
    yield from portraits("24-linked")
    with in_view():
        bpy.ops.expclip.make_editable()
    yield from portraits("25-made-editable")
    overridden, scene.expclip.face = scene.expclip.face, own
    for each in (overridden, stranger):
        bpy.data.objects.remove(each)


def fill_the_panels(face: bpy.types.Object) -> None:
    """What an animator has in the panels after an hour: a dialogue, prompts over time, a pose."""
    scene = bpy.context.scene
    for frame, feeling in ((20, "hopeful"), (60, "holding back tears")):
        scene.frame_set(frame)
        scene.expclip.prompt = feeling
        with in_view():
            bpy.ops.expclip.add_timed_prompt()
    scene.expclip.prompt = prompt
    with in_view():
        bpy.ops.expclip.take_pose(name="Half a smile")
    for start, feeling in ((1, "sad, but trying to smile"), (120, "furious, barely holding back")):
        line = scene.expclip_lines.add()
        line.clip, line.prompt, line.first_frame, line.face = scene.expclip.clip, feeling, start, face


def test_the_worker() -> Iterator[float]:
    with in_view():
        bpy.ops.expclip.test_worker("INVOKE_DEFAULT")
    yield from until_done()


def generate() -> Iterator[float]:
    with in_view():
        bpy.ops.expclip.generate("INVOKE_DEFAULT", True)
    yield 2.0


def until_done() -> Iterator[float]:
    while bpy.context.window_manager.expclip.running:
        yield 0.2
    yield 0.5


play(steps(), report, folder)
