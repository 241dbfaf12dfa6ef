"""What was measured, as Markdown and JSON."""

import json


class Row:
    """One line: what, the value in words, what is wanted, whether that holds (None: nothing is wanted, or it
    was not measured), the command, and the numbers behind it."""

    def __init__(self, what, value, wanted="", holds=None, command="", **numbers):
        self.what, self.value, self.wanted, self.holds, self.command, self.numbers = what, value, wanted, holds, command, numbers
        self.failed = False

    @classmethod
    def failure(cls, what, wanted, command, why):
        row = cls(what, "failed: " + why, wanted, None, command, error=why)
        row.failed = True
        return row


def at_most(what, value, limit, unit, command, digits=4, **numbers):
    return Row(what, "%.*g %s" % (digits, value, unit), "at most %g %s" % (limit, unit), value <= limit, command, **numbers)


def at_least(what, value, limit, unit, command, aim=None, digits=3, **numbers):
    wanted = "at least %g%s" % (limit, unit) + ("" if aim is None else " (aim: %g%s)" % (aim, unit))
    return Row(what, "%.*g%s" % (digits, value, unit), wanted, value >= limit, command, **numbers)


def cell(text):
    return " ".join(str(text).split()).replace("|", "\\|")


def markdown(machine, rows):
    lines = ["%s: %s  " % (k, v) for k, v in machine.items()]
    lines += ["", "| what | measured | wanted | holds | command |", "|---|---|---|---|---|"]
    for r in rows:
        holds = {True: "yes", False: "NO", None: "FAILED" if r.failed else ""}[r.holds]
        command = "`%s`" % cell(r.command) if r.command else ""
        lines.append("| %s | %s | %s | %s | %s |" % (cell(r.what), cell(r.value), cell(r.wanted), holds, command))
    return "\n".join(lines) + "\n"


def as_json(machine, rows):
    return json.dumps({"machine": machine, "rows": [
        {"what": r.what, "measured": r.value, "wanted": r.wanted, "holds": r.holds, "failed": r.failed, "command": r.command, **r.numbers} for r in rows
    ]}, indent=1) + "\n"
