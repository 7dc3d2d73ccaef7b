"""`python -m tests.run [GROUP or CHECK ...]`: every check there is, or the named ones, three at a time.

The output of each check goes to build/test-logs. Each check has a local AWS, ports and Ansible's home of its own, so
that what else runs on the machine is neither seen nor disturbed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import ExitStack
from contextlib import suppress
from pathlib import Path

from tests.checks import CHECKS
from tests.checks import NOT_SHOWN_HERE
from tests.checks import REPOSITORY
from tests.checks import Check

LOGS = REPOSITORY / "build" / "test-logs"
LANES = 3
TAIL_LINES = 40
SECONDS_TO_CLEAN_UP = 60
# What a developer has set for other work, and what would lead a check to a real account.
FOREIGN = re.compile(r"(ANSIBLE|AWS|BOTO|LOCAL_AWS|MOLECULE|OPENCLAW|PYTEST)_")
LEFT_OUT = re.compile(r"^SKIPPED \[\d+\] (.*)", re.MULTILINE)


def select(words: Sequence[str], checks: Sequence[Check]) -> list[Check]:
    """The checks that are named, or whose group is; all if none is."""
    unknown = set(words) - {check.name for check in checks} - {check.group for check in checks}
    if unknown:
        known = sorted({check.group for check in checks} | {check.name for check in checks})
        raise SystemExit(f"There is no check or group {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
    wanted = {check.name for check in checks if not words or {check.name, check.group} & set(words)}
    return [check for check in checks if check.name in wanted]


def environment(inherited: Mapping[str, str], state: Path, ports: Sequence[int]) -> dict[str, str]:
    """What a check finds in its environment: of AWS, Ansible and the local AWS, nothing but what is its own."""
    return {
        **{name: value for name, value in inherited.items() if not FOREIGN.match(name)},
        "ANSIBLE_HOME": str(state / "ansible"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "LOCAL_AWS_DIR": str(state / "aws"),
        "LOCAL_AWS_GATEWAY_PORT": str(ports[0]),
        "LOCAL_AWS_PORT": str(ports[1]),
        "MOLECULE_EPHEMERAL_DIRECTORY": str(state / "molecule"),
        "NO_COLOR": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }


def free_ports(number: int) -> list[int]:
    """Ports that nothing listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def interruptible() -> None:
    """Undo what a shell does to a command in the background: it and all that it starts ignore interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Run:
    """One check, running or ended."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.log = LOGS / f"{check.name}.log"
        self.started = time.monotonic()
        self._cut_short = False
        # A short path, because there will be sockets in it.
        self._state = Path(tempfile.mkdtemp(prefix="check-"))
        self._environment = environment(os.environ, self._state, free_ports(2))
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                check.command,
                cwd=REPOSITORY,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=interruptible,
            )

    @property
    def seconds(self) -> float:
        """For how long it has been running."""
        return time.monotonic() - self.started

    def ended(self) -> bool:
        """Whether it is over; a check that takes too long is ended."""
        if self.seconds > self.check.minutes * 60:
            self.end(f"Took more than {self.check.minutes} minutes.")
        return self._process.poll() is not None

    def passed(self) -> bool:
        """Whether all was well."""
        return self._process.returncode == 0 and not self._cut_short

    def end(self, why: str) -> None:
        """End it with all that it has started; a chance to clean up comes first."""
        self._cut_short = True
        for number in (signal.SIGINT, signal.SIGKILL):
            with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(self._process.pid, number)
                self._process.wait(SECONDS_TO_CLEAN_UP)
        with self.log.open("a") as log:
            log.write(f"\n{why}\n")

    def clean_up(self) -> None:
        """End the check's local AWS if it was left running; of a failed check, keep what that had to say."""
        aws = self._state / "aws"
        if aws.exists():
            stop = [sys.executable, "-m", "local_aws", "stop"]
            subprocess.run(stop, cwd=REPOSITORY, env=self._environment, check=False, stdout=subprocess.DEVNULL)
        if not self.passed() and (aws / "log").exists():
            shutil.copytree(aws / "log", LOGS / f"{self.check.name}-local-aws", dirs_exist_ok=True)
        shutil.rmtree(self._state, ignore_errors=True)

    def tail(self) -> str:
        """The end of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:])

    def left_out(self) -> list[str]:
        """The tests that it left out, with the reasons."""
        return LEFT_OUT.findall(self.log.read_text(errors="replace"))


def run(checks: Sequence[Check]) -> list[Run]:
    """Run the checks in as many lanes as there are, saying how each ended."""
    waiting, running, done = list(checks), [], []
    try:
        while waiting or running:
            while waiting and len(running) < LANES:
                running.append(Run(waiting.pop(0)))
            time.sleep(0.2)
            for each in [each for each in running if each.ended()]:
                running.remove(each)
                each.clean_up()
                done.append(each)
                say(each)
    finally:
        for each in running:
            each.end("Interrupted.")
            each.clean_up()
    return done


def say(ended: Run) -> None:
    """One line on how a check ended, and the end of its output if it failed."""
    print(f"{'ok' if ended.passed() else 'FAILED':6}  {ended.check.name:30} {ended.seconds:5.0f} s", flush=True)
    if not ended.passed():
        print(f"{ended.tail()}\n        all of it: {ended.log.relative_to(REPOSITORY)}", flush=True)


def not_run(asked: Sequence[Check], done: Sequence[Run]) -> list[str]:
    """What did not run, and why."""
    others = len(CHECKS) - len(asked)
    return [
        *([f"{others} other checks: not asked for"] if others else []),
        *(f"{each.check.name}: {test}" for each in done for test in each.left_out()),
        *(f"{what}: {why}" for what, why in NOT_SHOWN_HERE.items()),
    ]


def main() -> int:
    """Run what the command line names; the last line counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="GROUP or CHECK")
    asked = select(parser.parse_args().names, CHECKS)
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    started = time.monotonic()
    done = run(asked)
    failed = [each.check.name for each in done if not each.passed()]
    print("\nDid not run:", *not_run(asked, done), sep="\n  - ")
    if failed:
        print(f"Failed: {', '.join(failed)}")
    print(f"Took {time.monotonic() - started:.0f} s.")
    print(f"{len(done) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
