"""Which queries an instance answers for others: those that read its tables with what SQL itself offers.

Every machine that pushes holds the token, and a database's own functions do more than read: they change
settings, take locks that outlast the query, open files, run commands on other machines. So the functions that
our queries use are named here, and no others are called.
"""

from __future__ import annotations

import re

# Words before a parenthesis that begins no call, types with a length among them.
_WORDS = (
    "all and any as between by case distinct else except exists exclude filter from group grouping having in "
    "intersect interval join lateral limit materialized not offset on or over partition replace select sets "
    "then union using values when where within char decimal numeric varchar "
)
_FUNCTIONS = (
    "abs array_agg asin avg bool_and bool_or cast ceil coalesce concat_ws cos count date_part date_trunc "
    "dense_rank extract floor generate_series greatest lag lead least left length ln log lower lpad max md5 "
    "min mod nullif percentile_cont percentile_disc power radians rank round row_number sin sqrt stddev_pop "
    "string_agg strpos substr substring sum timezone to_timestamp trim unnest upper"
)
_BEFORE_PARENTHESES = frozenset((_WORDS + _FUNCTIONS).split())
# Tables about the server: among them are its users and what others ask of it.
_OF_THE_SERVER = ("pg_", "citus_")

_IS_QUERY = re.compile(r"(?:\s|\(|--[^\r\n]*[\r\n])*+(?:SELECT|WITH)\b", re.IGNORECASE)
_PARTS = re.compile(
    r"""
    (?P<blank> \s+ | --[^\r\n]* )
    | (?<! [\w&] ) (?P<text> ' (?: [^'] | '' )* ' )
    | (?<! [\w&] ) " (?P<quoted> (?: [^"] | "" )* ) "
    | (?P<name> [^\W\d]\w* )
    | (?P<number> \d[\w.]* )
    | (?P<parameter> \$[A-Za-z_]\w* )
    | (?P<unknown> ['"$\\] | /\* )    # strings with escapes, and comments in comments: none of ours has them
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


def fault_of(sql: str) -> str | None:
    """What is wrong with it; None when it may be asked."""
    if not _IS_QUERY.match(sql):
        return "must be one SELECT"
    before: re.Match[str] | None = None
    names_follow = False  # a new name, and perhaps those of its columns in parentheses
    for part in _PARTS.finditer(sql):
        kind = part.lastgroup
        if kind == "blank":
            continue
        name = (part["name"] or part["quoted"] or "").lower()
        if kind == "unknown":
            return f"has {part[0]}, which is not understood here"
        if name.startswith(_OF_THE_SERVER):
            return f"names {name}, which is the server's own"
        if part[0] == "(" and before and not names_follow and not _may_precede(before):
            return f"calls {before[0]}, which is not for others"
        names_follow = before is not None and before[0].lower() in ("as", "with")
        before = part
    return None


def _may_precede(part: re.Match[str]) -> bool:
    """A parenthesis."""
    return part.lastgroup is None or (part["name"] or "").lower() in _BEFORE_PARENTHESES
