#!/bin/sh
# Copy the store of a service, which may run meanwhile: backup-duckdb.sh FILE FOLDER [PROCESS_ID]
#
# DuckDB keeps a store in a file and a log beside it, which belong together. While the process stands still both are as
# a kill -9 would leave them, which loses nothing; it stands for as long as the copy takes.
set -eu
[ $# -ge 2 ] || { echo "usage: $0 FILE FOLDER [PROCESS_ID]" >&2; exit 2; }
file=$1 folder=$2 process=${3:-}
[ -f "$file" ] || { echo "$0: there is no $file" >&2; exit 1; }

mkdir -p "$folder"
copy=$folder/$(basename "$file")
rm -f "$copy.new" "$copy.wal.new"
if [ -n "$process" ]; then
    trap 'kill -CONT "$process"' EXIT
    trap 'exit 1' INT TERM HUP
    kill -STOP "$process"
fi
cp "$file" "$copy.new"
[ ! -f "$file.wal" ] || cp "$file.wal" "$copy.wal.new"
if [ -n "$process" ]; then
    kill -CONT "$process"
    trap - EXIT
fi
rm -f "$copy" "$copy.wal"
[ ! -f "$copy.wal.new" ] || mv "$copy.wal.new" "$copy.wal"
mv "$copy.new" "$copy"
