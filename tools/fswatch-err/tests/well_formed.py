#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Does what is opened in a page end, in order, and is it of a kind that neither loads nor
runs anything? usage: well_formed.py FILE"""
import html.parser
import sys

EMPTY = ("meta", "br")


class Page(html.parser.HTMLParser):
    """The elements that are open."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = set()

    def handle_starttag(self, tag, attrs):
        self.see(tag, attrs)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.see(tag, attrs)

    def see(self, tag, attrs):
        """An element, and its attributes."""
        self.seen.add(tag)
        self.seen.update(name + "=" for name, _ in attrs)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            sys.exit(f"line {self.getpos()[0]}: </{tag}> ends nothing")


KNOWN = set(
    "html head meta title style body h1 h2 p ul li table tr th td svg rect code br strong span "
    "lang= charset= http-equiv= content= name= class= viewbox= preserveaspectratio= role= "
    "aria-label= x= y= width= height=".split()
)

page = Page()
with open(sys.argv[1], encoding="utf-8") as file:
    page.feed(file.read())
page.close()
if page.open:
    sys.exit(f"does not end: {page.open}")
if page.seen - KNOWN:
    sys.exit(f"is none of ours: {page.seen - KNOWN}")
