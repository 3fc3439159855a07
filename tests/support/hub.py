"""The hub as far as a push goes: what is asked of it is kept, what arrives lies in memory."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

# No real token: as long as one of the hub's, and nothing behind it.
TOKEN = "hf_" + "notatoken" * 4


@dataclass
class Hub:
    """Enough of the hub for a repository to be made and a folder to arrive in one commit."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    made: list[dict[str, Any]] = field(default_factory=list)
    seen: list[tuple[str, str | None, bytes]] = field(default_factory=list)
    """(path, authorization, body) of every request."""

    def reply(self, path: str, authorization: str | None, body: bytes) -> tuple[int, dict[str, Any]]:
        path = path.partition("?")[0]
        self.seen.append((path, authorization, body))
        return self.answer(path, body)

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if path == "/api/validate-yaml":
            return 200, {}
        owner = json.loads(body).get("organization") if path == "/api/repos/create" else path.split("/")[3]
        refused = {"unknown": 401, "foreign": 403, "absent": 404, "odd": 418}.get(owner)
        if refused:
            return refused, {"error": "No, and you said Bearer " + TOKEN}
        if path == "/api/repos/create":
            self.made.append(json.loads(body))
            return (409 if len(self.made) > 1 else 200), {"url": f"{self.url}/me/dpo"}
        if "/preupload/" in path:
            return 200, {"files": [self.look_up(row["path"]) for row in json.loads(body)["files"]]}
        if "/commit/" in path:
            rows = [json.loads(line) for line in body.splitlines()]
            self.commits.append(rows[0]["value"]["summary"])
            self.files |= {row["value"]["path"]: base64.b64decode(row["value"]["content"]) for row in rows[1:]}
            return 200, {"commitUrl": f"{self.url}/me/dpo/commit/c0ffee", "commitOid": "c0ffee"}
        return 200, {"id": "me/dpo", "sha": "c0ffee"}

    def look_up(self, path: str) -> dict[str, Any]:
        """How the hub asks for a file, with git's name of what it has already."""
        row: dict[str, Any] = {"path": path, "uploadMode": "regular", "shouldIgnore": False}
        if path in self.files:
            blob = self.files[path]
            row["oid"] = hashlib.sha1(b"blob %d\0" % len(blob) + blob).hexdigest()
        return row
