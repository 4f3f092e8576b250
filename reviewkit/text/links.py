"""The links between the members of a packed office file."""

import posixpath

from reviewkit.text.archive import Package


def relations(package: Package, name: str) -> dict[str, tuple[str, str]]:
    """Return the kind and member name of each inner link of a member; links out of the file are left out."""
    folder, base = posixpath.split(name)
    listed = f"{folder}/_rels/{base}.rels"
    found: dict[str, tuple[str, str]] = {}
    for link in package.xml(listed) if listed in package.names else ():
        if link.get("TargetMode") != "External":
            target = str(link.get("Target", ""))
            member = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            found[str(link.get("Id"))] = (str(link.get("Type", "")), member)
    return found
