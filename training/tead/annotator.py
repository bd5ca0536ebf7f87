# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m training.tead.annotator texts.txt -o annotated.tsv --base-url URL --model NAME --yes

Asks a large language model which expressions of the lexicon a text calls for, as the paper did for its data. Works with
any endpoint that speaks the chat-completions protocol. The rows have the form of situations.tsv, so that a person can
read them, correct them and add them there. Without --yes it only says what it would cost.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from expclip_core.errors import InputError

from . import lexicon

KEY_VARIABLE = "EXPCLIP_ANNOTATOR_KEY"
_MOST_EXPRESSIONS = 3
_LEAST_STRENGTH, _MOST_STRENGTH = 0.1, 1.3
_CHARACTERS_A_TOKEN = 4  # English, roughly; the estimate errs by a third at most
_REPLY_TOKENS = 40
_ATTEMPTS = 4
_TIMEOUT = 60  # seconds

_TASK = f"""You annotate prompts for a facial animator. Name the expressions that a good actor's face would show for the text:
one to {_MOST_EXPRESSIONS} names from the list, each with a strength from {_LEAST_STRENGTH} to {_MOST_STRENGTH} (1 is full).
Answer with JSON only, like {{"expressions": {{"sad": 0.7, "warm": 0.4}}}}.
The list: """


@dataclass(frozen=True)
class Endpoint:
    """Where the model is and how patient to be. first_wait: seconds before the second attempt; it doubles each time."""

    base_url: str
    model: str
    key: str = ""
    first_wait: float = 1.0


def main() -> None:
    try:
        _annotate(_arguments())
    except InputError as error:
        print(f"annotator: {error}", file=sys.stderr)
        sys.exit(2)


def _annotate(arguments: argparse.Namespace) -> None:
    texts = _lines(arguments.texts)
    endpoint = Endpoint(arguments.base_url.rstrip("/"), arguments.model, os.environ.get(KEY_VARIABLE, ""))
    print(estimate(texts, endpoint, arguments.cache, arguments.price_in, arguments.price_out))
    if not arguments.yes:
        print("Nothing was asked; say --yes to go on.")
        return
    rows = list(annotated(texts, endpoint, arguments.cache))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text("".join(f"{text}\t{mix}\n" for text, mix in rows), encoding="utf-8")
    print(f"{len(texts)} rows in {arguments.output}")


def annotated(texts: list[str], endpoint: Endpoint, cache: Path) -> Iterator[tuple[str, str]]:
    """(text, "sad*.7 warm*.4") for each text; answers in the folder `cache` are not asked for again.

    Raises InputError when the endpoint cannot be reached, refuses, or keeps giving answers that do not fit.
    """
    cache.mkdir(parents=True, exist_ok=True)
    for text in texts:
        kept = _kept(text, endpoint, cache)
        if not kept.is_file():
            unfinished = kept.with_suffix(".new")
            unfinished.write_text(json.dumps(_asked(text, endpoint)), encoding="utf-8")
            unfinished.replace(kept)
        yield text, _written(json.loads(kept.read_text(encoding="utf-8")))


def estimate(texts: list[str], endpoint: Endpoint, cache: Path, price_in: float, price_out: float) -> str:
    """What the texts that are not in the cache will need; prices are per million tokens, in any currency."""
    missing = [text for text in texts if not _kept(text, endpoint, cache).is_file()]
    tokens = sum(len(_task()) + len(text) for text in missing) // _CHARACTERS_A_TOKEN
    cost = (tokens * price_in + len(missing) * _REPLY_TOKENS * price_out) / 1e6
    return (
        f"{len(missing)} of {len(texts)} texts to ask: about {tokens} tokens there and {len(missing) * _REPLY_TOKENS} back, "
        f"cost {cost:.2f}"
    )


def checked(reply: str) -> dict[str, float]:
    """The expressions of a reply, strongest first. Raises ValueError, saying what does not fit the schema."""
    value = json.loads(reply[reply.find("{") : reply.rfind("}") + 1])
    expressions = value.get("expressions") if isinstance(value, dict) else None
    if not isinstance(expressions, dict) or not 1 <= len(expressions) <= _MOST_EXPRESSIONS:
        raise ValueError(f'"expressions" must hold 1 to {_MOST_EXPRESSIONS} names with strengths')
    for name, strength in expressions.items():
        if name not in lexicon.expressions():
            raise ValueError(f"{name!r} is not in the list")
        if isinstance(strength, bool) or not isinstance(strength, int | float):
            raise ValueError(f"the strength of {name!r} is not a number")
        if not _LEAST_STRENGTH <= strength <= _MOST_STRENGTH:
            raise ValueError(f"the strength of {name!r} is not from {_LEAST_STRENGTH} to {_MOST_STRENGTH}")
    return dict(sorted(expressions.items(), key=lambda item: -item[1]))


def _asked(text: str, endpoint: Endpoint) -> dict[str, float]:
    """The checked answer; after one that does not fit, the model is told why and asked again."""
    messages = [{"role": "system", "content": _task()}, {"role": "user", "content": text}]
    wait, why = endpoint.first_wait, ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(wait)
            wait *= 2
        try:
            reply = _posted(messages, endpoint)
            return checked(reply)
        except urllib.error.HTTPError as error:
            if error.code != 429 and error.code < 500:
                raise InputError(
                    f"The endpoint refused with status {error.code}; check its address, model and key."
                ) from error
            why = f"status {error.code}"
            wait = max(wait, _seconds(error.headers.get("Retry-After")))
        except (OSError, http.client.HTTPException) as error:
            why = _passing(error)
            if not why:
                raise InputError(f"The endpoint {endpoint.base_url} cannot be reached; check the address.") from error
        except ValueError as error:
            why = str(error)
            messages = [*messages[:2], {"role": "user", "content": f"{why}. Answer {text!r} again, with JSON only."}]
    raise InputError(f"No usable answer for {text!r} after {_ATTEMPTS} attempts ({why}); try another model.")


def _passing(error: Exception) -> str:
    """What is wrong with the connection if it may be better the next time, or "".

    urllib wraps what happens while it connects and sends, and leaves what happens while it reads as it is.
    """
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return "it does not answer"
    broken = isinstance(reason, ConnectionError) and not isinstance(reason, ConnectionRefusedError)
    return "the connection breaks off" if broken or reason is error else ""


def _posted(messages: list[dict[str, str]], endpoint: Endpoint) -> str:
    body = json.dumps({"model": endpoint.model, "messages": messages, "temperature": 0}).encode()
    headers = {"Content-Type": "application/json"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    request = urllib.request.Request(f"{endpoint.base_url}/chat/completions", body, headers)
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
        answer = json.load(response)
    try:
        return str(answer["choices"][0]["message"]["content"])
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("the answer has no message") from error


def _task() -> str:
    return _TASK + ", ".join(lexicon.expressions())


def _kept(text: str, endpoint: Endpoint, cache: Path) -> Path:
    asked = json.dumps([endpoint.base_url, endpoint.model, _task(), text])
    return cache / f"{hashlib.sha256(asked.encode()).hexdigest()[:24]}.json"


def _written(expressions: dict[str, float]) -> str:
    """{"sad": 0.7, "warm": 1} → "sad*.7 warm", as the tables write it."""
    parts = ((name, f"{strength:g}".removeprefix("0")) for name, strength in expressions.items())
    return " ".join(name if strength == "1" else f"{name}*{strength}" for name, strength in parts)


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after and retry_after.isdigit() else 0.0


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise InputError(f"There is no file {path}; name a text file with one prompt a line.")
    lines = (line.replace("\t", " ").strip() for line in path.read_text(encoding="utf-8").splitlines())
    return list(dict.fromkeys(filter(None, lines)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Annotate texts with a large language model.")
    parser.add_argument("texts", type=Path, help="text file, one prompt a line")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/annotated.tsv"))
    parser.add_argument("--base-url", required=True, help="of the endpoint, up to and without /chat/completions")
    parser.add_argument("--model", required=True)
    parser.add_argument("--cache", type=Path, default=Path("runs/annotations"), help="folder of answers")
    parser.add_argument("--price-in", type=float, default=0.0, help="price of a million tokens sent")
    parser.add_argument("--price-out", type=float, default=0.0, help="price of a million tokens received")
    parser.add_argument("--yes", action="store_true", help="ask, after the estimate")
    return parser.parse_args()


if __name__ == "__main__":
    main()
