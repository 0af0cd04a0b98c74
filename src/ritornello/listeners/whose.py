"""Whose rows a belief rests on: one listener's, or those of a crowd drawn from all."""

_DRAWN = (
    "listener_id IN (SELECT listener_id FROM (SELECT DISTINCT listener_id FROM readings) AS everybody "
    "ORDER BY md5(listener_id) LIMIT $most)"
)


def whose(listener_id: str | None, most_listeners: int | None) -> tuple[str, dict[str, object]]:
    """Return an SQL condition on ``listener_id``, beside a view ``readings``, and the values it asks for.

    Parameters
    ----------
    listener_id : theirs; else
    most_listeners : those of so many, drawn by a hash of their ids, so always the same; else everybody's.

    Examples
    --------
    >>> whose("listener-1", None)
    ('listener_id = $who', {'who': 'listener-1'})
    """
    if listener_id is not None:
        return "listener_id = $who", {"who": listener_id}
    if most_listeners is not None:
        return _DRAWN, {"most": most_listeners}
    return "TRUE", {}
