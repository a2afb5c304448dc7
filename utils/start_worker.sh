#!/bin/sh
# Start a worker for the task queue.
cd "$(dirname "$0")/.." || exit 1
exec "${PYTHON:-python3}" -m buildtimetrend worker "$@"
