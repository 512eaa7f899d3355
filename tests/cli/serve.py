#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of files on this machine for the case of `model pull`: understands ranges, writes its
address to a file, and cuts the first transfer of NAME.cut-once off in the middle.
usage: serve.py FOLDER ADDRESS-FILE LOG-FILE"""
import functools
import http.server
import os
import pathlib
import sys
import threading
import time

folder, address_file, log_file = sys.argv[1:4]


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, form, *args):
        with open(log_file, "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path} {self.headers.get('Range', 'all')}\n")

    def do_GET(self):
        path = pathlib.Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data, start = path.read_bytes(), 0
        if self.headers.get("Range", "").startswith("bytes="):
            start = int(self.headers["Range"][6:].split("-")[0])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        cut = path.with_name(path.name + ".cut-once")
        if cut.exists():
            cut.unlink()
            self.wfile.write(data[start:len(data) // 2])
            self.close_connection = True
            return
        self.wfile.write(data[start:])


def leave_with_the_folder():
    while os.path.isdir(folder):
        time.sleep(0.5)
    os._exit(0)


folder, address_file = os.path.abspath(folder), os.path.abspath(address_file)
threading.Thread(target=leave_with_the_folder, daemon=True).start()
server = http.server.ThreadingHTTPServer(
    ("127.0.0.1", 0), functools.partial(Handler, directory=folder))
temporary = address_file + ".new"
pathlib.Path(temporary).write_text(f"http://127.0.0.1:{server.server_port}", encoding="utf-8")
os.rename(temporary, address_file)
server.serve_forever()
