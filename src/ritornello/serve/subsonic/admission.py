"""Whose key a request carries: as the password of a user, or alone as the ``apiKey``.

A listener's key knows its one user; a service's key acts for the user it names. Keys are kept as hashes, so what
is proved with a salt (``t`` and ``s``) cannot be checked here: error 41 tells a client to ask for the key itself.
"""

from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.ids import ListenerId
from ritornello.serve.access import Caller, Role, listener_of
from ritornello.serve.gate import taken_by
from ritornello.serve.service import Service
from ritornello.serve.subsonic.failures import Failure
from ritornello.serve.subsonic.parameters import Parameters

ROLES: tuple[Role, ...] = ("listener", "service")
"""Whose keys reach this face."""


def user_of(service: Service, said: Parameters) -> ListenerId:
    """Return the listener a request is of, and count it against the limit of its key.

    Raises
    ------
    Failure : 10, 40, 41, 43, 44 or 50, as the protocol says.
    Problem : 429, too many requests of this key.
    """
    caller = _caller(service, said)
    if caller.role not in ROLES:
        raise Failure(50, f"a {caller.role} key does not reach this")
    allowance = taken_by(caller, service)
    if not allowance.granted:
        raise allowance.refusal(service.now().timestamp())
    try:
        return listener_of(caller, said.get("u") or None)
    except BadValue as error:
        raise Failure(50, "a service key acts for the user it names: send u and p") from error
    except NotFound as error:
        raise Failure(40, "Wrong username or password") from error


def _caller(service: Service, said: Parameters) -> Caller:
    """Return whose key was sent, by the one way it may be sent."""
    ways = [way for way in ("apiKey", "p", "t") if said.get(way)]
    if len(ways) > 1 or ("apiKey" in ways and "u" in said):
        raise Failure(43, "Multiple conflicting authentication mechanisms provided")
    if not ways:
        raise Failure(10, "Required parameter is missing: u and p, or apiKey")
    if ways == ["t"]:
        message = (
            "Token authentication is not supported: send your key as the password (p) or as apiKey"
        )
        raise Failure(41, message)
    if ways == ["apiKey"]:
        return _known(service, said["apiKey"], Failure(44, "Invalid API key"))
    if not said.get("u"):
        raise Failure(10, "Required parameter 'u' is missing")
    wrong = Failure(40, "Wrong username or password")
    return _known(service, _password(said["p"], wrong), wrong)


def _password(p: str, wrong: Failure) -> str:
    """Return the password, which may have been sent as ``enc:`` and its UTF-8 in hexadecimal."""
    if not p.startswith("enc:"):
        return p
    try:
        return bytes.fromhex(p.removeprefix("enc:")).decode()
    except ValueError as error:
        raise wrong from error


def _known(service: Service, key: str, wrong: Failure) -> Caller:
    caller = service.keys.caller(key)
    if caller is None:
        raise wrong
    return caller
