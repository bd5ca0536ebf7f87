# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way with the trained models, in the worker's own Python: EXPCLIP_PYTHON, else the checkout's .venv."""

from __future__ import annotations

import math
import os
import struct
from pathlib import Path

import pytest

from expclip_core.channels import NAMES
from tests.blender.stage import curves_of, extension, generate, make_mesh, message, snapshot

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("EXPCLIP_PYTHON") or ROOT / ".venv" / "bin" / "python")
WEIGHTS = [ROOT / "weights" / f"{name}.safetensors" for name in ("speech", "expclip", "generator")]

pytestmark = [
    pytest.mark.skipif(not PYTHON.exists(), reason=f"there is no Python for the models at {PYTHON}"),
    pytest.mark.skipif(not all(path.exists() for path in WEIGHTS), reason="the models are not trained yet"),
]


@pytest.fixture(autouse=True)
def real_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPCLIP_PYTHON", str(PYTHON))


def write_float_clip(path: Path, samples: list[float], rate: int = 16000) -> Path:
    data = struct.pack(f"<{len(samples)}f", *samples)
    form = struct.pack("<HHIIHH", 3, 1, rate, rate * 4, 4, 32)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    return path


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """Two seconds that sound like a voice from afar: a buzz that swells four times."""
    buzz = [
        0.4 * math.sin(math.pi * 2 * second) ** 2 * sum(math.sin(k * 754 * second) / k for k in range(1, 12))
        for second in (index / 16000 for index in range(32000))
    ]
    return write_float_clip(tmp_path / "voice.wav", buzz)


def test_the_prompt_changes_the_face(speech: Path) -> None:
    head = make_mesh("Head", NAMES)
    means = {}
    for prompt in ("furious", "overjoyed"):
        assert generate(speech, prompt, head) == {"FINISHED"}
        curves = curves_of(head.data.shape_keys)
        means[prompt] = {
            name: sum(curves[name].evaluate(frame) for frame in range(1, 49)) / 48
            for name in ("browDownLeft", "browDownRight", "mouthSmileLeft", "mouthSmileRight")
        }
    assert means["furious"]["browDownLeft"] > means["overjoyed"]["browDownLeft"] + 0.1
    assert means["overjoyed"]["mouthSmileLeft"] > means["furious"]["mouthSmileLeft"] + 0.1


def test_the_same_seed_gives_the_same_take(speech: Path) -> None:
    head = make_mesh("Head", NAMES)
    takes = []
    for _ in range(2):
        generate(speech, "shy", head, seed=4)
        curve = curves_of(head.data.shape_keys)["eyeBlinkLeft"]
        takes.append([round(curve.evaluate(frame), 6) for frame in range(1, 49)])
    assert takes[0] == takes[1]


def test_silence_is_legal(tmp_path: Path) -> None:
    assert generate(write_float_clip(tmp_path / "still.wav", [0.0] * 32000), "", make_mesh("Head", NAMES)) == {
        "FINISHED"
    }
    assert "52 curves" in message()


def test_a_clip_that_cannot_be_used_changes_nothing(tmp_path: Path) -> None:
    text = tmp_path / "text.mp3"
    text.write_text("not a sound")
    empty = write_float_clip(tmp_path / "none.wav", [])
    broken = write_float_clip(tmp_path / "nan.wav", [math.nan] * 16000)
    head = make_mesh("Head", NAMES)
    before = snapshot()
    for clip in (empty, broken, text):
        with pytest.raises(RuntimeError) as caught:
            generate(clip, "", head)
        sentence = str(caught.value).removeprefix("Error: ").strip()
        assert clip.name in sentence
        assert sentence.endswith(".")
        assert "failed" not in sentence
        assert snapshot() == before


def test_a_new_prompt_does_not_hear_a_loaded_clip_again(speech: Path) -> None:
    extension("session").stop()
    worker = extension("session").worker()
    first, second = (
        worker.request("animate", clip=str(speech), prompt=prompt, fps=24.0).result()["seconds"]
        for prompt in ("bored", "thrilled")
    )
    assert second["speech"] < first["speech"] / 20
