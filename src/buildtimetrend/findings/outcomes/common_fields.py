"""Fields that the documents of these findings have in common: they are of shares of builds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COMMON_FIELDS: Mapping[str, Any] = {
    "unit": "%", "worse": True, "step": None, "gradual": False, "jobs": [], "of_jobs": None, "change": None,
    "confidence": None, "last_before": None, "wall_before": None, "wall_after": None, "moves": [],
}  # fmt: skip
