"""One's own pages by hand: a dropped export comes in live, a correction moves Home, leaving signs out."""

import json
import subprocess
import zipfile
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.web

Wait = Callable[[Page, Callable[[], bool]], None]
IMPORT_MS = 60_000

DROP = """async ([name, content]) => {
    const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: "application/zip"}));
    for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true});
        document.querySelector("form[data-drop]").dispatchEvent(event);
    }
}"""


def export(n_rows: int) -> bytes:
    """An extended streaming history: one play every four minutes, every tenth skipped after 5 s."""
    ends = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
    rows = [
        {
            "ts": f"{ends - timedelta(minutes=4 * n):%Y-%m-%dT%H:%M:%SZ}",
            "platform": "Linux",
            "ms_played": 5_000 if n % 10 == 0 else 200_000,
            "conn_country": "DE",
            "ip_addr": "203.0.113.7",
            "master_metadata_track_name": f"Far track {n % 50}",
            "master_metadata_album_artist_name": f"Far artist {n % 7}",
            "master_metadata_album_album_name": "Far album",
            "spotify_track_uri": f"spotify:track:{n % 50:022d}",
            "reason_start": "clickrow",
            "reason_end": "fwdbtn" if n % 10 == 0 else "trackdone",
            "shuffle": False,
            "skipped": n % 10 == 0,
            "offline": False,
            "incognito_mode": False,
        }
        for n in range(n_rows)
    ]
    rows.append({**rows[0], "ts": "2089-01-01T00:00:00Z"})
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        name = "Spotify Extended Streaming History/Streaming_History_Audio_2026_0.json"
        archive.writestr(name, json.dumps(rows))
    return packed.getvalue()


def test_a_dropped_export_comes_in_live_to_its_summary(visit: Any, site: Any) -> None:
    page = visit("listener-50", "/import")
    page.evaluate(DROP, ["my_spotify_data.zip", b64encode(export(3000)).decode()])
    expect(page.locator("#job progress, #job[data-job=done]").first).to_be_attached()
    expect(page.locator("#job-title")).to_have_text("my_spotify_data.zip is in", timeout=IMPORT_MS)
    expect(page.locator("#job")).to_contain_text("3,000 plays")
    expect(page.locator("#job")).to_contain_text("the time lies in the future")
    expect(page.locator("#live-region")).to_have_text("my_spotify_data.zip is in")
    page.get_by_role("link", name="Which rows these are").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("the time lies in the future")
    page.go_back()
    page.get_by_role("link", name="See your history").click()
    expect(page.locator("h1")).to_have_text("Your history")
    page.get_by_label("Title or artist").fill("far track 7")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".row.listen").first).to_contain_text("Far artist")
    # In a process of its own: closing the file here would take away the locks SQLite holds on it.
    found = subprocess.run(
        ["grep", "-rlaF", "203.0.113.7", str(site.service.home.path)],
        capture_output=True,
        check=False,
    )
    assert found.stdout == b"", "no address passes the door"


def test_a_file_that_is_none_of_them_is_said_kindly(visit: Any) -> None:
    page = visit("listener-51", "/import")
    page.evaluate(DROP, ["holiday.zip", b64encode(b"no zip at all").decode()])
    expect(page.locator("#job-title")).to_have_text(
        "holiday.zip could not be read", timeout=IMPORT_MS
    )
    expect(page.locator("#job [role=alert]")).not_to_be_empty()
    expect(page.locator("form[data-drop]")).to_be_visible()


def test_a_file_too_large_is_not_even_sent(visit: Any) -> None:
    page = visit("listener-51", "/import")
    page.evaluate("document.querySelector('form[data-drop]').dataset.most = 10")
    page.evaluate(DROP, ["large.zip", b64encode(b"x" * 11).decode()])
    expect(page.locator("[data-refused]")).to_contain_text("larger than")
    assert page.url.endswith("/import")


def test_an_export_is_brought_without_scripts(visit: Any) -> None:
    page = visit("listener-52", "/import", java_script_enabled=False)
    page.set_input_files(
        "#file", {"name": "mine.zip", "mimeType": "application/zip", "buffer": export(20)}
    )
    page.get_by_role("button", name="Bring it in").click()
    expect(page.locator("#job-title")).to_have_text("mine.zip is in", timeout=IMPORT_MS)


def test_a_correction_from_history_moves_home_on_the_next_request(visit: Any) -> None:
    page = visit("listener-53", "/history")
    row = page.locator(".row.listen").first
    by = row.get_attribute("data-by")
    row.locator(".more").click()
    expect(page.locator("#panel")).to_be_visible()
    page.locator("#panel").get_by_role("button", name=f"Not me: {by}", exact=True).click()
    expect(page.locator("#notice")).to_contain_text(f"Not you: {by}")
    expect(page.locator("#panel")).to_be_hidden()
    page.goto("/")
    expect(page.locator('[data-row="jump_back_in"] [data-slot]').first).to_be_visible()
    assert page.locator(f'[data-row="jump_back_in"] [data-by="{by}"]').count() == 0
    page.goto("/history/corrections")
    page.get_by_role("button", name=f"Undo: Not you, {by}").click()
    expect(page.locator("#notice")).to_contain_text(f"Yours again: {by}")
    expect(page.get_by_text("Nothing yet. Open any listen")).to_be_visible()
    page.goto("/")
    assert page.locator(f'[data-row="jump_back_in"] [data-by="{by}"]').count() > 0


def test_a_belief_is_put_right_where_it_stands(visit: Any) -> None:
    page = visit("listener-54", "/taste")
    first = page.locator(".belief").first
    name = first.locator(".title").text_content()
    first.locator(".why").click()
    expect(page.locator("#panel .sentence")).to_contain_text("Because you played it")
    page.locator("#panel").get_by_role("button", name=f"Don’t recommend from {name}").click()
    expect(page.locator(".belief").first.locator(".title")).not_to_have_text(str(name))


def test_leaving_signs_out_and_ends_with_a_certificate(visit: Any) -> None:
    page = visit("listener-55", "/leave")
    page.get_by_label("Type listener-55 to confirm").fill("listener-55")
    page.get_by_role("button", name="Erase everything").click()
    expect(page.locator("h1")).to_have_text("You have left")
    assert page.context.cookies()[0]["name"] != "ritornello_listener"
    expect(page.get_by_role("navigation", name="Main")).to_have_count(0)
    expect(page.get_by_text("Everything known of you here is erased.")).to_be_visible(
        timeout=IMPORT_MS
    )
    expect(page.get_by_text("listener-55")).to_have_count(0)
    page.goto("/you")
    expect(page.locator("h1")).to_have_text("Who would you like to be?")


def test_a_copy_is_taken_along(visit: Any) -> None:
    page = visit("listener-56", "/export")
    page.get_by_role("button", name="Write my copy").click()
    link = page.get_by_role("link", name="Download it")
    expect(link).to_be_visible(timeout=IMPORT_MS)
    with page.expect_download() as downloading:
        link.click()
    with zipfile.ZipFile(downloading.value.path()) as archive:
        names = archive.namelist()
    assert any(name.endswith("manifest.json") for name in names)


def test_a_mix_keeps_its_address_and_is_taken_to_a_player(visit: Any) -> None:
    page = visit("listener-57", "/lists")
    card = page.locator(".list-card .title").first
    title = card.text_content()
    card.click()
    expect(page.locator("h1")).to_have_text(str(title))
    assert page.locator(".row[data-slot]").count() >= 8
    with page.expect_download() as downloading:
        page.get_by_role("link", name="as M3U8").click()
    text = downloading.value.path().read_text(encoding="utf-8")
    assert text.startswith("#EXTM3U")
