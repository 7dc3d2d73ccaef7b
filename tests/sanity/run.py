"""`python tests/sanity/run.py`: ansible-test sanity on the collection as it is shipped.

ansible-test wants a path that ends in ansible_collections/openclaw/ecs, and to be outside of a clone, whose .gitignore
it would obey.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import ansible_collections.amazon

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
HOME = REPOSITORY / "build" / "sanity-home"
# The name under which ansible-test of the pinned ansible-core looks for get-pip.py before it fetches it.
GET_PIP = HOME / ".ansible" / "test" / "cache" / "get_pip_24_2.py"
MISSING_PROGRAM = "Required program"


def unpack(folder: Path) -> Path:
    """Build the collection and put it where ansible-test takes it for one."""
    build = ["ansible-galaxy", "collection", "build", "--output-path", str(folder), str(REPOSITORY)]
    subprocess.run(build, check=True)
    (artifact,) = folder.glob("*.tar.gz")
    collection = folder / "ansible_collections" / "openclaw" / "ecs"
    with tarfile.open(artifact) as archive:
        archive.extractall(collection, filter="data")
    (folder / "ansible_collections" / "amazon").symlink_to(ansible_collections.amazon.__path__[0])
    # Not shipped, but said to ansible-test: which Pythons the modules are for.
    (collection / "tests").mkdir()
    shutil.copy(HERE.parent / "config.yml", collection / "tests")
    return collection


def sanity(collection: Path) -> int:
    """Run every test. One that ansible-test leaves out because a program is missing counts as failed."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = ["ansible-test", "sanity", "--local", "--requirements", "--color", "no", "--python", version]
    environment = {**os.environ, "HOME": str(HOME)}
    with subprocess.Popen(
        command, cwd=collection, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        left_out = False
        for line in process.stdout or ():
            print(line, end="", flush=True)
            left_out = left_out or MISSING_PROGRAM in line
    return process.returncode or int(left_out)


def main() -> int:
    """Prepare a home of its own for ansible-test, and run it."""
    GET_PIP.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "get_pip.py", GET_PIP)
    with tempfile.TemporaryDirectory() as folder:
        return sanity(unpack(Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
