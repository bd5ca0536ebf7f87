# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/scripting.md says what is so, and every operator is fit for scripts, search and shortcuts."""

from __future__ import annotations

import re
from pathlib import Path

import bpy
import pytest

from expclip_core.channels import NAMES
from tests.blender.stage import MODULE, extension, make_mesh, message, write_clip
from tools import scripting_page

PAGE = Path(__file__).parents[2] / "docs" / "scripting.md"


def operators() -> list[type[bpy.types.Operator]]:
    found = [
        cls for cls in bpy.types.Operator.__subclasses__() if cls.__module__.startswith(MODULE) and cls.is_registered
    ]
    assert len(found) > 10
    return found


def rna(operator: type[bpy.types.Operator]) -> bpy.types.Struct:
    return getattr(bpy.ops.expclip, operator.bl_idname.partition(".")[2]).get_rna_type()


def test_the_page_names_all_that_is_registered() -> None:
    assert PAGE.read_text().partition(scripting_page.MARK)[2] == scripting_page.reference(), (
        "run tools/scripting_page.py"
    )


def test_its_example_runs(tmp_path: Path) -> None:
    make_mesh("Head", NAMES)
    write_clip(tmp_path / "line.wav")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(example, str(PAGE), "exec"), {})
    assert "in 52 curves on 1 mesh" in message()


def test_every_operator_explains_itself() -> None:
    for operator in operators():
        description = rna(operator).description
        assert len(description.split()) >= 3, operator.__name__
        assert not description.endswith("."), f"Blender adds the full stop to {operator.__name__}"
        assert operator.bl_label.istitle() or operator.bl_label[:1].isupper()


def test_every_setting_explains_itself() -> None:
    """What is saved; what runs now, and what only holds others together, is no setting."""
    groups = [
        cls
        for base in (bpy.types.PropertyGroup, bpy.types.AddonPreferences)
        for cls in base.__subclasses__()
        if cls.__module__.startswith(MODULE) and cls.is_registered
    ]
    assert len(groups) > 10
    silent = [
        f"{group.__name__}.{each.identifier}"
        for group in groups
        for each in group.bl_rna.properties
        if each.identifier not in {"rna_type", "name", "bl_idname"}
        and each.type not in {"POINTER", "COLLECTION"}
        and not (each.is_skip_save or each.is_hidden)
        and (not each.description or each.description.endswith("."))  # Blender adds the full stop
    ]
    assert silent == []


def test_every_property_explains_itself() -> None:
    for operator in operators():
        for name in operator.__annotations__ if "__annotations__" in vars(operator) else ():
            each = rna(operator).properties[name]
            if not each.is_hidden:
                assert each.name != name, f"{operator.__name__}.{name} has no name"
                assert each.description, f"{operator.__name__}.{name} has no description"


@pytest.mark.parametrize("state", ["nothing there", "a face", "a job runs"])
def test_a_disabled_button_says_why(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if state != "nothing there":
        bpy.context.scene.expclip.face = make_mesh("Head", NAMES)
    if state == "a job runs":
        monkeypatch.setattr(extension("session"), "job", object())
        monkeypatch.setattr(extension("session"), "stop", lambda: None)
        bpy.context.window_manager.expclip.begin()
    for operator in operators():
        call = getattr(bpy.ops.expclip, operator.bl_idname.partition(".")[2])
        if not call.poll():
            with pytest.raises(RuntimeError) as refused:
                call()
            assert "context is incorrect" not in str(refused.value), operator.bl_idname
            assert str(refused.value).strip().endswith("."), operator.bl_idname
    bpy.context.window_manager.expclip.end("")


def test_what_changes_the_scene_can_be_undone() -> None:
    harmless = {
        "expclip.cancel", "expclip.export_lines", "expclip.export_take", "expclip.favourite_prompt", "expclip.free_memory",
        "expclip.install_runtime", "expclip.open_log", "expclip.preview", "expclip.remove_runtime", "expclip.save_mapping",
        "expclip.save_mapping_preset", "expclip.delete_mapping_preset", "expclip.test_worker", "expclip.use_python",
    }  # fmt: skip
    for operator in operators():
        if operator.bl_idname not in harmless:
            assert "UNDO" in getattr(operator, "bl_options", ()), operator.bl_idname


def test_what_an_animator_may_look_for_is_in_a_menu() -> None:
    """F3 searches menus. What belongs to one row of a list, or needs to be told more, is reached from there only."""
    beside = {"expclip.cancel", "expclip.add_demo_face", "expclip.remedy", "expclip.use_python", "expclip.install_runtime",
              "expclip.remove_runtime", "expclip.add_mix_shape", "expclip.remove_mix_shape", "expclip.load_take_settings",
              "expclip.reset_mapping", "expclip.drop_clip", "expclip.add_line", "expclip.remove_line", "expclip.move_line",
              "expclip.use_prompt", "expclip.remove_timed_prompt", "expclip.remove_pose", "expclip.use_mapping_preset",
              "expclip.delete_mapping_preset", "expclip.add_target", "expclip.remove_target"}  # fmt: skip
    listed = {name for group in extension("panels.menus")._GROUPS for name in group}
    assert {each.bl_idname for each in operators()} - beside <= listed


def test_panels_below_the_first_start_closed() -> None:
    panels = [
        cls for cls in bpy.types.Panel.__subclasses__() if cls.__module__.startswith(MODULE) and cls.is_registered
    ]
    assert len(panels) > 2
    for panel in panels:
        assert not getattr(panel, "bl_parent_id", "") or "DEFAULT_CLOSED" in panel.bl_options, panel.__name__
