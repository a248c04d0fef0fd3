#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The Grafana dashboard: what is wrong with it, and what it asks.

usage: dashboard.py FILE check
       dashboard.py FILE rules     its queries, as recording rules, for promtool
       dashboard.py FILE queries   its queries, one in a line
       dashboard.py FILE metrics   the metrics that they name, one in a line

Grafana's variables are replaced by values.
"""
import itertools
import json
import re
import sys

WIDTH = 24
VARIABLES = {"$__rate_interval": "1m", "$instance": ".*"}
METRIC = re.compile(r"\b(fserror_[a-z_]+|up)\b")


def queries(dashboard):
    """What all panels ask, and the variables."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield re.fullmatch(r"label_values\((\w+), \w+\)", variable["query"]["query"])[1]


def with_values(query):
    """A query as Grafana would send it."""
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    return query


def apart(one, other):
    """Do two panels not cover each other?"""
    a, b = one["gridPos"], other["gridPos"]
    return (
        a["x"] + a["w"] <= b["x"]
        or b["x"] + b["w"] <= a["x"]
        or a["y"] + a["h"] <= b["y"]
        or b["y"] + b["h"] <= a["y"]
    )


def mistakes(dashboard):
    """What Grafana would show wrongly."""
    panels = dashboard["panels"]
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    if len({panel["id"] for panel in panels}) != len(panels):
        yield "two panels have the same id"
    for one, other in itertools.combinations(panels, 2):
        if not apart(one, other):
            yield f"{one['title']} and {other['title']} cover each other"
    for panel in panels:
        place = panel["gridPos"]
        if not panel["title"] or not panel["targets"] or place["x"] + place["w"] > WIDTH:
            yield f"{panel['title']}: no title, no query, or too wide"
        if panel["datasource"]["uid"] != "${datasource}":
            yield f"{panel['title']}: a data source of its own"
    for name in re.findall(r"\$\{?(\w+)", json.dumps(dashboard)):
        if name not in names and not name.startswith("__"):
            yield f"there is no variable {name}"
    for query in queries(dashboard):
        if "$" in with_values(query):
            yield f"what is to be put in here: {query}"


def rules(dashboard):
    """A file of rules; JSON is YAML."""
    group = {"name": "dashboard", "rules": []}
    for number, query in enumerate(queries(dashboard)):
        group["rules"].append({"record": f"dashboard:query:{number}", "expr": with_values(query)})
    return {"groups": [group]}


def main():
    """The command line."""
    with open(sys.argv[1], encoding="utf-8") as file:
        dashboard = json.load(file)
    what = sys.argv[2]
    if what == "check":
        found = list(mistakes(dashboard))
        sys.stdout.writelines(f"{text}\n" for text in found)
        return 1 if found else 0
    if what == "rules":
        json.dump(rules(dashboard), sys.stdout)
    elif what == "queries":
        print("\n".join(with_values(query) for query in queries(dashboard)))
    elif what == "metrics":
        print("\n".join(sorted({name for query in queries(dashboard) for name in METRIC.findall(query)})))
    else:
        raise SystemExit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
