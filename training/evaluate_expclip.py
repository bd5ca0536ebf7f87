# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m training.evaluate_expclip: ExpCLIP on held-out rows of TEAD and on prompts with checkable claims.

Two simple methods stand beside it, both on the sentence encoder as it is published: "nearest label" takes the expression
of the lexicon whose name and words are nearest to the prompt, "nearest row" the pose of the nearest training row.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from expclip_core import arkit
from expclip_core.expression import FILE_NAME, Towers, plausible
from expclip_core.text import SentenceEncoder
from training.tead import action_units, lexicon
from training.tead import corpus as tead
from training.tead.corpus import Corpus, WordStore

PROMPTS = {
    name: Path(__file__).parent / "tead" / f"{name}_prompts.tsv"
    for name in ("development", "notes", "test", "opposites")
}
_MOST_ROWS = 250  # of each split, while training
_GALLERY = 500  # expressions among which a retrieval looks
_ALIKE = 0.02  # poses this near (weights, root mean square) are one expression
_PLAIN = ("word", "direction")  # sources whose texts say one word of the lexicon and nothing else
_OUTRIGHT = ("instruction", "side")  # kinds of prompts that name a movement or a side of the face
_UNIT_SHOWN = 0.2  # an Action Unit of at least this strength counts as shown
_ONE_SIDED, _SIDE_SHOWN = 0.3, 0.15  # left and right differ by this much in the true pose, and at least in the guess
_AT_REST = 3.0  # millimetres; a pose of less counts as rest

Predict = Callable[[list[str]], np.ndarray]


@dataclass(frozen=True)
class Claim:
    """A sum of weights above or below a number, or above another weight by a number."""

    left: tuple[str, ...]
    sign: str
    right: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Claim:
        left, sign, right = re.fullmatch(r"(.+?)([<>])(.+)", text.replace(" ", "")).groups()
        return cls(_terms(left), sign, _terms(right))

    def holds(self, pose: np.ndarray) -> bool:
        left, right = _sum(self.left, pose), _sum(self.right, pose)
        return left > right if self.sign == ">" else left < right


@dataclass(frozen=True)
class Prompt:
    kind: str
    text: str
    claims: tuple[Claim, ...]


def prompts(path: Path = PROMPTS["development"]) -> tuple[Prompt, ...]:
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return tuple(Prompt(kind, text, tuple(map(Claim.parse, claims.split(";")))) for kind, text, claims in rows)


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    data = tead.read(arguments.corpus)
    towers, metadata = Towers.read(arguments.weights)
    own = towers.sizes.own_layers
    encoder = SentenceEncoder.load(arguments.text_encoder, without_last=own)
    store = WordStore(arguments.corpus.parent, encoder, own)
    baselines = _baselines(SentenceEncoder.load(arguments.text_encoder), data, arguments.corpus.parent)
    print(f"{arguments.weights}: {metadata.get('trained_on', 'unknown training')}")
    if not arguments.only_prompts:
        held_out = np.flatnonzero([split.endswith("-test") for split in data.splits])
        store.add([data.texts[row] for row in held_out])
        states = store.open()
        for name, rows in _splits(data).items():
            _report_split(name, rows, towers, data, store, states, baselines)
        _report_sides_and_rest(towers, data, store, states, held_out)

    def expclip(texts: list[str]) -> np.ndarray:
        with torch.inference_mode():
            return plausible(towers.decoder(towers.text(encoder.words(texts)))[0].numpy())

    print()
    for name, predict in {"ExpCLIP": expclip, **baselines}.items():
        outright: list[bool] = []
        for list_ in arguments.lists:
            verbose = arguments.verbose and name == "ExpCLIP" and list_ == "development"
            outright += _report_prompts(f"{name}, {list_} prompts", prompts(PROMPTS[list_]), predict, verbose)
        print(
            f"  outright instructions of these lists: all claims of {np.mean(outright):.3f} of {len(outright)} prompts"
        )
        print(f"  degrees in order {degree_order(predict):.3f}")


def _splits(data: Corpus) -> dict[str, np.ndarray]:
    """Rows by what is held out; a word or a family also where it is said alone, in no mixture, negation or restraint."""
    kinds = ("wording", "word", "family", "combination", "instruction", "situation", "event")
    found = {kind: np.flatnonzero(data.splits == f"{kind}-test") for kind in kinds}
    plain = np.isin(data.sources, _PLAIN)
    return found | {f"{kind} alone": found[kind][plain[found[kind]]] for kind in ("word", "family")}


def _report_split(
    name: str,
    rows: np.ndarray,
    towers: Towers,
    data: Corpus,
    store: WordStore,
    states: np.ndarray,
    baselines: dict[str, Predict],
) -> None:
    """Retrieval among the rows' own expressions and among 500 that all differ, and the decoded pose against the true one."""
    if not len(rows):
        return
    rows = np.random.default_rng(0).permutation(rows)[:_GALLERY]
    poses, told = decoded(towers, data, store, states, rows)
    true = data.poses[rows]
    gallery = different(true, data.poses[np.random.default_rng(1).permutation(len(data))])
    with torch.inference_mode():
        seen, hung = (towers.expression(torch.from_numpy(each)).numpy() for each in (true, gallery))
    same, among = alike(true, true), alike(true, gallery)
    precision, hit = unit_scores(poses, true)
    print(
        f"{name} {len(rows)} rows, {_distinct(same)} expressions: text to pose R@1 / R@5 {_written(recall(told @ seen.T, same))}, "
        f"among {len(gallery)} different poses {_written(recall(told @ hung.T, among))}, "
        f"pose to text {_written(recall(seen @ told.T, same))}; cosine {cosine(poses, true).mean():.3f}, "
        f"error {millimetres(poses, true):.2f} mm (rest {millimetres(0 * poses, true):.2f}), "
        f"Action Units precision {precision:.3f} recall {hit:.3f}"
    )
    for method, predict in baselines.items():
        guess = predict([data.texts[row] for row in rows])
        own, other = recall(-_distances(guess, true), same), recall(-_distances(guess, gallery), among)
        print(
            f"  {method}: text to pose {_written(own)}, among different {_written(other)}; cosine {cosine(guess, true).mean():.3f}"
        )


def different(poses: np.ndarray, more: np.ndarray) -> np.ndarray:
    """At most 500 poses of which none is like another: of `poses` first, then of `more`."""
    chosen = poses[:1]
    for pose in np.concatenate([poses[1:], more]):
        if len(chosen) < _GALLERY and not alike(pose[None], chosen).any():
            chosen = np.concatenate([chosen, pose[None]])
    return chosen


def _written(scores: tuple[float, float]) -> str:
    return " / ".join(f"{score:.3f}" for score in scores)


def _report_sides_and_rest(
    towers: Towers, data: Corpus, store: WordStore, states: np.ndarray, held_out: np.ndarray
) -> None:
    """Of held-out rows that say a side, how many show it; of those that refuse a feeling, how many rest."""
    poses, _ = decoded(towers, data, store, states, held_out)
    saying = np.flatnonzero([bool(re.search(r"\b(left|right)\b", data.texts[row].lower())) for row in held_out])
    sided = right_sides(poses[saying], data.poses[held_out[saying]])
    refusing = np.array([data.families[row].startswith("not ") for row in held_out])
    refusing &= ~data.poses[held_out].any(1)
    rest = np.linalg.norm(poses[refusing] * arkit.DISPLACEMENT_MM, axis=1) < _AT_REST
    print(
        f"held-out sides right {np.mean(sided):.3f} of {len(sided)}, held-out refusals at rest {rest.mean():.3f} of {len(rest)}"
    )


def right_sides(guess: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Bool, one for each one-sided true pose: its most one-sided shape is on the same side in the guess."""
    difference, guessed = true - true[:, arkit.MIRROR], guess - guess[:, arkit.MIRROR]
    most = difference.argmax(1)
    rows = np.flatnonzero(_one_sided(true))
    return guessed[rows, most[rows]] > _SIDE_SHOWN


def _one_sided(poses: np.ndarray) -> np.ndarray:
    """Bool, one for each pose."""
    return (poses - poses[:, arkit.MIRROR]).max(1) > _ONE_SIDED


def _distances(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Millimetres between poses, (ones, others)."""
    a, b = ones * arkit.DISPLACEMENT_MM, others * arkit.DISPLACEMENT_MM
    return np.sqrt(np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0))


def _report_prompts(name: str, asked: tuple[Prompt, ...], predict: Predict, verbose: bool) -> list[bool]:
    """The share of claims that hold, of prompts with every claim true, and of claims by kind.

    Returns of each prompt that names a movement or a side whether every claim of it holds.
    """
    poses = predict([prompt.text for prompt in asked])
    held: dict[str, list[bool]] = {}
    whole = []
    for prompt, pose in zip(asked, poses, strict=True):
        results = [claim.holds(pose) for claim in prompt.claims]
        held.setdefault(prompt.kind, []).extend(results)
        whole.append(all(results))
        if verbose and not all(results):
            failed = [claim for claim, result in zip(prompt.claims, results, strict=True) if not result]
            print(f"  {prompt.kind}: {prompt.text!r} fails {'; '.join(_said(claim, pose) for claim in failed)}")
    every = [result for results in held.values() for result in results]
    kinds = ", ".join(f"{kind} {np.mean(results):.2f}" for kind, results in held.items())
    print(
        f"{name}: {np.mean(every):.3f} of {len(every)} claims hold, all claims of {np.mean(whole):.3f} of {len(asked)} prompts"
    )
    print(f"  by kind: {kinds}")
    return [holds for prompt, holds in zip(asked, whole, strict=True) if prompt.kind in _OUTRIGHT]


def degree_order(predict: Predict) -> float:
    """Share of neighbouring pairs of "slightly x" < "x" < "extremely x" whose poses grow, over the lexicon's families."""
    words = [
        next(word for word in lexicon.words() if word.family == f and word.form == "is") for f in lexicon.expressions()
    ]
    words = [word for word in words if action_units.to_weights(word.feeling.units).max() > 0.3]
    patterns = ("slightly {}", "{}", "extremely {}")
    sizes = [
        np.linalg.norm(predict([p.format(word.text) for word in words]) * arkit.DISPLACEMENT_MM, axis=1)
        for p in patterns
    ]
    return float(np.mean([sizes[0] < sizes[1], sizes[1] < sizes[2]]))


def _baselines(encoder: SentenceEncoder, data: Corpus, folder: Path) -> dict[str, Predict]:
    rows = np.flatnonzero(data.splits == "train")
    store = WordStore(folder, encoder)
    store.add([data.texts[row] for row in rows])
    known = _pooled(data, store, store.open(), rows)
    names = {family: [w.text for w in lexicon.words() if w.family == family][:8] for family in lexicon.expressions()}
    labels = np.stack([encoder.encode([family.replace("_", " "), *texts]).mean(0) for family, texts in names.items()])
    labels /= np.linalg.norm(labels, axis=1, keepdims=True)
    faces = np.stack([action_units.to_weights(feeling.units) for feeling in lexicon.expressions().values()])
    return {
        "nearest label": lambda texts: faces[(encoder.encode(texts) @ labels.T).argmax(1)],
        "nearest row": lambda texts: data.poses[rows[(encoder.encode(texts) @ known.T).argmax(1)]],
    }


def _pooled(data: Corpus, store: WordStore, states: np.ndarray, rows: np.ndarray) -> np.ndarray:
    chunks = np.array_split(rows, max(1, len(rows) // 1024))
    return np.concatenate(
        [store.batch(states, [data.texts[row] for row in chunk]).pooled().numpy() for chunk in chunks]
    )


def development_scores(towers: Towers, data: Corpus, store: WordStore, states: np.ndarray) -> dict[str, float]:
    """Mean cosine of decoded and true pose for each kind of held-out row, 0..1, and of one-sided ones how many are on their side."""
    scores = {}
    every = np.flatnonzero([split.endswith("-development") for split in data.splits])
    one_sided = every[_one_sided(data.poses[every])]
    if len(one_sided):
        rows = np.random.default_rng(0).permutation(one_sided)[: 2 * _MOST_ROWS]
        poses, _ = decoded(towers, data, store, states, rows)
        scores["sides"] = float(right_sides(poses, data.poses[rows]).mean())
    for split in sorted(set(data.splits)):
        if split.endswith("-development"):
            rows = np.random.default_rng(0).permutation(np.flatnonzero(data.splits == split))[:_MOST_ROWS]
            poses, _ = decoded(towers, data, store, states, rows)
            scores[split.removesuffix("-development")] = float(cosine(poses, data.poses[rows]).mean())
    return scores


@torch.inference_mode()
def decoded(
    towers: Towers, data: Corpus, store: WordStore, states: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Poses (rows, 52) and embeddings (rows, 128) of rows' texts."""
    towers.eval()
    poses, embeddings = [], []
    for start in range(0, len(rows), 256):
        embedding = towers.text(store.batch(states, [data.texts[row] for row in rows[start : start + 256]]))
        poses.append(plausible(towers.decoder(embedding)[0].numpy()))
        embeddings.append(embedding.numpy())
    return np.concatenate(poses), np.concatenate(embeddings)


def cosine(guess: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Cosine of poses measured in millimetres. Two poses at rest agree; rest against a pose of over 1 mm does not."""
    a, b = guess * arkit.DISPLACEMENT_MM, true * arkit.DISPLACEMENT_MM
    long_a, long_b = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    value = (a * b).sum(1) / np.maximum(long_a * long_b, 1e-6)
    rest = long_b < 1.0
    return np.where(rest, np.clip(1 - long_a / 10, 0, 1), value)


def millimetres(guess: np.ndarray, true: np.ndarray) -> float:
    """Mean over rows of the length of the difference, each shape in millimetres of its largest displacement."""
    return float(np.linalg.norm((guess - true) * arkit.DISPLACEMENT_MM, axis=1).mean())


def recall(similarity: np.ndarray, alike: np.ndarray) -> tuple[float, float]:
    """R@1 and R@5 of queries (rows) among answers (columns); an answer with the query's expression is a hit."""
    order = np.argsort(-similarity, axis=1, kind="stable")
    hits = np.take_along_axis(alike, order, axis=1)
    return float(hits[:, 0].mean()), float(hits[:, :5].any(1).mean())


def unit_scores(guess: np.ndarray, true: np.ndarray) -> tuple[float, float]:
    """Precision and recall of the Action Units that are shown, read from both poses in the same way."""
    right = shown = wanted = 0
    for one, other in zip(guess, true, strict=True):
        found, asked = _shown(one), _shown(other)
        right, shown, wanted = right + len(found & asked), shown + len(found), wanted + len(asked)
    return right / max(shown, 1), right / max(wanted, 1)


def _shown(pose: np.ndarray) -> set[str]:
    return {unit for unit, strength in action_units.from_weights(pose).items() if strength >= _UNIT_SHOWN}


def alike(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Bool (ones, others): which poses show the same expression."""
    return ((ones[:, None] - others[None]) ** 2).mean(-1) ** 0.5 < _ALIKE


def _distinct(alike: np.ndarray) -> int:
    return int((alike.argmax(1) == np.arange(len(alike))).sum())


def _terms(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[+-]?[^+-]+", text))


def _sum(terms: tuple[str, ...], pose: np.ndarray) -> float:
    return sum(_value(term, pose) for term in terms)


def _value(term: str, pose: np.ndarray) -> float:
    factor, name = (-1.0 if term.startswith("-") else 1.0), term.lstrip("+-")
    if name[0].isdigit():
        return factor * float(name)
    return factor * float(np.mean([pose[arkit.INDEX[one]] for one in arkit.sides(name)]))


def _said(claim: Claim, pose: np.ndarray) -> str:
    return f"{''.join(claim.left)} = {_sum(claim.left, pose):.2f} {claim.sign} {''.join(claim.right)}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure ExpCLIP.")
    parser.add_argument("--corpus", type=Path, default=Path("corpus/tead.jsonl"))
    parser.add_argument("--weights", type=Path, default=Path("runs/expclip-held-out") / FILE_NAME)
    parser.add_argument("--text-encoder", type=Path, help="folder of another text encoder than all-MiniLM-L6-v2")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--lists", nargs="+", choices=PROMPTS, default=["development"], help="lists of prompts")
    parser.add_argument(
        "--only-prompts", action="store_true", help="leave TEAD's held-out rows out: the shipped weights know them"
    )
    parser.add_argument("--verbose", action="store_true", help="name the claims that fail")
    return parser.parse_args()


if __name__ == "__main__":
    main()
