# SPDX-License-Identifier: GPL-3.0-or-later
"""Coffee orders by more than 50 voices, which are not told apart.

Nobody wrote down their words, but what was ordered is known: a grammar of orders finds the words, and clips in which it
doesn't find exactly what was ordered are left out.
"""

from __future__ import annotations

import json
import re
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np

from expclip_core.audio import read_clip

from .alignment import Alignment, align, decode, decoder, learn, pcm
from .manifest import Utterance

# How people order, around the phrases that say what. Square brackets: perhaps.
_RULES = """
<greeting> = hey | hi | hello | yes | okay | um | uh;
<ask> = (can | could | may | might | will | would) (i | we | you) | i'd | i'll | i | i would | i will | i want | we'd
      | let me | let's;
<verb> = get | have | make | order | like | want | need | take | give | do | bring | love | grab | buy | try | prepare
       | fix | brew | like to (have | order | get) | want to (have | order | get) | need to (order | get);
<open> = [<greeting>] [<ask>] [please] [<verb>] [me | us | my] [please];
<join> = [cup of | of espresso | roast | shots]
         [with | and | and with | in | of | for | on | plus | add | and add | make it | make that | put | as]
         [a | an | the | some | it | one];
<close> = [of espresso | roast | coffee] [in it | to it | on it | in that | to that | for me] [please]
          [thanks | thank you];
"""
_CARRIER = sorted(set(re.findall(r"(?<!<)\b[a-z']+\b(?!>)", _RULES)))
_WORST = 10  # per cent left out by score


def coffee(speech: Path, pool: Pool) -> list[Utterance]:
    labels = json.loads((speech / "coffee_labels.json").read_text(encoding="utf-8"))
    jobs = [(path, list(labels[f"{path.stem}.wav"]["slots"].values())) for path in _clips(speech, labels)]
    found = pool.starmap(_hear, jobs, chunksize=8)
    good = [(path, *heard) for (path, _), heard in zip(jobs, found, strict=True) if heard]
    threshold = np.percentile([alignment.score for _, _, alignment in good], _WORST)
    return [
        Utterance(
            id=f"coffee/{path.stem}", audio=str(path), source="coffee", speaker="coffee",
            language="en", split="train", duration=alignment.segments[-1].end, text=text, segments=alignment.segments,
        )
        for path, text, alignment in good
        if alignment.score >= threshold and alignment.plausible
    ]  # fmt: skip


def _clips(speech: Path, labels: dict) -> list[Path]:
    return [path for path in sorted((speech / "coffee").glob("*.ogg")) if f"{path.stem}.wav" in labels]


def _hear(path: Path, ordered: list[str]) -> tuple[str, Alignment] | None:
    clip, phrases = read_clip(path), [phrase.strip() for phrase in ordered]
    hearer = decoder("hear")
    learn(hearer, [word for phrase in phrases for word in phrase.split()] + _CARRIER)
    hearer.add_jsgf_string("order", _grammar(phrases))
    hearer.activate_search("order")
    text = decode(hearer, pcm(clip))
    if not text or not all(f" {phrase} " in f" {text} " for phrase in phrases):
        return None
    alignment = align(clip, text)
    return (text, alignment) if alignment else None


def _grammar(phrases: list[str]) -> str:
    """The ordered phrases, as many as there are, in any order, with what people say around them."""
    wanted = " | ".join(f"({phrase})" for phrase in phrases)
    turns = " ".join("<join> <wanted>" for _ in phrases)
    return f"#JSGF V1.0; grammar order; {_RULES} <wanted> = {wanted}; public <order> = <open> {turns} <close>;"
