"""What is put into service in the past is what the settings put into service today."""

import pytest

from ritornello.cli.wiring import settings_of
from ritornello.evaluate import as_of, splits
from ritornello.evaluate.in_service import in_service
from ritornello.kinds.errors import UnknownName
from ritornello.models.training import TrainingConfig
from tests.evaluate.lived_in import AT, lived_in, rooms


@pytest.mark.slow
def test_what_is_trained_also_is_weighed_in_the_blend_and_asked_by_name(tmp_path):
    home = lived_in(tmp_path / "home")
    home.settings_file.write_text('train_also = "markov"\n', encoding="utf-8")
    settings = settings_of(home)
    with as_of.whole(home) as everything:
        split = splits.global_time(everything.duck, AT)
        with (
            as_of.past(everything, split, rooms()) as past,
            in_service(past, settings, TrainingConfig(n_judges=5)) as service,
        ):
            scorers = service.stock.bundle.scorers
            assert service.scorer("markov") is scorers["markov"]
            assert "transitions" not in scorers
            assert service.scorer("transitions") is service.scorer("transitions")
            with pytest.raises(UnknownName, match="did you mean 'markov'"):
                service.scorer("markow")
