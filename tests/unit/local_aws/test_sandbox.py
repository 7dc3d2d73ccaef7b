"""What a process in a sandbox sees, and what it doesn't."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from local_aws import sandbox
from local_aws.agent.container import LINKS
from local_aws.agent.container import PASSWD
from local_aws.sandbox import Bind
from local_aws.sandbox import Folder
from local_aws.sandbox import Forward
from local_aws.sandbox import Spec

ENV = {"PATH": "/usr/bin:/bin"}
PYTHON = "/usr/bin/python3"


def spec(script: str, **changes: object) -> Spec:
    """A sandbox that runs a shell script as uid 1000."""
    values = {
        "argv": ["sh", "-c", script],
        "env": ENV,
        "uid": 1000,
        "gid": 1000,
        "links": LINKS,
        "binds": [Bind("/usr", "/usr")],
        "tmpfs": {"/tmp": 0},
        "files": {"/etc/passwd": PASSWD},
        **changes,
    }
    return Spec(**values)


def run(made: Spec, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a sandbox to its end."""
    return subprocess.run(
        sandbox.command(made, directory), env=sandbox.environment(), cwd="/", capture_output=True, text=True, timeout=20
    )


def test_who_and_where(tmp_path: Path) -> None:
    done = run(
        spec("id -u; id -g; hostname; echo $$; env -0 | tr '\\0' '\\n' | sort", hostname="box", cwd="/tmp"), tmp_path
    )
    assert done.stdout.splitlines()[:4] == ["1000", "1000", "box", "1"]
    assert [line.split("=")[0] for line in done.stdout.splitlines()[4:]] == ["PATH", "PWD"]


@pytest.mark.parametrize(
    "command",
    [
        "touch /x",
        "touch /usr/x",
        "ls /root",
        "cat /etc/shadow",
        f"ls {os.getcwd()}",
    ],
)
def test_the_rest_of_the_machine_is_out_of_reach(command: str, tmp_path: Path) -> None:
    assert run(spec(command), tmp_path).returncode != 0


def test_only_its_own_processes_and_network(tmp_path: Path) -> None:
    done = run(
        spec(
            "ls /proc | grep -c '^[0-9]'; tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/fib_trie",
            addresses=["169.254.170.2"],
        ),
        tmp_path,
    )
    processes, *rest = done.stdout.split()
    assert int(processes) <= 4
    assert rest[0] == "lo"
    assert "169.254.170.2" in rest


def test_folders_have_their_owner_and_outlive_the_sandbox(tmp_path: Path) -> None:
    folder = tmp_path / "efs" / "openclaw"
    made = spec(
        "echo kept > /data/file; stat -c '%u %a' /data",
        folders=[Folder(str(folder), 1000, 1000, 0o750)],
        binds=[Bind("/usr", "/usr"), Bind(str(folder), "/data", write=True)],
    )
    assert run(made, tmp_path / "box").stdout == "1000 750\n"
    assert subprocess.check_output([*sandbox.user_namespace(), "cat", str(folder / "file")]) == b"kept\n"


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "efs"
    folder.mkdir(mode=0o700)
    run(spec("true", folders=[Folder(str(folder), 1000, 1000, 0o755)]), tmp_path / "box")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_read_only_volume(tmp_path: Path) -> None:
    folder = tmp_path / "efs"
    folder.mkdir(mode=0o777)
    made = spec("touch /data/x", binds=[Bind("/usr", "/usr"), Bind(str(folder), "/data")])
    assert "Read-only file system" in run(made, tmp_path / "box").stderr


@pytest.mark.parametrize(
    ("script", "init", "code"), [("exit 7", False, 7), ("exit 7", True, 7), ("kill -9 $$", True, 137)]
)
def test_exit_codes(script: str, init: bool, code: int, tmp_path: Path) -> None:
    assert run(spec(script, init=init), tmp_path).returncode == code


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    done = run(spec("", argv=["no-such-command"]), tmp_path)
    assert (done.returncode, done.stderr) == (127, "exec: no-such-command: No such file or directory\n")


def test_an_init_passes_signals_on_and_reaps(tmp_path: Path) -> None:
    script = "trap 'echo bye; exit 3' TERM; (sleep 0.1 &) ; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        sandbox.command(spec(script, init=True), tmp_path),
        env=sandbox.environment(),
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert process.stdout.read() == "bye\n"
    assert process.wait(5) == 3


@pytest.mark.parametrize("init", [False, True])
def test_nothing_outlives_the_supervisor(init: bool, tmp_path: Path) -> None:
    process = subprocess.Popen(
        sandbox.command(spec("echo ready; sleep 60", init=init), tmp_path),
        env=sandbox.environment(),
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    first = sandbox.wait_started(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.stdout.read()  # ends when the last process inside has
    assert not Path(f"/proc/{first}/cwd").exists()


def test_connections_in_both_directions(tmp_path: Path) -> None:
    """A door to the host through a unix socket, and one from the host to a port inside."""
    server = subprocess.Popen(
        [
            PYTHON,
            "-c",
            "import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); "
            "print('up', flush=True); c,_=s.accept(); c.sendall(b'from the host'); c.close()",
            str(tmp_path / "host"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    server.stdout.readline()
    script = f"""{PYTHON} -c "
import socket, time
listener = socket.create_server(('127.0.0.1', 9000))
for _ in range(100):
    try:
        print(socket.create_connection(('169.254.170.2', 80)).makefile().read(), flush=True)
        break
    except OSError:
        time.sleep(0.05)
there, _ = listener.accept()
there.sendall(b'from inside')
" """
    made = spec(
        script,
        addresses=["169.254.170.2"],
        forwards=[
            Forward("tcp:169.254.170.2:80", f"unix:{tmp_path}/host"),
            Forward(f"unix:{tmp_path}/in", "tcp:127.0.0.1:9000"),
        ],
    )
    process = subprocess.Popen(
        sandbox.command(made, tmp_path), env=sandbox.environment(), cwd="/", stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "from the host\n"
    caller = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.makefile().read())"
    heard = subprocess.run([PYTHON, "-c", caller, str(tmp_path / "in")], capture_output=True, text=True, timeout=10)
    assert heard.stdout == "from inside\n"
    assert process.wait(10) == 0
    assert server.wait(5) == 0


def test_entering_a_sandbox_that_stays(tmp_path: Path) -> None:
    """A long-lived sandbox with the machine's own network: what is done in one session is seen in the next."""
    stays = spec(
        "",
        argv=["sleep", "60"],
        uid=0,
        gid=0,
        init=True,
        own_network=False,
        ends_with_parent=False,
        read_only_root=False,
    )
    sandbox.start(stays, tmp_path, tmp_path / "log")
    try:
        for script, output in (("echo x > /tmp/f; id -u", "0"), ("cat /tmp/f; echo $A", "x\nb")):
            inside = sandbox.enter(tmp_path, ["sh", "-c", script], {**ENV, "A": "b"})
            assert subprocess.check_output(inside, text=True).strip() == output
        as_user = sandbox.enter(tmp_path, ["id", "-u"], ENV, uid=1000, gid=1000)
        assert subprocess.check_output(as_user, text=True) == "1000\n"
    finally:
        assert sandbox.stop(tmp_path)
    with pytest.raises(sandbox.SandboxError, match="does not run"):
        sandbox.enter(tmp_path, ["true"], ENV)
