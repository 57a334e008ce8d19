"""Which licences the packages that Toonbank runs on may have, and which they state."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, metadata

#: As packages state them. They let everybody pass Toonbank on; those of the GNU (Lesser) and Mozilla bind only who
#: changes the package itself. What is not here, such as the GPL, has to be read before it comes in.
ACCEPTED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 AND BSD-2-Clause",
    "Apache-2.0 OR BSD-2-Clause",
    "Apache-2.0 OR BSD-3-Clause",
    "Apache Software License",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "GNU Lesser General Public License v2 or later (LGPLv2+)",
    "GNU Lesser General Public License v3 (LGPLv3)",
    "ISC",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT License",
    "MIT-0",
    "MIT-CMU",
    "Mozilla Public License 2.0 (MPL 2.0)",
    "MPL-2.0",
    "MPL-2.0 AND (Apache-2.0 OR MIT)",
    "PSF-2.0",
    "Python Software Foundation License",
    "The Unlicense (Unlicense)",
    "Zlib",
    "Zope Public License",
}

#: Read by hand: of packages that state none in a known form, and of those that only other systems get.
READ_BY_HAND = {
    "brotlicffi": "MIT",
    "colorama": "BSD-3-Clause",
    "pypdfium2": "Apache-2.0 OR BSD-3-Clause",
    "pysqlite3": "Zlib",
    "uharfbuzz": "Apache-2.0",
}


def find_licences(package: str) -> set[str]:
    """All that the installed package states in one way, the most exact one; none where it states nothing."""
    if package in READ_BY_HAND:
        return {READ_BY_HAND[package]}
    try:
        stated = metadata(package)
    except PackageNotFoundError:
        return set()
    if expression := stated.get("License-Expression"):
        return {expression}
    classifiers = [one for one in stated.get_all("Classifier") or [] if one.startswith("License ::")]
    named = {one.rpartition(" :: ")[2] for one in classifiers}
    return named or {text for text in (stated.get("License"),) if text}
