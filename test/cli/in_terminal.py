"""Runs a program in a terminal, types what is to be typed when it is asked for, and prints all that was on the screen."""

import json
import os
import pty
import re
import select
import sys
import time

command, answers = json.loads(sys.argv[1]), json.loads(sys.argv[2])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)

screen, asked_from, deadline = "", 0, time.time() + 60
while time.time() < deadline:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            text = os.read(terminal, 4096)
        except OSError:
            break
        if not text:
            break
        screen += text.decode(errors="replace")
    question = answers and re.compile(answers[0][0]).search(screen, asked_from)
    if question:
        asked_from = question.end()
        os.write(terminal, f"{answers.pop(0)[1]}\n".encode())
_, status = os.waitpid(pid, 0)
print(json.dumps({"screen": screen, "code": os.waitstatus_to_exitcode(status)}))
