#!/bin/sh
# Fetches the files of PINS again from npm, and stops where one is not byte for byte what is pinned.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
grep -v '^#' "$here/PINS" | while read -r package path file sha256; do
    folder="$work/$(echo "$package" | tr '/' '-')"
    if [ ! -d "$folder" ]; then
        mkdir "$folder"
        (cd "$folder" && npm pack --silent "$package" >/dev/null && tar -xzf ./*.tgz)
    fi
    echo "$sha256  $folder/package/$path" | sha256sum --check --quiet
    cp "$folder/package/$path" "$here/$file"
done
echo "All files are as pinned."
