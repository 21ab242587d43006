#!/usr/bin/env python3
"""F5 to F8: the desk on a pseudo-terminal of 120 x 40, beside psql where figures.md's figure has a neighbour.

    sealdesk demo --serve --json --records 100000 > demo.json &
    benches/desk.py target/release/sealdesk demo.json

Prints one line a figure. Needs Linux (/proc) and psql on PATH.
"""
import fcntl, json, os, pty, select, statistics, struct, sys, termios, tempfile, time

PROGRAM, DEMO = sys.argv[1], json.load(open(sys.argv[2]))
USER = "lin.mei"
DESK = [PROGRAM, "--config", DEMO["config"], "--user", USER]


def spawn(arguments):
    home = tempfile.mkdtemp()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", LANG="en_US.UTF-8", HOME=home, XDG_STATE_HOME=home)
        os.execvp(arguments[0], arguments)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    return pid, terminal


def read_until(terminal, wanted, seconds=20):
    seen, end = b"", time.monotonic() + seconds
    while time.monotonic() < end and wanted not in seen:
        if select.select([terminal], [], [], 0.05)[0]:
            seen += os.read(terminal, 65536)
    return seen


def bytes_within(terminal, seconds):
    count, end = 0, time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            count += len(os.read(terminal, 65536))
    return count


def start_ms(arguments, wanted):
    began = time.monotonic()
    pid, terminal = spawn(arguments)
    read_until(terminal, wanted)
    took = time.monotonic() - began
    os.kill(pid, 9), os.waitpid(pid, 0), os.close(terminal)
    return took * 1000


ours = statistics.median(start_ms(DESK, b"assphrase") for _ in range(11))
psql = statistics.median(start_ms(["psql", DEMO["superuser_url"]], b"sealdesk=#") for _ in range(11))
print(f"F5 start: {ours:.1f} ms, psql {psql:.1f} ms, ratio {ours / psql:.2f}")

passphrase = next(person["passphrase"] for person in DEMO["people"] if person["user"] == USER)
pid, terminal = spawn(DESK)
read_until(terminal, b"assphrase")
os.write(terminal, passphrase.encode() + b"\r")
full = len(read_until(terminal, b"C-")) + bytes_within(terminal, 3)
moves = []
for _ in range(8):
    os.write(terminal, b"j")
    moves.append(bytes_within(terminal, 0.4))
print(f"F7 bytes per cursor move: {max(moves)} at most; painting the desk after unlocking took {full}")


def ticks():
    fields = open(f"/proc/{pid}/stat").read().split()
    return int(fields[13]) + int(fields[14])


before = ticks()
idle = bytes_within(terminal, 10)
print(f"F8 idle for 10 s: {idle} bytes, {ticks() - before} ticks of 10 ms")
pss = next(line for line in open(f"/proc/{pid}/smaps_rollup") if line.startswith("Pss:")).split()[1]
print(f"F6 memory of an idle desk: {int(pss) / 1024:.1f} MiB PSS")
os.kill(pid, 9)
