"""A Ray cluster of two nodes on this machine, in a process of its own; it ends when its standard input does.

python -m tests.support.ray_nodes FOLDER: says {"address": …, "nodes": [ID, ID]}; the line `kill` kills the second node.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from ray._common.utils import get_ray_address_file
from ray.cluster_utils import Cluster


def main(folder: Path) -> None:
    # Ray's sockets have short names only where its folder has one.
    place = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
    # The first has room for two, so that what is left after a kill is not done one after the other.
    head: dict[str, Any] = {"num_cpus": 2, "include_dashboard": False, "temp_dir": place}
    # Ray notes the address of its newest cluster there, and makes no folder for it where the cluster's lies elsewhere.
    Path(get_ray_address_file(None)).parent.mkdir(parents=True, exist_ok=True)
    cluster = Cluster()
    nodes = [
        # Each node has a temporary folder of its own, as two machines have: what one knows, the other does not see.
        cluster.add_node(env_vars={"TMPDIR": str(made(folder / f"node-{number}"))}, **options)
        for number, options in enumerate((head, {"num_cpus": 1}))
    ]
    print(json.dumps({"address": cluster.address, "nodes": [node.node_id for node in nodes]}), flush=True)
    try:
        for line in sys.stdin:
            if line.strip() == "kill":
                cluster.remove_node(nodes[1], allow_graceful=False)
                print("killed", flush=True)
    finally:
        cluster.shutdown()
        shutil.rmtree(place, ignore_errors=True)


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main(Path(sys.argv[1]))
