"""Reads a JSON list of cloud-init's own `status.json`, and prints what `cloud-init status --format json` says of each."""

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile

from cloudinit import helpers
from cloudinit.cmd import status


def said(run):
    with tempfile.TemporaryDirectory() as folder:
        paths = helpers.Paths({"cloud_dir": folder, "run_dir": folder})
        with open(os.path.join(folder, "status.json"), "w", encoding="utf-8") as file:
            json.dump({"v1": run["v1"]}, file)
        if not run["v1"]["stage"]:
            with open(os.path.join(folder, "result.json"), "w", encoding="utf-8") as file:
                json.dump({}, file)
        status.read_cfg_paths = lambda: paths
        # What else it looks at is this machine's systemd.
        status.get_bootstatus = lambda *_: (status.UXAppBootStatusCode.ENABLED_BY_GENERATOR, "")
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = status.handle_status_args("status", argparse.Namespace(wait=False, format="json", long=False))
        return {"exitCode": code, "json": json.loads(out.getvalue())}


print(json.dumps([said(run) for run in json.load(sys.stdin)]))
