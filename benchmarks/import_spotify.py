"""How many rows a second of a Spotify export become durable listens in a fresh home.

The export is made from a seed, in a process of its own: one listener, files of 16,000 rows. Tracks
follow Zipf's law with exponent 0.9 over one track for every 12 rows (30 rows an artist, three
albums each); sessions have a geometric number of plays, 15 on average, with pauses of one hour on
average (exponential) between them. Of the rows 70 % end by themselves after 90 s to 7 minutes, 20 %
by the forward button after 20 s on average (exponential), the rest otherwise; 6 % are podcasts
(400 shows), 1 % chapters of audiobooks, 1 % private sessions, 0.2 % broken (a year 2089, a text for a
number, no title, a length below zero). Rows before 2016 are spelt as they were then.

    python benchmarks/import_spotify.py --on 2026-11-21 --rows 1000000
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from machine import facts, sentence
from ritornello.catalog.items import Resolver
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.intake import apart, archives, importing, spotify
from ritornello.intake.digests import digest_of
from ritornello.listeners import tallies
from ritornello.store.log import Writer

ROWS_A_FILE = 16_000
NOW = datetime(2026, 11, 21, tzinfo=UTC)
FOLDER = "Spotify Extended Streaming History"
ENDS = ("trackdone", "fwdbtn", "backbtn", "endplay", "logout", "unexpected-exit", "trackerror")
END_SHARES = (0.70, 0.20, 0.03, 0.04, 0.01, 0.01, 0.01)
STARTS = ("trackdone", "clickrow", "fwdbtn", "playbtn", "appload", "remote")
START_SHARES = (0.62, 0.14, 0.18, 0.03, 0.02, 0.01)
PLATFORMS = ("ios", "android", "windows", "web_player linux;firefox;desktop", "Partner sonos")
FAULTS = (
    {"ts": "2089-01-01T00:00:00Z"},
    {"ms_played": "long"},
    {"master_metadata_track_name": None, "episode_name": None, "audiobook_title": None},
    {"ms_played": -1},
)


def rows(n: int, seed: int) -> Iterator[dict[str, object]]:
    """Yield ``n`` rows in order of time."""
    rng = np.random.default_rng(seed)
    n_tracks = max(100, n // 12)
    weights = 1 / np.arange(1, n_tracks + 1) ** 0.9
    track = rng.choice(n_tracks, n, p=weights / weights.sum())
    end = rng.choice(len(ENDS), n, p=END_SHARES)
    start = rng.choice(len(STARTS), n, p=START_SHARES)
    full_ms = rng.integers(90_000, 420_000, n_tracks)[track]
    short_ms = np.minimum(rng.exponential(20_000, n), full_ms).astype(int)
    ms_played = np.where(end == 0, full_ms, short_ms)
    pause_s = np.where(rng.random(n) < 1 / 15, rng.exponential(3_600, n), 0)
    gone_s = np.cumsum(ms_played / 1000 + pause_s + 1)
    ends_s = (NOW.timestamp() - 86_400 - gone_s[-1] + gone_s).astype(int)
    kind, odd, platform = rng.random(n), rng.random(n), rng.integers(len(PLATFORMS), size=n)
    for i in range(n):
        row = _row(int(track[i]), kind[i])
        row |= {
            "ts": f"{datetime.fromtimestamp(int(ends_s[i]), UTC):%Y-%m-%dT%H:%M:%SZ}",
            "platform": PLATFORMS[platform[i]],
            "ms_played": int(ms_played[i]),
            "conn_country": "DE",
            "ip_addr": f"203.0.113.{i % 256}",
            "reason_start": STARTS[start[i]],
            "reason_end": ENDS[end[i]],
            "shuffle": bool(i % 3),
            "skipped": bool(end[i] == 1),
            "offline": False,
            "offline_timestamp": int(ends_s[i] - ms_played[i] // 1000),
            "incognito_mode": bool(odd[i] < 0.01),
        }
        if row["ts"] < "2016":
            row |= {"username": "listener-1", "user_agent_decrypted": "unknown", "skipped": None}
            row["ip_addr_decrypted"] = row.pop("ip_addr")
        yield row | FAULTS[i % len(FAULTS)] if odd[i] > 0.998 else row


def _row(track: int, kind: float) -> dict[str, object]:
    """Return what a row names: a podcast's episode, a chapter, or a track."""
    music, talk, book = kind > 0.07, kind < 0.06, 0.06 <= kind <= 0.07
    artist = track * 7919 % (track // 30 + 50)
    return {
        "master_metadata_track_name": f"Track {track:06d}" if music else None,
        "master_metadata_album_artist_name": f"Artist {artist:05d}" if music else None,
        "master_metadata_album_album_name": f"Album {artist:05d} {track % 3}" if music else None,
        "spotify_track_uri": f"spotify:track:{track:022d}" if music else None,
        "episode_name": f"Episode {track:06d}" if talk else None,
        "episode_show_name": f"Show {track % 400:03d}" if talk else None,
        "spotify_episode_uri": f"spotify:episode:{track:022d}" if talk else None,
        "audiobook_title": f"Book {track % 50:02d}" if book else None,
        "audiobook_uri": f"spotify:show:{track % 50:022d}" if book else None,
        "audiobook_chapter_uri": f"spotify:episode:{10**9 + track:022d}" if book else None,
        "audiobook_chapter_title": f"Chapter {track:06d}" if book else None,
    }


def write(path: Path, n: int, seed: int) -> None:
    """Write the export."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        left = rows(n, seed)
        for number in range(-(-n // ROWS_A_FILE)):
            found = list(islice(left, ROWS_A_FILE))
            name = f"{FOLDER}/Streaming_History_Audio_{number:04d}.json"
            archive.writestr(name, json.dumps(found, indent=2, ensure_ascii=False))


def parse(path: Path) -> float:
    """Return the rows a second of reading alone, listens and items made and thrown away."""
    began, position = time.perf_counter(), 0
    found, _ = archives.members(path, spotify.SOURCE)
    for chunk in spotify.read(found, listener_id="listener-1", now=NOW, resolver=Resolver()):
        position = chunk.position
    return position / (time.perf_counter() - began)


def bring_in(path: Path, folder: Path) -> dict[str, float]:
    """Import into a fresh home; return what it took and what was kept, both processes together."""
    home = make_home(folder)
    before_kib = _rss_kib()
    began, cpu_began = time.perf_counter(), sum(os.times()[:4])
    position = reader_kib = 0
    asked = apart.Asked(
        home=os.fsencode(home.path),
        path=os.fsencode(path),
        form=spotify.SOURCE,
        listener_id="listener-1",
        now=NOW,
    )

    def tell(reached: int, _: float) -> None:
        nonlocal position, reader_kib
        position = reached
        reader_kib = _children_peak_kib() or reader_kib

    with Writer(home, REDUCERS, now=lambda: NOW) as writer:
        summary = importing.run(
            apart.chunks(asked),
            source=spotify.SOURCE,
            digest=digest_of([path]),
            writer=writer,
            now=lambda: NOW,
            tally_changes=tallies.changes,
            progress=tell,
        )
    took = time.perf_counter() - began
    return {
        "rows": position,
        "kept": summary.n_kept,
        "items": summary.n_items,
        "faults": sum(summary.faults_by_rule.values()),
        "took_s": round(took, 2),
        "cpu_s": round(sum(os.times()[:4]) - cpu_began, 2),
        "rows_per_s": round(position / took),
        "peak_mib_over_base": round((_peak_kib() + reader_kib - before_kib) / 1024, 1),
        "home_mib": round(home.database.stat().st_size / 2**20),
    }


def _rss_kib() -> int:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * resource.getpagesize() // 1024


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _children_peak_kib() -> int:
    """Return the most memory the processes started here ever held, together."""
    peaks = 0
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        status = Path(f"/proc/{child}/status").read_text()
        peaks += sum(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)
    return peaks


def main() -> None:
    """Make an export, import it, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--write", type=Path, help="only write the export there")
    parser.add_argument("--read", type=Path, help="an export written before")
    options = parser.parse_args()
    if options.write:
        write(options.write, options.rows, options.seed)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = options.read or folder / "my_spotify_data.zip"
        if options.read is None:
            given = ["--on", str(options.on), "--rows", str(options.rows)]
            given += ["--seed", str(options.seed), "--write", str(path)]
            subprocess.run([sys.executable, __file__, *given], check=True)
        run = bring_in(path, folder / "home")
        run |= {
            "zip_mib": round(path.stat().st_size / 2**20),
            "parse_rows_per_s": round(parse(path)),
        }
        machine = facts(options.on, folder)
    given = {name: str(value) for name, value in vars(options).items()}
    print(
        json.dumps({"benchmark": "import_spotify", "given": given, "machine": machine, "run": run})
    )
    print(
        f"{run['rows_per_s']:,} rows/s end to end ({run['rows']:,} rows in {run['took_s']} s, "
        f"{run['cpu_s']} CPU s), {run['peak_mib_over_base']} MiB over base; "
        f"reading alone {run['parse_rows_per_s']:,} rows/s"
    )
    print(sentence(machine))


if __name__ == "__main__":
    main()
