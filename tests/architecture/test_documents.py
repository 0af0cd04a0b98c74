"""What the docs list is what the code has: settings and commands."""

from pathlib import Path

from ritornello.kinds.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented_as_it_is():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [
        f"| `{setting.name}` | `{setting.default}` | {setting.unit} | {setting.help} |"
        for setting in SETTINGS
    ]
    found = [line for line in page.splitlines() if line.startswith("| `")]
    assert found == rows, "\n".join(["docs/settings.md needs these rows:", *rows])
