# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip in real Blender's window with the trained models: the demo clip is generated once on the demo face."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_clip_and_a_prompt_move_the_face(version: str) -> None:
    from photograph_sidebar import photograph

    report = photograph(
        version, ROOT / "demo" / f"models-{version}", ROOT / "assets" / "demo-clip.flac", "sad, but trying to smile"
    )
    assert "error" not in report, report["error"]
    assert not report["failed"], report["message"]
    assert report["tracebacks"] == []
    assert (report["actions_made"], report["strips"]) == (1, 1)
    assert max(report["jaw"]) > 0.1 > 0.05 > min(report["jaw"])
