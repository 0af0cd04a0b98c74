"""``ritornello signals measure``: numbers over what was built, for everybody or by arm."""

from ritornello.signals import engagement


def test_all_measures_or_those_that_are_named(cli, lake_once):
    every = cli("signals", "measure", "--json", home=lake_once).json
    assert [each["measure"] for each in every] == [str(each) for each in engagement.measures()]
    (one,) = cli("signals", "measure", "return@1d", "--json", home=lake_once).json
    assert one["measure"] == "return@1d"
    assert 0 <= one["value"] <= 1
    assert one["n_units"] >= one["n_listeners"] > 0


def test_a_person_reads_a_table(cli, lake_once):
    said = cli("signals", "measure", "visits", "skip_rate", home=lake_once)
    assert said.code == 0
    assert "skip_rate" in said.out
    assert "n listeners" in said.out


def test_an_experiment_nobody_was_in_has_no_arms(cli, lake_once):
    said = cli("signals", "measure", "visits", "--by-arm", "nowhere", home=lake_once)
    assert (said.code, said.out) == (0, "Nobody was in an arm of nowhere.\n")


def test_what_is_no_measure_or_not_built_is_an_error_in_one_line(cli, lake_once, tmp_path):
    said = cli("signals", "measure", "retrun@7d", home=lake_once)
    assert said.code == 1
    assert "return@7d" in said.err
    cli("init", home=tmp_path / "bare")
    said = cli("signals", "measure", home=tmp_path / "bare")
    assert said.code == 1
    assert "signals build" in said.err
