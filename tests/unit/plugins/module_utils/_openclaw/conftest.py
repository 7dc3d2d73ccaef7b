"""The reader of JSON5 that OpenClaw itself uses, as a process that is asked."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest

from local_aws import install

# Numbers that JSON does not have travel as texts that no test uses.
ANSWER = """
const JSON5 = require("json5");
const odd = {Infinity: "<inf>", "-Infinity": "<-inf>", NaN: "<nan>"};
require("readline").createInterface({input: process.stdin}).on("line", (line) => {
  let answer;
  try {
    const value = JSON5.parse(JSON.parse(line));
    const name = (key, each) => typeof each === "number" && !Number.isFinite(each) ? odd[String(each)] : each;
    answer = {value: value === undefined ? null : JSON.parse(JSON.stringify(value, name))};
  } catch (error) {
    answer = {error: String(error)};
  }
  process.stdout.write(JSON.stringify(answer) + "\\n");
});
"""
ODD = {"<inf>": math.inf, "<-inf>": -math.inf, "<nan>": math.nan}


def _restore(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _restore(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_restore(each) for each in value]
    return ODD.get(value, value) if isinstance(value, str) else value


@pytest.fixture(scope="session")
def reference() -> Iterator[Callable[[str], Any]]:
    """A function that reads a text; raises ValueError for what is not JSON5."""
    places = install.install()
    process = subprocess.Popen(
        [places.node, "-e", ANSWER],
        cwd=places.node_modules,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def read(text: str) -> Any:
        process.stdin.write(json.dumps(text) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return _restore(answer["value"])

    yield read
    process.stdin.close()
    process.wait(10)
