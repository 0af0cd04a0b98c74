import io
import json
import zipfile

import pytest

from ritornello.cli.wiring import find_home, now, reading, writing
from ritornello.models.bundle import Current
from ritornello.store import artefacts, erasure, leaving


@pytest.fixture
def someone(filled):
    """The listener who played most in the small world."""
    with reading(find_home(filled)) as conn:
        return conn.execute(
            "SELECT listener_id FROM plays GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        ).fetchone()[0]


def bytes_below(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_export_writes_what_there_is(cli, filled, someone, tmp_path):
    said = cli("listener", "export", someone, tmp_path / "mine.zip", "--json", home=filled)
    assert said.code == 0, said.err
    home = find_home(filled)
    with reading(home) as conn:
        assert said.json["n_rows"] == leaving.count(conn, home, someone)
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        lines = archive.read("events.jsonl").splitlines()
        counted = said.json["n_rows"]
        assert len(lines) == sum(counted.get(k, 0) for k in ("listen", "act", "impression"))
        assert {json.loads(line)["listener_id"] for line in lines} == {someone}


def test_what_was_taken_along_makes_the_same_listener_elsewhere(cli, filled, someone, tmp_path):
    cli("listener", "export", someone, tmp_path / "mine", home=filled)
    elsewhere = tmp_path / "elsewhere"
    assert cli("init", home=elsewhere).code == 0
    for kind, file in (("catalog", "catalogue.jsonl"), ("events", "events.jsonl")):
        said = cli("import", kind, tmp_path / "mine" / file, "--json", home=elsewhere)
        assert said.code == 0, said.err
        assert said.json["faults_by_rule"] == {}
    rows = [[], []]
    for found, place in zip(rows, (filled, elsewhere), strict=True):
        with reading(find_home(place)) as conn:
            for table in ("plays", "marks", "listens"):
                columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
                found.append(
                    conn.execute(
                        f"SELECT * FROM {table} WHERE listener_id = ? ORDER BY {', '.join(columns)}",
                        (someone,),
                    ).fetchall()
                )
    assert rows[0] == rows[1]
    assert rows[0][0]


@pytest.mark.slow
def test_erase_leaves_nothing_and_trains_anew(cli, filled, someone):
    home = find_home(filled)
    cli("seal", home=filled)
    held = Current(home)
    before = held.refresh().version
    assert someone.encode() in bytes_below(filled)
    said = cli("listener", "erase", someone, "--yes", "--json", home=filled)
    assert said.code == 0, said.err
    (certificate,) = said.json["certificates"]
    assert someone not in json.dumps(certificate)
    assert certificate["n_models_removed"] == 1
    assert certificate["n_files_rewritten"] > 0
    assert someone.encode() not in bytes_below(filled)
    assert held.refresh().version != before
    assert [p.name for p in home.models.iterdir() if len(p.name) == 16] == [held.bundle.version]
    assert cli("doctor", home=filled).code == 0
    assert cli("rebuild", home=filled).code == 0
    assert cli("listener", "erase", someone, "--yes", home=filled).code == 1


def test_whoever_is_unknown_cannot_be_erased(cli, home):
    said = cli("listener", "erase", "nobody", home=home)
    assert said.code == 1
    assert "nothing is known" in said.err
    assert cli("listener", "erase", home=home).code == 1
    said = cli("listener", "erase", "--unfinished", home=home)
    assert (said.code, said.out) == (0, "Nothing was left to erase.\n")


def test_the_id_must_be_typed_where_somebody_sits(cli, filled, someone, monkeypatch):
    class Keyboard(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Keyboard("somebody-else\n"))
    said = cli("listener", "erase", someone, home=filled)
    assert said.code == 1
    assert "nothing was erased" in said.err
    monkeypatch.setattr("sys.stdin", Keyboard(f"{someone}\n"))
    assert cli("listener", "erase", someone, home=filled).code == 0


def test_where_nobody_sits_nothing_is_erased_unasked(cli, filled, someone, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{someone}\n"))
    said = cli("listener", "erase", someone, home=filled)
    assert (said.code, "`--yes`" in said.err) == (1, True)
    assert cli("recommend", someone, home=filled).code == 0
    assert cli("listener", "erase", someone, "--yes", home=filled).code == 0


def test_doctor_says_what_is_unfinished_and_readmit_waits_for_it(cli, filled, someone):
    home = find_home(filled)
    with writing(home) as writer:
        writer.run(lambda conn: erasure.begin(conn, someone, now())).result()
    said = cli("doctor", "--json", home=filled)
    assert said.code == 0
    (found,) = (each for each in said.json if each["what"] == "leaving")
    assert (found["state"], someone in found["finding"]) == ("notice", False)
    assert "not finished" in cli("listener", "readmit", someone, home=filled).err
    assert cli("listener", "erase", "--unfinished", home=filled).code == 0
    assert cli("listener", "readmit", someone, home=filled).code == 0
    assert "not left" in cli("listener", "readmit", someone, home=filled).err


@pytest.mark.slow
def test_where_nobody_is_left_no_model_is(cli, filled):
    home = find_home(filled)
    with reading(home) as conn:
        everybody = [who for (who,) in conn.execute("SELECT DISTINCT listener_id FROM events")]
    held = Current(home)
    assert held.refresh() is not None
    assert cli("listener", "erase", *everybody, "--yes", home=filled).code == 0
    assert artefacts.current_version(home) is None
    assert held.refresh() is None
    assert [place.name for place in home.models.rglob("*") if place.is_file()] == [".training.lock"]
