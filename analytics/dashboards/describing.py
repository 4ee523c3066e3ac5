"""What the numbers on the dashboards mean, in words: the records' own definitions as tables in Markdown."""

from analytics.dashboards.registry import Page, Panel, panels_of


def tables() -> str:
    """Return one table for each page of dashboards: key, title and unit, meaning of its panels."""
    return "\n\n".join(_table(page) for page in Page)


def _table(page: Page) -> str:
    rows = "\n".join(_row(panel) for panel in panels_of(page))
    return f"### {page.value.capitalize()}\n\n| panel | is called | means |\n|---|---|---|\n{rows}"


def _row(panel: Panel) -> str:
    means = str(panel.means).replace("|", r"\|")
    return f"| `{panel.key}` | {panel.title} ({panel.unit.value.replace('_', ' ')}) | {means} |"
