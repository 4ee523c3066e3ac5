"""The benchmarks: which database each of them takes where everything is tried before a change lands."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_each_benchmark_that_would_take_a_database_of_its_own_name_is_given_another():
    asked = {
        name
        for path in (ROOT / "benchmarks").glob("[!_]*.py")
        if "DEFAULT_URL" in (text := path.read_text())
        for name in re.findall(r'environ\.get\("(\w+)_DATABASE_URL"', text)
    }

    given = re.search(
        r"for name in ([A-Z_ ]+); do\n.*\n\s+export \"\$\{name\}_DATABASE_URL", (ROOT / ".ci/run").read_text()
    )

    assert len(asked) > 5
    assert asked == set(given[1].split())
