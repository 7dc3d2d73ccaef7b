"""Where the local AWS lives: its port, its state directory, and the names inside it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROOT_KEY = "test"
ROOT_SECRET = "test"
OPERATOR = "operator"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """The places and addresses of one local AWS."""

    port: int
    directory: Path
    operator: str = "shipped"
    wanted_internet_port: int | None = None

    @property
    def endpoint(self) -> str:
        """The one address all services answer on."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def internet_port_file(self) -> Path:
        """Where `local_aws.internet` says on which port it listens."""
        return self.directory / "run" / "internet.port"

    @property
    def internet_port(self) -> int:
        """The port of nodejs.org and the npm registry; 0 when nobody plays them."""
        try:
            return int(self.internet_port_file.read_text())
        except OSError:
            return 0

    @property
    def env_file(self) -> Path:
        """The shell file that makes an AWS client talk to this local AWS as the operator."""
        return self.directory / "env"

    @property
    def operator_file(self) -> Path:
        """The operator's access key, kept over restarts and resets."""
        return self.directory / "operator.json"

    @property
    def operator_policies(self) -> dict[str, str]:
        """The policies of the person who deploys: those that the collection ships, or one that allows everything."""
        if self.operator == "everything":
            return {"everything": json.dumps(EVERYTHING)}
        return {path.stem: path.read_text() for path in sorted((REPOSITORY / "files").glob("operator-policy*.json"))}

    def pid_file(self, name: str) -> Path:
        """Where the process id of a started process is kept."""
        return self.directory / "run" / f"{name}.pid"

    def log_file(self, name: str) -> Path:
        """Where a started process writes what it has to say."""
        return self.directory / "log" / f"{name}.log"


def from_environment() -> Settings:
    """Settings from LOCAL_AWS_PORT, _DIR, _OPERATOR and _INTERNET_PORT, or their defaults."""
    directory = os.environ.get("LOCAL_AWS_DIR") or REPOSITORY / ".local-aws"
    return Settings(
        port=int(os.environ.get("LOCAL_AWS_PORT") or 4566),
        directory=Path(directory).resolve(),
        operator=os.environ.get("LOCAL_AWS_OPERATOR") or "shipped",
        wanted_internet_port=int(os.environ.get("LOCAL_AWS_INTERNET_PORT") or 0) or None,
    )
