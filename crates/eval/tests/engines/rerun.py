"""Asks another engine what a recording of an evaluation asked the built-in one, and compares the rows.

    rerun.py duckdb|postgresql RECORDING

A recording has one step a line: execute, insert or query. Status: 0 all rows are the same, 1 some are not,
77 the engine is not there. PostgreSQL runs in a directory of its own, on a Unix socket, and sorts text as
Chinese dictionaries do, so that what depends on the order of text shows.
"""

import glob
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile

NOT_THERE = 77
SHOWN = 3
MARK = "@@step "
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
UNESCAPES = {"\\" + shown: raw for raw, shown in (("\\", "\\"), ("\t", "t"), ("\n", "n"), ("\r", "r"))}


class NotThere(Exception):
    pass


def duckdb_answers(steps):
    """For each query its rows, or the message by which the engine refuses it."""
    try:
        import duckdb
    except ImportError as error:
        raise NotThere(error)
    connection = duckdb.connect()
    answers, failed = {}, {}
    for number, step in enumerate(steps):
        try:
            if step["do"] == "insert":
                rows = ", ".join("(" + ", ".join(literal(value) for value in row) + ")" for row in step["rows"])
                connection.execute(f"INSERT INTO {step['table']} VALUES {rows}")
                continue
            result = connection.execute(step["sql"])
            if step["do"] == "query":
                answers[number] = [[cell(value) for value in row] for row in result.fetchall()]
        except duckdb.Error as error:
            failed[number] = str(error)
    return answers, failed


def literal(value):
    return str(value) if type(value) is int else "'" + value.replace("'", "''") + "'"


def cell(value):
    if value is None:
        return None
    if type(value) not in (int, str):
        return f"{type(value).__name__} {value}"
    return str(value)


def postgresql_answers(steps):
    with Server() as server:
        out, err = server.run("".join(psql(number, step) for number, step in enumerate(steps)))
    answers = {}
    for number, lines in sections(out).items():
        if steps[number]["do"] == "query":
            answers[number] = [[unescaped(text) for text in line.split("\t")] for line in lines]
    failed = {number: "\n".join(lines) for number, lines in sections(err).items() if lines}
    return answers, failed


def psql(number, step):
    head = f"\\echo {MARK}{number}\n\\warn {MARK}{number}\n"
    if step["do"] == "insert":
        lines = ["\t".join(escaped(value) for value in row) for row in step["rows"]]
        return head + f"COPY {step['table']} FROM STDIN;\n" + "\n".join(lines) + "\n\\.\n"
    sql = re.sub(r"\btemp\.", "pg_temp.", step["sql"])
    if step["do"] == "query":
        sql = f"COPY (\n{sql}\n) TO STDOUT"
    return head + sql + "\n;\n"


def sections(text):
    found, current = {}, None
    for line in text.split("\n"):
        if line.startswith(MARK):
            current = found.setdefault(int(line[len(MARK):]), [])
        elif current is not None and line:
            current.append(line)
    return found


def escaped(value):
    if value is None:
        return "\\N"
    return "".join(ESCAPES.get(letter, letter) for letter in str(value))


def unescaped(text):
    if text == "\\N":
        return None
    return re.sub(r"\\[\\tnr]", lambda found: UNESCAPES[found.group()], text)


class Server:
    """PostgreSQL in a temporary directory; it refuses to run as root, so root hands it to another user."""

    def __enter__(self):
        self.programs = programs()
        self.place = tempfile.mkdtemp(prefix="linli-pg-")
        self.user = {}
        if os.getuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            os.chown(self.place, user.pw_uid, user.pw_gid)
            self.user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.data = os.path.join(self.place, "data")
        try:
            self.call("initdb", "-D", self.data, "-U", "linli", "-A", "trust", "-N", "--encoding=UTF8",
                      "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=zh-Hans-CN")
            options = f"-k {self.place} -c listen_addresses='' -c fsync=off"
            self.call("pg_ctl", "-D", self.data, "-w", "-o", options, "-l", self.data + "/log", "start")
        except NotThere:
            shutil.rmtree(self.place)
            raise
        return self

    def __exit__(self, *_):
        self.call("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.place)

    def call(self, name, *arguments):
        command = [os.path.join(self.programs, name), *arguments]
        # The server outlives pg_ctl and would keep a pipe open, so what is said goes to a file.
        with tempfile.TemporaryFile() as said:
            status = subprocess.run(command, cwd=self.place, stdin=subprocess.DEVNULL, stdout=said,
                                    stderr=said, **self.user).returncode
            said.seek(0)
            if status != 0:
                raise NotThere(f"{name} failed: {said.read().decode(errors='replace')}")

    def run(self, script):
        command = [os.path.join(self.programs, "psql"), "-X", "-q", "-h", self.place, "-U", "linli", "postgres"]
        environment = dict(os.environ, PGCLIENTENCODING="UTF8", PGOPTIONS="-c client_min_messages=error")
        done = subprocess.run(command, input=script.encode(), cwd=self.place, capture_output=True,
                              env=environment)
        return done.stdout.decode(), done.stderr.decode()


def programs():
    places = glob.glob("/usr/lib/postgresql/*/bin")
    if shutil.which("initdb"):
        places.append(os.path.dirname(os.path.realpath(shutil.which("initdb"))))
    for place in sorted(places, reverse=True):
        if all(os.path.exists(os.path.join(place, name)) for name in ("initdb", "pg_ctl", "psql")):
            return place
    raise NotThere("no initdb, pg_ctl and psql; install PostgreSQL 15 or later")


def differences(steps, answers, failed):
    for number, step in enumerate(steps):
        name = step.get("name") or step.get("table") or step["sql"].strip().split("\n")[0]
        if number in failed:
            yield f"{name} (step {number}): refused: {failed[number]}"
        elif step["do"] == "query":
            here = sorted([[cell(value) for value in row] for row in step["rows"]], key=repr)
            there = sorted(answers.get(number, []), key=repr)
            if here != there:
                only_here = [row for row in here if row not in there]
                only_there = [row for row in there if row not in here]
                yield (f"{name} (step {number}): {len(here)} rows here, {len(there)} there; "
                       f"only here {only_here[:SHOWN]}, only there {only_there[:SHOWN]}")


def main(engine, recording):
    with open(recording, encoding="utf-8") as file:
        steps = [json.loads(line) for line in file]
    ask = {"duckdb": duckdb_answers, "postgresql": postgresql_answers}[engine]
    try:
        answers, failed = ask(steps)
    except NotThere as error:
        print(error)
        return NOT_THERE
    found = list(differences(steps, answers, failed))
    for difference in found:
        print(difference)
    print(f"{engine}: {len(answers)} of {sum(step['do'] == 'query' for step in steps)} queries answered, "
          f"{len(found)} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
