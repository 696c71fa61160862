"""Real certificates, made by openssl for a test."""

from __future__ import annotations

import subprocess
from pathlib import Path


def openssl(folder: Path, words: str, stdin: str = "") -> str:
    done = subprocess.run(
        ["openssl", *words.split()], cwd=folder, input=stdin, check=True, capture_output=True, text=True
    )
    return done.stdout


def authority(folder: Path) -> Path:
    """A private one: `ca.pem`, its key beside it."""
    openssl(
        folder,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=private"
        " -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem",
    )
    return folder / "ca.pem"


def signed(folder: Path, name: str, host: str = "localhost", dates: str = "-days 60") -> tuple[Path, Path]:
    """Certificate and key for that host, signed by the folder's authority. `dates` may be such as `-days -3`."""
    openssl(
        folder,
        f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={host} -keyout {name}.key -out {name}.csr",
    )
    (folder / "ext").write_text(f"subjectAltName=DNS:{host}\n")
    openssl(
        folder,
        f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext {dates} -out {name}.pem",
    )
    return folder / f"{name}.pem", folder / f"{name}.key"
