"""Commands with deadlines, and what they say."""

import json
import os
import shlex
import signal
import subprocess
import time


class Failed(Exception):
    """What went wrong, in one line for the table."""


def shown(command, env=None):
    """The command as one would type it."""
    return " ".join(["%s=%s" % (k, shlex.quote(v)) for k, v in (env or {}).items()] + [shlex.quote(c) for c in command])


def run(command, limit, log, env=None, meanwhile=None):
    """Runs a command for at most limit seconds and returns (exit status, stdout, stderr), which are appended
    to the file log too. meanwhile is called once it has begun; then it gets Ctrl-C."""
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                         env={**os.environ, **(env or {})}, start_new_session=True)
    late, problem, began = False, None, time.monotonic()
    if meanwhile:
        try:
            meanwhile()
        except Exception as e:  # raised again below, when the command is over
            problem = e
        p.send_signal(signal.SIGINT)
    try:
        out, err = p.communicate(timeout=max(1, limit - (time.monotonic() - began)))
    except subprocess.TimeoutExpired:
        late = True
        # All that it started, and nothing else: a session of its own.
        os.killpg(p.pid, signal.SIGKILL)
        out, err = p.communicate()
    with open(log, "a") as f:
        f.write("$ %s\n%s\n%s\n" % (shown(command, env), err, out))
    if problem:
        raise problem
    if late:
        raise Failed("still running after %.0f s" % limit)
    return p.returncode, out, err


def succeed(command, limit, log, env=None):
    """Runs a command that must succeed and returns its stdout."""
    status, out, err = run(command, limit, log, env)
    if status == 0:
        return out
    try:
        why = answer(out)["error"]
    except (Failed, KeyError, TypeError):
        said = [line.strip() for line in (err.strip() or out.strip()).splitlines()]
        why = said[-1] if said else "it said nothing"
    raise Failed("exit status %d: %s" % (status, why))


def answer(out):
    """The JSON object on the last line."""
    try:
        return json.loads(out.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise Failed("no JSON object on its last line")
