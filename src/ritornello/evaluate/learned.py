"""What policies had learned by the split: the tables of signals built of the past, and beliefs learned of them.

The build and the rebuild that serve make both, so a surface decides by the beliefs it would have had. Success functions
and mixtures of intents that were trained are not carried over, because their training saw what came after.
"""

from contextlib import closing

from ritornello.evaluate.as_of import Past, Rooms
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import NotFound
from ritornello.kinds.times import to_us
from ritornello.policies import hearing, relearning
from ritornello.policies.teaching import teacher_of
from ritornello.signals import building
from ritornello.signals.building import Beside
from ritornello.store import manifest
from ritornello.store.database import connect
from ritornello.store.engines import DuckEngine
from ritornello.store.log import Writer


def learn(past: Past, rooms: Rooms, beside: Beside, learn_from: str) -> tuple[Warned, ...]:
    """Build signals in a past and learn beliefs of them; without decisions there is nothing to learn from.

    Parameters
    ----------
    learn_from : what teaches, as the setting of that name.

    Raises
    ------
    StorageUnavailable : a file cannot be read or written.
    """
    home, at = past.home, past.split.at
    with closing(connect(home, read_only=True)) as conn:
        if not manifest.entries(conn, "decision"):
            return ()
        sealed = hearing.sealed(conn, to_us(at))
    with closing(DuckEngine(home)) as engine:
        building.build(home, engine, now=at, beside=beside)
    relearning.learn_looks(home)
    try:
        teacher = teacher_of(home, learn_from)
    except NotFound as error:
        text = f"surfaces decide without beliefs: {learn_from!r} names what was not trained by then ({error})"
        return (Warned("beliefs_unlearned", text),)
    with Writer(home, rooms.reducers, now=lambda: at) as writer:
        relearning.learn_receptivity(home, writer, at)
        relearning.rebuild(home, writer, teacher, sealed)
    return ()
