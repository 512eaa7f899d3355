#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Hugging Face interface says of a folder. usage: listing.py FOLDER-NAMED-AS-THE-COMMIT"""
import hashlib
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
siblings = []
for path in sorted(p for p in folder.rglob("*") if p.is_file()):
    data = path.read_bytes()
    entry = {"rfilename": str(path.relative_to(folder)), "size": len(data),
             "blobId": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()}
    if path.suffix == ".safetensors":
        entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    siblings.append(entry)
siblings.append({"rfilename": ".gitattributes", "size": 1, "blobId": "0" * 40})
print(json.dumps({"id": "org/small", "sha": folder.name, "siblings": siblings}))
