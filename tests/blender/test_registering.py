# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on comes and goes without leftovers; files and scenes keep what is theirs."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

from expclip_core.channels import NAMES
from tests.blender.stage import MODULE, extension, generate, make_mesh


def traces() -> dict[str, object]:
    """Everything of Blender's that an add-on can leave something in."""
    handlers = {
        name: [each for each in getattr(bpy.app.handlers, name) if MODULE in getattr(each, "__module__", "")]
        for name in dir(bpy.app.handlers)
        if isinstance(getattr(bpy.app.handlers, name), list)
    }
    groups = (
        bpy.types.Scene,
        bpy.types.Object,
        bpy.types.Key,
        bpy.types.WindowManager,
        bpy.types.Action,
        bpy.types.Mesh,
        bpy.types.TimelineMarker,
    )
    keymaps = bpy.context.window_manager.keyconfigs.addon
    return {
        "handlers": {name: found for name, found in handlers.items() if found},
        "classes": sorted(name for name in dir(bpy.types) if name.startswith("EXPCLIP_")),
        "operators": dir(bpy.ops.expclip),
        "properties": sorted(f"{group.__name__}.{name}" for group in groups for name in dir(group) if "expclip" in name),
        "keymaps": [item.idname for each in (keymaps.keymaps if keymaps else ()) for item in each.keymap_items
                    if item.idname.startswith("expclip.")],
        "menus": [
            (name, function.__name__)
            for name in dir(bpy.types)
            for function in getattr(getattr(getattr(bpy.types, name), "draw", None), "_draw_funcs", ())
            if MODULE in function.__module__
        ],
    }  # fmt: skip


def our_timers() -> list[str]:
    modules = [module for name, module in sys.modules.items() if name.startswith(MODULE)]
    functions = {each for module in modules for each in vars(module).values() if callable(each)}
    return [each.__name__ for each in functions if _is_timer(each)]


def _is_timer(function) -> bool:
    return getattr(function, "__module__", "").startswith(MODULE) and bpy.app.timers.is_registered(function)


def disable() -> None:
    import addon_utils

    addon_utils.disable(MODULE, default_set=True)


def enable() -> None:
    import addon_utils

    addon_utils.enable(MODULE, default_set=True)


def test_disabling_leaves_nothing() -> None:
    with_it = traces()
    assert all(with_it[each] for each in ("handlers", "classes", "operators", "properties", "menus"))
    assert our_timers() == ["_free_memory_when_idle"]
    extension("session").worker()
    disable()
    assert {name: found for name, found in traces().items() if found} == {}
    assert our_timers() == []
    enable()
    assert traces() == with_it


def test_enabling_twice_is_enabling_once() -> None:
    once, timers = traces(), our_timers()
    for _ in range(2):
        disable()
        enable()
    assert traces() == once
    assert sorted(our_timers()) == sorted(timers)


def test_reloading_the_scripts_works(clip: Path) -> None:
    before = traces()
    disable()
    for name in [name for name in sys.modules if name.startswith(MODULE)]:
        del sys.modules[name]
    enable()
    assert {name: len(found) for name, found in traces().items()} == {
        name: len(found) for name, found in before.items()
    }
    assert generate(clip, "smile", make_mesh("Head", NAMES)) == {"FINISHED"}


def test_a_file_keeps_its_settings_and_takes(clip: Path, tmp_path: Path) -> None:
    head = make_mesh("Head", NAMES)
    generate(clip, "smile", head, intensity=1.5, seed=3)
    curves = len(bpy.data.actions)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.read_homefile(use_empty=True)
    assert bpy.context.scene.expclip.prompt == ""
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    settings = bpy.context.scene.expclip
    assert (settings.prompt, settings.intensity, settings.seed, settings.face.name) == ("smile", 1.5, 3, "Head")
    assert not bpy.context.window_manager.expclip.running
    assert len(bpy.data.actions) == curves
    assert bpy.ops.expclip.generate() == {"FINISHED"}


def test_a_file_saved_with_the_add_on_opens_without_it(clip: Path, tmp_path: Path) -> None:
    generate(clip, "smile", make_mesh("Head", NAMES))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    disable()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.context.scene.frame_set(13)
    assert bpy.data.objects["Head"].data.shape_keys.key_blocks["jawOpen"].value > 0.5
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    enable()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert bpy.context.scene.expclip.prompt == "smile"


def test_two_scenes_do_not_meet(clip: Path) -> None:
    first = bpy.context.scene
    head = make_mesh("Head", NAMES)
    generate(clip, "smile", head)
    second = bpy.data.scenes.new("Second")
    assert second.expclip.prompt == ""
    bpy.context.window.scene = second
    other = bpy.data.objects.new("Other", head.data.copy())
    other.data.shape_keys.animation_data_clear()
    second.collection.objects.link(other)
    second.render.fps, second.expclip.clip, second.expclip.face = 50, str(clip), other
    with bpy.context.temp_override(scene=second, view_layer=second.view_layers[0]):
        assert bpy.ops.expclip.generate() == {"FINISHED"}
    assert (first.frame_start, first.frame_end) == (1, 49)
    assert (second.frame_start, second.frame_end) == (1, 101)
    assert first.expclip.prompt == "smile"
    assert other.data.shape_keys.animation_data.action != head.data.shape_keys.animation_data.action
