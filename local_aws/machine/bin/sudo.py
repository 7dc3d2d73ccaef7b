#!/run/sudo/python3 -I
"""Stand-in for sudo, run by a copy of Python that has root's rights: ssm-user may do all without a password.

What Amazon Linux 2023 has in /etc/sudoers: env_reset, always_set_home, and a secure_path without /usr/local.
"""

import os
import pwd
import sys
from typing import NoReturn

PATH = "/sbin:/bin:/usr/sbin:/usr/bin"
KEPT = ("TERM", "LANG", "LC_ALL", "COLORS", "DISPLAY", "HOSTNAME")
WITHOUT_VALUE = "HSnEkKbAv"
ALLOWED = ("root", "ssm-user")


def main(arguments: list[str]) -> NoReturn:
    """Become the user and then the command."""
    user, login, rest = read(arguments)
    caller = pwd.getpwuid(os.getuid())
    if caller.pw_name not in ALLOWED:
        fail(f"{caller.pw_name} is not in the sudoers file.")
    target = find(user)
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {
        "HOME": target.pw_dir,
        "USER": target.pw_name,
        "LOGNAME": target.pw_name,
        "SHELL": target.pw_shell,
        "PATH": PATH,
        "MAIL": f"/var/mail/{target.pw_name}",
        "SUDO_USER": caller.pw_name,
        "SUDO_UID": str(caller.pw_uid),
        "SUDO_GID": str(caller.pw_gid),
    }
    while rest and "=" in rest[0] and not rest[0].startswith("/"):
        name, _, value = rest.pop(0).partition("=")
        env[name] = value
    if login:
        os.chdir(target.pw_dir)
        rest = [target.pw_shell, "--login", *(["-c", " ".join(rest)] if rest else [])]
    elif not rest:
        fail("a command must be given")
    env["SUDO_COMMAND"] = " ".join(rest)
    os.setgroups([target.pw_gid])
    os.setresgid(*3 * [target.pw_gid])
    os.setresuid(*3 * [target.pw_uid])
    try:
        os.execvpe(rest[0], rest, env)
    except FileNotFoundError:
        fail(f"{rest[0]}: command not found")


def read(arguments: list[str]) -> tuple[str, bool, list[str]]:
    """The user, whether a login shell is wanted, and the command."""
    user, login, rest = "root", False, list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "--":
            break
        if option in ("--login", "-i", "-s", "--shell"):
            login = True
        elif option in ("-u", "--user", "-g", "-p", "--prompt"):
            value = rest.pop(0) if rest else fail(f"option requires an argument -- '{option}'")
            user = value if option in ("-u", "--user") else user
        elif option.startswith("-u"):
            user = option[2:]
        elif option.startswith("--user="):
            user = option.partition("=")[2]
        elif option in ("-V", "--version"):
            print("Sudo version 1.9.15p5")
            sys.exit(0)
        elif option.startswith("--") or not set(option[1:]) <= set(WITHOUT_VALUE):
            if option not in ("--non-interactive", "--set-home", "--stdin", "--preserve-env"):
                fail(f"invalid option -- '{option.lstrip('-')}'")
        elif set(option) & {"k", "v", "K"} and not rest:
            sys.exit(0)
    return user, login, rest


def find(user: str) -> pwd.struct_passwd:
    """The user's entry: one without an entry is refused, as sudo does since 1.8.30."""
    try:
        return pwd.getpwuid(int(user[1:])) if user.startswith("#") else pwd.getpwnam(user)
    except (KeyError, ValueError):
        fail(f"unknown user {user}")


def fail(text: str) -> NoReturn:
    """Say it and end."""
    sys.stderr.write(f"sudo: {text}\n")
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
