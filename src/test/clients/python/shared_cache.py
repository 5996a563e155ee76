"""What huggingface_hub finds in a cache: shared_cache.py REPO, with the hub and the cache in the environment."""

import os
import sys

from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download

repo = sys.argv[1]
offline = os.environ.get("HF_HUB_OFFLINE") == "1"
needed = ["*.json", "model.safetensors"]
folder = snapshot_download(repo, allow_patterns=None if offline else needed)
weights = hf_hub_download(repo, "model.safetensors")
assert os.path.dirname(weights) == folder, (weights, folder)
found = scan_cache_dir()
assert not found.warnings, found.warnings
[model] = [each for each in found.repos if each.repo_id == repo]
[revision] = model.revisions
print("folder", folder)
print("refs", ",".join(sorted(revision.refs)))
print("bytes", revision.size_on_disk)
print("files", ",".join(sorted(each.file_name for each in revision.files)))
