#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chapter of the manual as a man page. Understands what the chapters use: headings, paragraphs,
indented examples, "- Key: text" lists, `code`, *emphasis* and **bold**.
usage: md2man.py IN.md OUT NAME SUMMARY"""
import pathlib
import re
import sys


def inline(text):
    text = text.replace("\\", "\\e")
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fP", text)
    text = re.sub(r"\*\*([^*]*)\*\*", r"\\fB\1\\fP", text)
    text = re.sub(r"(?<![\w*'])\*(\w[^*]*\S)\*(?![\w*])", r"\\fI\1\\fP", text)
    text = text.replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def convert(lines):
    example = paragraph = False
    for line in lines:
        if line.startswith("Title:"):
            continue
        if example and not line.startswith("    "):
            yield ".fi"
            yield ".RE"
            example = False
        item = re.match(r"- ([^:`]+): (.*)", line)
        if line.startswith("# "):
            continue
        if line.startswith("## "):
            yield ".SH " + inline(line[3:]).upper().replace("\\FB", "\\fB").replace("\\FP", "\\fP")
        elif line.startswith("    "):
            if not example:
                yield ".PP"
                yield ".RS 4"
                yield ".nf"
            yield inline(line[4:])
            example = True
        elif item:
            yield ".TP"
            yield ".B " + inline(item[1])
            yield inline(item[2])
        elif line.strip():
            if not paragraph:
                yield ".PP"
            yield inline(line)
        paragraph = bool(line.strip()) and not line.startswith(("#", "-", "    "))


source, target, name, summary = sys.argv[1:5]
text = pathlib.Path(source).read_text(encoding="utf-8").splitlines()
head = [f".\\\" Made from {pathlib.Path(source).name} by md2man.py",
        f".TH {name.upper()} 7 2026-11-26 Umekomi \"Umekomi Manual\"", ".SH NAME",
        f"{name} \\- {summary}", ".SH DESCRIPTION"]
pathlib.Path(target).write_text("\n".join([*head, *convert(text)]) + "\n", encoding="utf-8")
